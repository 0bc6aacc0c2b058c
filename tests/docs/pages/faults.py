"""The faults that the gateway is tested against, by number, and the tests that name each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.docs.pages.mentions import Mention, files, mentions, tests_in

SECTIONS = {
    "A": "Faults of syntax and size",
    "B": "Faults of transactions and dialogs",
    "C": "Faults of networks and servers",
    "D": "Faults of line cards, sound devices and of the box",
}
ROWS = {
    "A01": "valid messages of RFC 4475",
    "A02": "invalid messages of RFC 4475",
    "A03": "odd messages of RFC 4475, IPv6 of RFC 5118",
    "A04": "a Content-Length that is no number, or two",
    "A05": "a Content-Length beyond the datagram",
    "A06": "bare CR or LF",
    "A07": "too long, too many, too deep",
    "A08": "control characters and broken UTF-8 in names",
    "A09": "datagrams larger than the network carries",
    "A10": "floods",
    "A11": "connections that say nothing, or slowly",
    "A12": "what is no SIP on the port of SIP; keep-alives",
    "A13": "streams cut at any place",
    "A14": "a response with two Vias",
    "A15": "codes that nobody has defined",
    "A16": "a name service that lies, loops or is silent",
    "A17": "datagrams that cannot be sent, ICMP",
    "B01": "the same INVITE twice",
    "B02": "the same INVITE by two ways",
    "B03": "messages in the wrong order",
    "B04": "a lost 200, a lost ACK",
    "B05": "an ACK at once",
    "B06": "hanging up before the ACK",
    "B07": "CANCEL and 200 cross",
    "B08": "CANCEL before any answer",
    "B09": "the same CANCEL twice",
    "B10": "no 487 after CANCEL",
    "B11": "the ACK to a 487",
    "B12": "BYE and BYE cross, BYE for nothing",
    "B13": "BYE before the answer",
    "B14": "several telephones ring",
    "B15": "several telephones answer",
    "B16": "a 200 after our BYE",
    "B17": "re-INVITE and re-INVITE cross",
    "B18": "a re-INVITE too soon",
    "B19": "a CSeq that goes back",
    "B20": "a dialog that we have forgotten",
    "B21": "a re-INVITE that is refused",
    "B22": "an offer that comes late",
    "B23": "no codec in common",
    "B24": "another answer than before",
    "B25": "PRACK: twice, in the wrong order, never",
    "B26": "an extension that is required and not known",
    "B27": "Max-Forwards 0, or none",
    "B28": "a strict router",
    "B29": "another route in the answer",
    "B30": "a Contact that changes",
    "B31": "a redirected call",
    "B32": "UPDATE before the answer, UPDATE and UPDATE cross",
    "B33": "session timers: too short, unanswered, absent",
    "B34": "requests that nobody expects",
    "B35": "no 408 to what is no INVITE",
    "B36": "challenges of every kind",
    "B37": "bindings that are not ours, or of odd length",
    "B38": "423 without end",
    "B39": "a registration refused in every way",
    "B40": "a BYE that nobody hears",
    "C01": "a server falls silent in a refresh",
    "C02": "a server dies in a call",
    "C03": "a server comes and goes",
    "C04": "every answer to OPTIONS",
    "C05": "ten thousand devices come back",
    "C06": "a NAT forgets us",
    "C07": "a gateway meddles with addresses",
    "C08": "our own address changes",
    "C09": "connections reset, half open, blocked",
    "C10": "certificates that prove nothing",
    "C11": "a clock that has not been set",
    "C12": "a clock that is set",
    "C13": "voice from strangers",
    "C14": "a source of voice that jumps",
    "C15": "loss, bursts, jitter, packets doubled and overtaken",
    "C16": "two clocks that drift apart",
    "C17": "no voice comes",
    "C18": "ports of voice: late packets, none left",
    "C19": "a far end that is silent by intention",
    "C20": "digits as events, in part",
    "C21": "reports that are none, or come by the wrong port",
    "C22": "voice that has to be protected",
    "C23": "ringback and voice before the answer",
    "C24": "hold, in every manner",
    "C25": "echo",
    "D01": "a hook that bounces",
    "D02": "flashes and pulses of every length",
    "D03": "a handset lifted at every moment of ringing, or only seemingly",
    "D04": "a call that meets a lift",
    "D05": "a handset left off",
    "D06": "a line circuit that is too hot, or overloaded",
    "D07": "a bus that lies, stalls or is broken",
    "D08": "ringing or a hook that is stuck, a calibration that never ends",
    "D09": "interrupts lost, stuck, or a storm of them",
    "D10": "sound devices that run over, run dry or vanish",
    "D11": "an event loop that stands still",
    "D12": "a loss of power while a file is written",
    "D13": "a full disk, no more files",
    "D14": "a configuration that is none",
    "D15": "a service that is stopped or killed in a call",
    "D16": "sockets, timers and tasks that stay",
    "D17": "clients of the control socket that mean no good",
    "D18": "a second service",
    "D19": "a box that is too hot, or has too little voltage",
}
"""Rows of the fault matrix that the project was built to, in a few words each."""

_ID = r"[ABCD]\d\d"
_LIST = rf"{_ID}(?:(?:, | and | to |\.\.){_ID})*"
_SAID = re.compile(rf"\b(?:[Ff]aults?|[Rr]ows?)\s+(?:5\.1, )?({_LIST})\b")
"""``fault A15``, ``rows A11 to A13 and C09``."""
_BARE = re.compile(rf"\b({_LIST})\b")
_AMBIGUOUS = re.compile(r"A1[0-5]")
"""So are ladders called, too: these count only where they are said to be faults or rows."""
_NAME = re.compile(r"test_([abcd]\d\d)_")


def found() -> dict[str, set[Mention]]:
    """The tests that name each row: in words, or in their own name."""
    by_id: dict[str, set[Mention]] = {}
    for match, mention in mentions(_SAID, "tests"):
        for row in rows(match[1]):
            by_id.setdefault(row, set()).add(mention)
    for match, mention in mentions(_BARE, "tests"):
        for row in rows(match[1]):
            if not _AMBIGUOUS.fullmatch(row):
                by_id.setdefault(row, set()).add(mention)
    for mention in _named():
        if named := _NAME.match(mention.test):
            by_id.setdefault(named[1].upper(), set()).add(mention)
    return by_id


def rows(text: str) -> list[str]:
    """The rows that a list means: ``A11 to A13 and C09`` are four."""
    meant: list[str] = []
    ranged = False
    for piece in re.split(r"(, | and | to |\.\.)", text):
        if not re.fullmatch(_ID, piece):
            ranged = piece in {" to ", ".."}
            continue
        if ranged and meant and meant[-1][0] == piece[0]:
            first, last = int(meant[-1][1:]), int(piece[1:])
            meant += [f"{piece[0]}{n:02}" for n in range(first + 1, last + 1)]
        else:
            meant.append(piece)
        ranged = False
    return meant


def _named() -> Iterator[Mention]:
    for path in files("tests"):
        yield from tests_in(path)
