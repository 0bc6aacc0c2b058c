"""docs/reference/rfc.md: which sections of which RFC the code cites, and the tests beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath

from tests.docs.pages.markdown import ROOT, page, table
from tests.docs.pages.mentions import Mention, linked, mentions

HEAD = """\
tipring claims conformance to no RFC as a whole. This page says what it has of each, in one
line, and lists the sections that the code cites, with the tests that cite the same section or
are about that file. A citation says after what a piece of code was written; how far it is
so, the tests say.
"""

CLAIMS = {
    "1918": "Addresses that mean nothing outside their own network.",
    "2046": "Finding the session description in a body of several parts.",
    "2782": "SRV records: priority and weight.",
    "3261": "User agent for registration and calls over UDP, TCP and TLS; a call is redirected "
    "within our own servers only (section 8.1.3.4), no REFER.",
    "3264": "One audio stream, offered by either end, in the INVITE, a reliable 18x or the 2xx; "
    "hold both ways.",
    "3550": "Packets, the receiver's jitter figure, and RTCP every 5 s: sender and receiver "
    "reports, CNAME, BYE; an SSRC that is drawn twice, and packets that come back. A call has two "
    "parties: nothing is scaled to larger groups.",
    "3362": "`image/t38` over UDPTL, version 0, in place of the audio line, as either end asks.",
    "3389": "Comfort noise of a peer is played at its level; ours tells the level of the noise, "
    "if silence suppression is on. No spectrum.",
    "3551": "PCMA, PCMU, G722, G726-32 and G729, 10 to 60 ms, with their static payload types.",
    "7587": "Opus of one channel in packets of 20 ms; its fmtp says that we are narrow-band.",
    "3605": "Port and address of the a=rtcp of a peer; ours is the port above, so we say none.",
    "3611": "The VoIP metrics block, sent behind each report and read; levels are not measured.",
    "5761": "RTCP by the port of RTP, offered or accepted.",
    "6086": "Digits by INFO as before there were packages; a package is refused with 469.",
    "3842": "Messages that wait: asked for or told unasked, counted for the voice mailbox.",
    "6665": "Subscriber of message-summary: one dialog a subscription, refresh, 481, 489, "
    "Subscription-State; the first notifier of a forked SUBSCRIBE only.",
    "7462": "The urn:alert of a call that waits, in our 180.",
    "4733": "Digits as telephone events, both directions; a hook flash is sent as event 16.",
    "4566": "Reading and writing of session descriptions, one audio stream.",
    "8866": "As RFC 4566, which it replaces.",
    "7616": "Digest with MD5 and SHA-256, with -sess too; qop auth, else auth-int, else none.",
    "8760": "Choice among several challenges: the first that we can answer.",
    "2069": "Digest without qop, for old servers.",
    "2617": "Digest with MD5, as RFC 7616 has it.",
    "6026": "The ACCEPTED states of both INVITE transactions.",
    "4320": "No 408 in answer to a non-INVITE request.",
    "3581": "rport: answers go back to where the request came from.",
    "5626": "The back-off of section 4.5, and the pings of a connection of section 4.4.1: no "
    "outbound, no instance id.",
    "3927": "As RFC 1918.",
    "4193": "As RFC 1918.",
    "6598": "As RFC 1918.",
    "5407": "Changes of a session that cross.",
    "5658": "Two Record-Routes where a call changes its transport.",
    "5482": "How long a connection may stay unanswered.",
    "5621": "A body in a type that we do not know is refused, unless it may be ignored.",
    "5922": "Whose certificate is believed: its subjectAltName names the domain; no wildcards.",
    "5923": "Answers and requests use the connection that is there.",
    "6337": "The first answer of a dialog stands, section 3.1.",
    "3608": "Service-Route of the 200 is used for our requests.",
    "3326": "Reason header: read in responses and BYE, sent with BYE and CANCEL.",
    "6432": "Reason header in responses: read, and sent with our refusals.",
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
    "3711": "AES-CM and HMAC-SHA1, tags of 80 and 32 bits, RTP and RTCP; see `[rtp] srtp`.",
    "4568": "Offered and answered in both roles, two suites; without MKI, KDR and FEC.",
    "5763": "Offered and answered if a line's `srtp` is `dtls`; both roles.",
    "5764": "By aiortc, in a process of its own; one handshake a call, RTCP beside RTP.",
    "7714": "AES-128-GCM and AES-256-GCM, where a handshake agrees on them.",
    "8122": "Fingerprints of SHA-256, SHA-384 and SHA-512; ours is SHA-256.",
    "8842": "When a handshake stays and when it is done anew; `tls-id` both ways.",
    "4145": "`setup` of a handshake: actpass in offers, active or passive in answers.",
}
"""What there is of each RFC; an RFC that is cited and not listed here is shown without a claim."""

ABOUT = {
    "causes.py": ("explain/test_causes.py", "sip/test_reason.py"),
    "config/schema.py": ("sip/test_sdes.py",),
    "config/sip.py": ("sip/test_heartbeat.py", "sip/test_identity.py"),
    "dns.py": ("dns/test_dns.py",),
    "errors.py": ("sip/test_message.py",),
    "exchange/forward.py": ("exchange/test_calls.py",),
    "line/digitmap_syntax.py": ("line/test_digitmap.py",),
    "net.py": ("wire/test_network.py",),
    "responses.py": ("sip/test_reason.py", "explain/test_causes.py"),
    "port/ringback.py": ("gateway/test_ringback.py",),
    "sip/address.py": ("transport/test_tls.py",),
    "sip/admission.py": ("sip/test_agent_admission.py", "sip/test_abilities.py"),
    "sip/call/answer.py": ("sip/test_agent_incoming.py",),
    "sip/call/bye.py": ("sip/test_agent_outgoing.py", "sip/test_agent_incoming.py"),
    "sip/call/cancel.py": ("sip/test_agent_outgoing.py", "sip/test_agent_incoming.py"),
    "sip/call/change.py": ("sip/test_hold.py",),
    "sip/call/invite.py": ("sip/test_agent_outgoing.py",),
    "sip/call/progress.py": ("sip/test_early_dialogs.py",),
    "sip/call/reply.py": ("sip/test_agent_incoming.py",),
    "sip/call/reroute.py": ("sip/test_agent_reroute.py",),
    "sip/call/update.py": ("sip/test_agent_incoming.py", "sip/test_hold.py"),
    "sip/call/within.py": ("sip/test_agent_outgoing.py",),
    "sip/caller.py": ("sip/test_identity.py",),
    "sip/compose.py": ("sip/test_agent_outgoing.py", "sip/test_abilities.py"),
    "sip/credentials.py": ("sip/test_agent_outgoing.py",),
    "sip/description.py": ("sip/test_sdp.py",),
    "sip/grammar.py": ("sip/test_message_traps.py",),
    "sip/headerlist.py": ("sip/test_message.py",),
    "sip/matching.py": ("sip/test_transactions.py",),
    "sip/reasons.py": ("hostile/test_wire_transport.py",),
    "sip/registrar.py": ("sip/test_registration.py",),
    "sip/tokens.py": ("sip/test_agent_outgoing.py",),
    "sip/transaction.py": ("sip/test_transactions.py",),
    "sip/views.py": ("sip/test_headers.py", "sip/test_message.py"),
    "text.py": ("cli/test_text.py",),
    "transport/sockets.py": ("transport/test_streams.py",),
}
"""Tests of files that have no mirror of their own."""

CITED = re.compile(
    r"RFCs? (\d{4})(?: sections? (\d[\d.]*(?:(?:, | and | to )\d[\d.]*)*))?(?![\d])"
)


def make() -> str:
    code, tests = cited("firmware", "drivers"), cited("tests")
    parts = [HEAD]
    for number in sorted({*code, *tests}):
        claim = CLAIMS.get(number, "Cited; no claim is made.")
        rows = []
        for section in sorted({*code.get(number, {}), *tests.get(number, {})}, key=_order):
            where = {one.path for one in code.get(number, {}).get(section, set())}
            rows.append((section or "as a whole", _links(where), linked(proof(number, section))))
        parts += [f"## RFC {number}", claim, table(("section", "code", "tests"), rows)]
    return page("RFCs", *parts)


def proof(number: str, section: str) -> set[Mention]:
    """The tests that cite a section, and the files of tests that are about the code that does."""
    code, tests = cited("firmware", "drivers"), cited("tests")
    sources = {one.path for one in code.get(number, {}).get(section, set())}
    return tests.get(number, {}).get(section, set()) | _beside(sources)


@cache
def cited(*folders: str) -> dict[str, dict[str, set[Mention]]]:
    """Where an RFC is cited, by section; an empty section is the RFC as a whole."""
    found: dict[str, dict[str, set[Mention]]] = {}
    for match, mention in mentions(CITED, *folders):
        number, sections = match.groups()
        for section in re.findall(r"\d+(?:\.\d+)*", sections or "") or [""]:
            found.setdefault(number, {}).setdefault(section, set()).add(mention)
    return found


def _beside(sources: Iterable[str]) -> set[Mention]:
    """The tests that mirror these files, firmware/sip/client.py in tests/sip/test_client.py."""
    found: set[Mention] = set()
    for text in sources:
        source = PurePosixPath(text)
        rooms = [part for part in source.parts[1:-1] if part != "call"]
        folder = ROOT.joinpath("tests", *(rooms or source.parts[:1]))
        mirrors = [folder / f"test_{source.stem}.py", *folder.glob(f"test_{source.stem}_*.py")]
        named = [ROOT / "tests" / name for name in ABOUT.get(text.partition("/")[2], ())]
        for path in (*mirrors, *named):
            if path.is_file():
                found.add(Mention(path.relative_to(ROOT).as_posix(), ""))
    return found


def _links(paths: Iterable[str]) -> str:
    return "<br>".join(f"[{path}](../../{path})" for path in sorted(paths))


def _order(section: str) -> list[int]:
    return [int(part) for part in section.split(".") if part]
