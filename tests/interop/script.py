"""SIPp's scenarios, step by step: what it says, what it waits for, and what it looks at.

Each step is a piece of XML. SIPp has one idea of "the last message"; a script that answers an
INVITE after other requests have come keeps the INVITE under a name (`gets(..., keep="i")`) and
answers that (`says(487, to="i")`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zlib import crc32

from tests.interop.settings import DOMAIN

Step = str

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
"""
SDP = """\
v=0
o=far 1 {version} IN IP4 [media_ip]
s=-
c=IN IP4 {host}
t=0 0
m=audio {port} RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=ptime:20
a={direction}
"""
FAX = """\
v=0
o=far 1 {version} IN IP4 [media_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=image [media_port] udptl t38
a=T38FaxVersion:0
a=T38MaxBitRate:14400
a=T38FaxRateManagement:transferredTCF
a=T38FaxMaxDatagram:400
a=T38FaxUdpEC:t38UDPRedundancy
"""
REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK"}
"""Beside these a script calls everything a refusal."""
CALLER, CALLED = "8999", "8001"
"""Whom the scripts that call pretend to be, and the line that they call."""


def scenario(name: str, *steps: Step) -> str:
    """The steps as SIPp wants them."""
    body = "\n".join(steps)
    kept = sorted(set(re.findall(r'assign_to="(\w+)"', body)))
    used = f'<Reference variables="{",".join(kept)}"/>\n' if kept else ""
    return f"{HEAD}<scenario name={quoteattr(name)}>\n{body}\n{used}</scenario>\n"


def sdp(
    direction: str = "sendrecv",
    *,
    version: int = 1,
    host: str = "[media_ip]",
    port: str = "[media_port]",
) -> str:
    """PCMA, 20 ms; what `announces` sends comes from port ``[rtpstream_audio_port]``."""
    return SDP.format(direction=direction, version=version, host=host, port=port)


# as the one who is called: what it gets, and its answers


def gets(method: str, *looks: tuple[str, str], keep: str = "", body: str = "") -> Step:
    """Wait for a request.

    Args:
        method: of it.
        looks: header names, each with a regular expression (POSIX, extended) that is found
            in its value.
        keep: a name, to answer it later with `says(..., to=name)`.
        body: a regular expression that is found in the whole of it.
    """
    kept = [(f"{name}:", ".*", f"{keep}{name[0]}") for name in ("Via", "CSeq", "To") if keep]
    return _got(f'request="{method}"', looks, kept, body)


def says(
    status: int, *more: str, to: str = "", tag: str = "c", body: str = "", repeats: bool = False
) -> Step:
    """Answer the last request, or a kept one.

    Args:
        status: of the response.
        more: header lines.
        to: the name of a kept request.
        tag: of To; empty: it has one already, or shall have none. Each process has its own.
        body: SDP.
        repeats: until something comes that is waited for next, as a 2xx is.
    """
    tagged = f";tag={tag}[pid]" if tag else ""
    via = f"Via:[${to}V]" if to else "[last_Via:]"
    cseq = f"CSeq:[${to}C]" if to else "[last_CSeq:]"
    whom = f"To:[${to}T]" if to else "[last_To:]"
    lines = [
        f"SIP/2.0 {status} {REASONS.get(status, 'Refused')}",
        via, "[last_From:]", f"{whom}{tagged}", "[last_Call-ID:]", cseq,
        *more,
    ]  # fmt: skip
    return _sent(lines, body, repeats)


CONTACT = "Contact: <sip:far@[local_ip]:[local_port];transport=[transport]>"


# as the one who calls: what it asks, and what comes back


def asks(
    method: str,
    cseq: int,
    *more: str,
    of: int = 0,
    body: str = "",
    caller: str = f"<sip:{CALLER}@{DOMAIN}>",
    repeats: bool = False,
) -> Step:
    """Send a request to the Contact of the line, in the dialog once there is one.

    Args:
        method: of it.
        cseq: its number.
        more: header lines.
        of: the CSeq number of the INVITE whose transaction it belongs to, for CANCEL and for
            an ACK to a refusal; 0: it begins one.
        body: SDP.
        caller: the From, without tag.
        repeats: until it is answered.
    """
    branch = f"z9hG4bK-[pid]-{'INVITE' if of else method}-{of or cseq}"
    lines = [
        f"{method} sip:[user]@[remote_ip]:[remote_port] SIP/2.0",
        f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}",
        "Max-Forwards: 70",
        f"From: {caller};tag=a[pid]",
        f"To: <sip:{CALLED}@{DOMAIN}>{'' if method == 'CANCEL' else '[peer_tag_param]'}",
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        CONTACT,
        *more,
    ]
    return _sent(lines, body, repeats)


def hears(
    status: int,
    *looks: tuple[str, str],
    body: str = "",
    perhaps: bool = False,
    keeps: Sequence[tuple[str, str, str]] = (),
) -> Step:
    """Wait for a response; `perhaps`: it need not come.

    Args:
        status: of it.
        looks: as in `gets`.
        body: as in `gets`.
        perhaps: it need not come.
        keeps: header names, what of their value is wanted, and the names under which later
            steps find that (``[$name]``).
    """
    optional = ' optional="true"' if perhaps else ""
    kept = [(f"{header}:", wanted, name) for header, wanted, name in keeps]
    return _got(f'response="{status}"{optional}', looks, kept, body)


def announces(sound: Path) -> Step:
    """Send RTP from now on: a file of PCMA as it goes into the packets, again and again."""
    return f'<nop><action><exec rtp_stream="{sound},-1,8,PCMA/8000"/></action></nop>'


def waits(seconds: float) -> Step:
    return f'<pause milliseconds="{round(1000 * seconds)}"/>'


def calls(*more: str, body: str = "", caller: str = f"<sip:{CALLER}@{DOMAIN}>") -> Step:
    """INVITE, and the provisional responses to it; the answer comes when somebody lifts."""
    invite = asks("INVITE", 1, *more, body=body, caller=caller, repeats=True)
    return f"{invite}\n{hears(100, perhaps=True)}\n{hears(180)}"


def _got(
    what: str, looks: tuple[tuple[str, str], ...], kept: list[tuple[str, str, str]], body: str
) -> Step:
    seen = [_look(f"{name}:", wanted) for name, wanted in looks]
    seen += [_find(header, found, f'assign_to="{name}"') for header, found, name in kept]
    if body:
        seen.append(f'<ereg regexp={quoteattr(body)} search_in="msg" {_checked(body)}/>')
    action = f"<action>{''.join(seen)}</action>" if seen else ""
    return f"<recv {what}>{action}</recv>"


def _look(header: str, wanted: str) -> str:
    return _find(header, wanted, _checked(header + wanted))


def _find(header: str, wanted: str, rest: str) -> str:
    return f'<ereg regexp={quoteattr(wanted)} search_in="hdr" header="{header}" {rest}/>'


def _checked(what: str) -> str:
    """Assigned to a variable that nobody reads: SIPp wants one."""
    return f'check_it="true" assign_to="seen{crc32(what.encode())}"'


def _sent(lines: list[str], body: str, repeats: bool) -> Step:
    again = ' retrans="500"' if repeats else ""
    if body:
        lines = [*lines, "Content-Type: application/sdp"]
    text = "\n".join([*lines, "Content-Length: [len]", "", body])
    return f"<send{again}><![CDATA[\n{text}\n]]></send>"
