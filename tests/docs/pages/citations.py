"""docs/reference/rfc.md: which sections of which RFC the code cites, and the tests beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from tests.docs.pages.markdown import ROOT, page, table
from tests.docs.pages.mentions import mentions

HEAD = """\
tipring claims conformance to no RFC as a whole. This page says what it has of each, in one
line, and lists the sections that the code cites, with the tests that cite the same section or
stand beside that file. A citation says after what a piece of code was written; how far it is
so, the tests say.
"""

CLAIMS = {
    "3261": "User agent for registration and basic calls, over UDP only: no TCP, no TLS, no "
    "redirection (section 8.1.3.4), no REFER.",
    "3264": "One audio stream, offered by either end, in the INVITE, a reliable 18x or the 2xx; "
    "hold both ways.",
    "3550": "Packets, the receiver's jitter figure, and RTCP every 5 s: sender and receiver "
    "reports, CNAME, BYE. A call has two parties: nothing is scaled to larger groups.",
    "3389": "Comfort noise of a peer is played at its level; none is sent.",
    "3551": "PCMA and PCMU with their static payload types, 20 ms.",
    "4733": "Digits as telephone events, both directions.",
    "4566": "Reading and writing of session descriptions, one audio stream.",
    "8866": "As RFC 4566, which it replaces.",
    "7616": "Digest with MD5 and SHA-256, with -sess too; qop auth, else auth-int, else none.",
    "8760": "Choice among several challenges: the first that we can answer.",
    "2069": "Digest without qop, for old servers.",
    "2617": "Digest with MD5, as RFC 7616 has it.",
    "6026": "The ACCEPTED states of both INVITE transactions.",
    "4320": "No 408 in answer to a non-INVITE request.",
    "3581": "rport: answers go back to where the request came from.",
    "5626": "The back-off of section 4.5 only: no outbound, no instance id, no keep-alive.",
    "3608": "Service-Route of the 200 is used for our requests.",
    "3326": "Reason header: read in responses and BYE, sent with BYE and CANCEL.",
    "6432": "Reason header in responses: read.",
    "3398": "The mapping of responses to Q.850 values, section 8.2.6.1.",
    "3435": "Digit maps, section 2.1.5.",
    "3263": "NAPTR, SRV and addresses for SIP over UDP, and the next server (section 4.3).",
    "3262": "Both roles, switched off unless `[sip] prack` says otherwise.",
    "4028": "Both ends, both roles; asked for only if `[sip] session_expires` says so.",
    "3311": "A peer's UPDATE is answered, early too; ours confirms a session.",
    "3323": "Privacy of a caller is kept: id, user and header hide the number, none shows it. A "
    "line that withholds its number calls with an anonymous From.",
    "3325": "P-Asserted-Identity of our servers is shown before From; P-Preferred-Identity and "
    "`Privacy: id` are sent.",
    "4961": "Voice is sent from the port that it is received on.",
    "4594": "Signalling is marked AF31 and voice EF, where the system permits.",
    "3246": "As RFC 4594.",
    "3960": "Ringback or early media, section 3.2: what arrives decides, unless the network says.",
    "5009": "P-Early-Media in responses and in an UPDATE is obeyed, and announced if configured.",
    "6228": "199 ends its early dialog; we send none.",
    "3966": "tel URIs are read, and sent if so configured: global, or local at our domain.",
    "4475": "All 49 messages of section 3 are tests of the parser.",
    "5118": "Some of its messages are tests of the parser.",
    "4568": "Not built: SRTP is refused; keys are masked in what is shown.",
}
"""What there is of each RFC; an RFC that is cited and not listed here is shown without a claim."""

CITED = re.compile(
    r"RFCs? (\d{4})(?: sections? (\d[\d.]*(?:(?:, | and | to )\d[\d.]*)*))?(?![\d])"
)


def make() -> str:
    code, tests = _cited("firmware", "drivers"), _cited("tests")
    parts = [HEAD]
    for number in sorted({*code, *tests, *CLAIMS} & {*code, *tests}):
        claim = CLAIMS.get(number, "Cited; no claim is made.")
        rows = []
        for section in sorted({*code.get(number, {}), *tests.get(number, {})}, key=_order):
            where = code.get(number, {}).get(section, set())
            proof = tests.get(number, {}).get(section, set()) | _beside(where)
            rows.append((section or "as a whole", _links(where), _links(proof)))
        parts += [f"## RFC {number}", claim, table(("section", "code", "tests"), rows)]
    return page("RFCs", *parts)


def _cited(*folders: str) -> dict[str, dict[str, set[str]]]:
    """Files by section by RFC."""
    found: dict[str, dict[str, set[str]]] = {}
    for match, mention in mentions(CITED, *folders):
        number, sections = match.groups()
        for section in re.findall(r"\d+(?:\.\d+)*", sections or "") or [""]:
            found.setdefault(number, {}).setdefault(section, set()).add(mention.path)
    return found


def _beside(sources: Iterable[str]) -> set[str]:
    """The tests that mirror these files: firmware/sip/client.py, tests/sip/test_client.py."""
    found = set()
    for source in map(PurePosixPath, sources):
        rooms = [part for part in source.parts[1:-1] if part != "call"]
        folder = ROOT.joinpath("tests", *(rooms or source.parts[:1]))
        mirror = folder / f"test_{source.stem}.py"
        if mirror.is_file():
            found.add(mirror.relative_to(ROOT).as_posix())
    return found


def _links(paths: Iterable[str]) -> str:
    return "<br>".join(f"[{path}](../../{path})" for path in sorted(paths))


def _order(section: str) -> list[int]:
    return [int(part) for part in section.split(".") if part]
