"""Snapshots as text tables: columns aligned with spaces, one line a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from firmware.cli.grid import aligned, facts, table
from firmware.hues import Brush, Hue, Painted, of_state, plain
from firmware.status import (
    Alarm,
    CallRecord,
    CallStatusRow,
    LineStatus,
    PortStatus,
    RegistrationStatus,
    ServerStatus,
    Version,
)
from firmware.text import escape, moment, span
from firmware.texts import tr
from firmware.texts.columns import wrapped

if TYPE_CHECKING:
    from firmware.profiles.facts import ProfileFact

PORT_HEAD = (
    "[card:port]",
    "register-status",
    "call-status",
    "physical-status",
    "peer-number",
    "call-direction",
)


def where(card: int, port: int) -> str:
    """``[1:2]``: card 1, port 2."""
    return f"[{card}:{port}]"


def figure(value: float | None, unit: str = "") -> str:
    """A measured value; a dash if there is none."""
    return "-" if value is None else f"{value:.1f}{' ' + unit if unit else ''}"


def ports(rows: Sequence[PortStatus], brush: Brush = plain) -> str:
    """The status table of the specification (CLI-02 to CLI-07), and whose mailbox is not empty.

    Its words are those of the specification in every language.
    """
    told = aligned(
        PORT_HEAD,
        (
            (
                where(row.card, row.port),
                of_state(f"{row.register_status.value}:{row.admin_status.value[:5]}"),
                of_state(row.call_status.value),
                of_state(row.physical_status.value),
                escape(row.peer_number),
                row.call_direction.value,
            )
            for row in rows
        ),
        brush,
    )
    waiting = [
        f"{where(row.card, row.port)} messages waiting: {row.messages_waiting}"
        for row in rows if row.messages_waiting
    ]  # fmt: skip
    rung = [
        f"{where(row.card, row.port)} house call: it rings, and nobody calls"
        for row in rows if row.house_call == "ringing"
    ]  # fmt: skip
    return "\n".join([told, *waiting, *rung])


def registrations(rows: Sequence[RegistrationStatus], brush: Brush = plain) -> str:
    head = (
        "[card:port]",
        "number",
        "status",
        "registrar",
        "expires",
        "next-attempt",
        "last-answer",
    )
    return table(
        head,
        (
            (
                where(row.card, row.port),
                row.number,
                of_state(row.register_status.value),
                row.registrar or "-",
                span(row.expires_in_s),
                span(row.next_attempt_in_s),
                " ".join([str(row.last_code or "-"), row.last_error]).strip(),
            )
            for row in rows
        ),
        brush,
    )


def servers(rows: Sequence[ServerStatus], brush: Brush = plain) -> str:
    head = ("sbc", "server", "address", "state", "use", "rtt", "min/avg/max", "lost/sent", "since")
    return table(
        head,
        (
            (
                row.index,
                row.server,
                row.address or "-",
                of_state(row.state),
                "yes" if row.in_use else "no",
                figure(row.rtt_ms, "ms"),
                "/".join(figure(ms) for ms in (row.rtt_min_ms, row.rtt_avg_ms, row.rtt_max_ms)),
                f"{row.lost}/{row.sent}",
                " ".join([span(row.since_s), row.last_error]).strip(),
            )
            for row in rows
        ),
        brush,
    )


FIRST_COUNT = 6.0
"""s that a call may have been talking before anybody has counted what came of its voice."""


def _untold(row: CallStatusRow) -> bool:
    """Nobody has counted yet: zeros would say that nothing came."""
    return not row.received and not row.lost and (row.talking_s or 0.0) < FIRST_COUNT


def calls(rows: Sequence[CallStatusRow], brush: Brush = plain) -> str:
    head = ("call", "[card:port]", "call-status", "peer-number", "call-direction", "duration",
            "talking", "codec", "rtp-remote", "lost/received", "jitter", "mos")  # fmt: skip
    more = [f"Call {row.call}: {told}" for row in rows for told in row.health]
    more += [f"Call {row.call}: voice is encrypted by {row.srtp}." for row in rows if row.srtp]
    more += [f"Call {row.call}: fax or modem: {row.fax}." for row in rows if row.fax]
    more += [
        f"Call {row.call}: session timer of {row.session_timer_s} s, confirmed by the"
        f" {row.session_confirmed_by}; {span(row.session_left_s)} left."
        for row in rows
        if row.session_timer_s is not None
    ]
    shown = table(
        head,
        (
            (
                row.call,
                where(row.card, row.port),
                of_state(row.call_status.value),
                row.peer_number,
                row.call_direction.value,
                span(row.duration_s),
                span(row.talking_s),
                row.codec or "-",
                row.rtp_remote or "-",
                "-" if _untold(row) else f"{row.lost}/{row.received}",
                "-" if _untold(row) else figure(row.jitter_ms, "ms"),
                "-" if row.mos is None else f"{row.mos:.1f}",
            )
            for row in rows
        ),
        brush,
    )
    return "\n".join([shown.rstrip("\n"), *more]) if more else shown


def history(rows: Sequence[CallRecord]) -> str:
    head = ("call", "[card:port]", "started", "peer-number", "call-direction", "duration",
            "mos", "released-by", "sip", "cause", "why")  # fmt: skip
    return table(
        head,
        (
            (
                row.call,
                where(row.card, row.port),
                moment(row.started),
                row.peer_number or "-",
                row.call_direction.value or "-",
                span(row.duration_s) if row.answered else "-",
                "-" if row.mos is None else f"{row.mos:.1f}",
                row.released_by or "-",
                row.sip_status or "-",
                row.cause or "-",
                row.sentence,
            )
            for row in rows
        ),
    )


def lines(rows: Sequence[LineStatus], brush: Brush = plain) -> str:
    head = ("[card:port]", "chip", "linefeed", "hook", "line", "loop", "tip", "ring", "battery",
            "fault")  # fmt: skip
    told = table(
        head,
        (
            (
                where(row.card, row.port),
                row.chip or "-",
                row.linefeed or "-",
                row.hook,
                figure(row.line_v, "V"),
                figure(row.loop_ma, "mA"),
                figure(row.tip_v, "V"),
                figure(row.ring_v, "V"),
                figure(row.battery_v, "V"),
                Painted(row.fault, Hue.BAD) if row.fault else "-",
            )
            for row in rows
        ),
        brush,
    )
    notes = (f"{where(row.card, row.port)} {note}" for row in rows for note in row.notes)
    return "\n".join((told, *notes))


def alarms(rows: Sequence[Alarm], brush: Brush = plain, *, history: bool = False) -> str:
    head = ("since", *(["until"] if history else []), "severity", "where", "what")
    return table(
        head,
        (
            (
                moment(row.since),
                *([moment(row.until) if row.until else "-"] if history else []),
                of_state(row.severity) if not row.until else row.severity,
                row.where,
                row.what,
            )
            for row in rows
        ),
        brush,
    )


def version(row: Version) -> str:
    libraries = [(name, text or "not installed") for name, text in row.libraries.items()]
    cards = [("hardware", text) for text in row.cards]
    return facts(
        [
            ("tipring", row.tipring),
            ("python", row.python),
            ("SIP core", row.core),
            ("platform", row.platform or "-"),
            ("running for", span(row.uptime_s)),
            ("dropped", f"{row.dropped} datagrams"),
            *([("kept", ", ".join(map(tr, row.kept)))] if row.kept else []),
            *cards,
            *libraries,
        ]
    )


PROFILE_HEAD = ("", "what", "in force", "from")
WIDE, NARROW = 68, 24
"""Columns for a value of a profile, on a wide and on a narrow terminal; the rest stands below."""


def profile(title: str, facts: Sequence[ProfileFact], width: int = 0) -> str:
    """What is in force on a line: a row a value, the group named once.

    Keys and values are those of the file, in every language.

    Args:
        title: stands above.
        facts: in order.
        width: columns of the terminal; 0: none.
    """
    others = [("", "what", "from"), *((one.group, one.what, one.source) for one in facts)]
    taken = sum(max(map(len, column)) + 2 for column in zip(*others, strict=True))
    wide = min(WIDE, max(width - taken, NARROW)) if width else WIDE
    rows: list[tuple[str, ...]] = []
    group = ""
    for fact in facts:
        first, *more = _wrapped(fact.value, wide)
        named = fact.group if fact.group != group else ""
        group = fact.group
        rows.append((named, escape(fact.what), escape(first), escape(fact.source)))
        rows += [("", "", escape(line), "") for line in more]
    return f"{escape(title)}\n{aligned(tuple(map(tr, PROFILE_HEAD)), rows)}"


def _wrapped(text: str, wide: int) -> list[str]:
    """Lines of a value, broken behind a comma or between patterns of a digit map if it can be."""
    lines = [""]
    for piece in re.findall(r"[^,|]*(?:, |\||,|$)", text):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > wide:
            lines.append("")
        lines[-1] += piece
    return [row for line in lines for row in wrapped(line, wide) or [""]]
