"""Snapshots as text tables: columns aligned with spaces, one line a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

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
from firmware.text import escape, span
from firmware.texts import tr
from firmware.texts.columns import columns, padded

if TYPE_CHECKING:
    from firmware.profile_facts import ProfileFact

PORT_HEAD = (
    "[card:port]",
    "register-status",
    "call-status",
    "physical-status",
    "peer-number",
    "call-direction",
)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Align the columns, in the operator's language."""
    said = (tuple(tr(escape(str(cell))) for cell in row) for row in rows)
    return aligned(tuple(map(tr, head)), said)


def aligned(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Align the columns; folding runs of spaces to one leaves a stable line."""
    cells = [head, *rows]
    widths = [max(columns(cell) for cell in column) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """One fact a line, names aligned."""
    told = [(tr(name), tr(escape(str(value)))) for name, value in pairs]
    width = max((columns(name) for name, _ in told), default=0)
    return "\n".join(f"{padded(name, width)}  {value}".rstrip() for name, value in told)


def where(card: int, port: int) -> str:
    """``[1:2]``: card 1, port 2."""
    return f"[{card}:{port}]"


def figure(value: float | None, unit: str = "") -> str:
    """A measured value; a dash if there is none."""
    return "-" if value is None else f"{value:.1f}{' ' + unit if unit else ''}"


def ports(rows: Sequence[PortStatus]) -> str:
    """The status table of the specification (CLI-02 to CLI-07), and whose mailbox is not empty.

    Its words are those of the specification in every language.
    """
    told = aligned(
        PORT_HEAD,
        (
            (
                where(row.card, row.port),
                f"{row.register_status.value}:{row.admin_status.value[:5]}",
                row.call_status.value,
                row.physical_status.value,
                escape(row.peer_number),
                row.call_direction.value,
            )
            for row in rows
        ),
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


def registrations(rows: Sequence[RegistrationStatus]) -> str:
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
                row.register_status.value,
                row.registrar or "-",
                span(row.expires_in_s),
                span(row.next_attempt_in_s),
                " ".join([str(row.last_code or "-"), row.last_error]).strip(),
            )
            for row in rows
        ),
    )


def servers(rows: Sequence[ServerStatus]) -> str:
    head = ("sbc", "server", "address", "state", "use", "rtt", "min/avg/max", "lost/sent", "since")
    return table(
        head,
        (
            (
                row.index,
                row.server,
                row.address or "-",
                row.state,
                "yes" if row.in_use else "no",
                figure(row.rtt_ms, "ms"),
                "/".join(figure(ms) for ms in (row.rtt_min_ms, row.rtt_avg_ms, row.rtt_max_ms)),
                f"{row.lost}/{row.sent}",
                " ".join([span(row.since_s), row.last_error]).strip(),
            )
            for row in rows
        ),
    )


def calls(rows: Sequence[CallStatusRow]) -> str:
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
                row.call_status.value,
                row.peer_number,
                row.call_direction.value,
                span(row.duration_s),
                span(row.talking_s),
                row.codec or "-",
                row.rtp_remote or "-",
                f"{row.lost}/{row.received}",
                figure(row.jitter_ms, "ms"),
                "-" if row.mos is None else f"{row.mos:.1f}",
            )
            for row in rows
        ),
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
                row.started,
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


def lines(rows: Sequence[LineStatus]) -> str:
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
                row.fault or "-",
            )
            for row in rows
        ),
    )
    notes = (f"{where(row.card, row.port)} {note}" for row in rows for note in row.notes)
    return "\n".join((told, *notes))


def alarms(rows: Sequence[Alarm], *, history: bool = False) -> str:
    head = ("since", *(["until"] if history else []), "severity", "where", "what")
    return table(
        head,
        (
            (
                row.since,
                *([row.until or "-"] if history else []),
                row.severity,
                row.where,
                row.what,
            )
            for row in rows
        ),
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
WIDE = 68
"""Columns for a value of a profile; longer ones go on in the next line."""


def profile(title: str, facts: Sequence[ProfileFact]) -> str:
    """What is in force on a line: a row a value, the group named once."""
    rows: list[tuple[str, ...]] = []
    group = ""
    for fact in facts:
        first, *more = _wrapped(fact.value)
        named = fact.group if fact.group != group else ""
        group = fact.group
        rows.append((named, fact.what, first, fact.source))
        rows += [("", "", line, "") for line in more]
    return f"{escape(title)}\n{table(PROFILE_HEAD, rows)}"


def _wrapped(text: str) -> list[str]:
    """Lines of a value, broken behind a comma or between two patterns of a digit map."""
    lines = [""]
    for piece in re.findall(r"[^,|]*(?:, |\||,|$)", text):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > WIDE:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
