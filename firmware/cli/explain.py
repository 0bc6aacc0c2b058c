"""``explain ...`` and ``dial-test``: verdicts in words, with the lines they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from firmware.cli import tables
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.cli.grid import table
from firmware.explain.verdict import (
    CallExplanation,
    DialTest,
    PortExplanation,
    RegistrationExplanation,
)
from firmware.hues import Brush, Hue, of_state, plain
from firmware.status import from_json
from firmware.text import escape, span
from firmware.texts import tr
from firmware.texts.columns import columns, padded, wrapped
from firmware.trace.ladder import Renderer
from firmware.trace.marks import Mark

WIDTH = 100
"""Columns that an explanation takes at the most; on a narrower terminal, no more than it has."""
NARROWEST = 40


@TABLE.command("explain port <port>")
def explain_port(context: Context, port: int) -> Answer:
    """Say whether a port can call and be called now, and why."""
    data = context.control.call("explain-port", port=port)
    told = from_json(data, PortExplanation)
    room = _room(context)
    lines = [f"{tables.where(told.card, told.port)} {escape(told.number)}".rstrip()]
    lines += _items(room, told.facts)
    lines += _named(
        room,
        [
            ("CAN CALL", _verdict(told.can_call_why, yes=told.can_call)),
            ("CAN BE CALLED", _verdict(told.can_be_called_why, yes=told.can_be_called)),
        ],
        {"CAN CALL": told.can_call, "CAN BE CALLED": told.can_be_called},
        context.brush,
    )
    lines += _wrapped(room, f"A call now would: {escape(told.a_call_now)}.")
    return Answer("\n".join(lines), data, verbatim=True)


@TABLE.command("explain last-call <port>")
def explain_last_call(context: Context, port: int) -> Answer:
    """Say why the last call of a port ended, and show the lines that decided it."""
    data = context.control.call("explain-call", port=port)
    told = from_json(data, CallExplanation)
    room = _room(context)
    lines = _wrapped(room, _which_call(told))
    lines += _wrapped(room, f"{told.cause}: {tr(escape(told.sentence))}")
    if told.marks:
        lines += ["", *_picture(told.marks, told.port, told.begun_at, context.brush), ""]
    if told.missing:
        lines += _wrapped(room, told.missing)
    heard = "nothing" if told.tone == "silence" else f"{told.tone} tone"
    lines += _named(room, [("Heard", heard), ("Hint", escape(told.hint))])
    lines += _items(room, told.facts)
    return Answer("\n".join(lines), data, verbatim=True)


@TABLE.command("explain registration <port>")
def explain_registration(context: Context, port: int) -> Answer:
    """Say how a line's binding stands, what that means, and what to check."""
    data = context.control.call("explain-registration", port=port)
    told = from_json(data, RegistrationExplanation)
    room = _room(context)
    who = f"{tables.where(told.card, told.port)} {escape(told.number)}".rstrip()
    status = of_state(told.register_status.value)
    said = context.brush(status.text, status.hue) if status.hue else status.text
    lines = [f"{who} {said}"]
    if told.marks:
        lines += ["", *_picture(told.marks, told.port, told.begun_at, context.brush), ""]
    lines += _named(
        room,
        [
            ("Sent", told.sent),
            ("Came back", told.came_back),
            ("Means", told.means),
            ("Next attempt", told.next_attempt),
            *([("Check", told.check)] if told.check else []),
        ],
    )
    return Answer("\n".join(lines), data, verbatim=True)


@TABLE.command("dial-test <port> <digits>")
def dial_test(context: Context, port: int, digits: str) -> Answer:
    """Show what dialling these digits would do; nobody is called.

    Each digit with the patterns that are left and the timer that would run, then when and
    where the INVITE would go.
    """
    data = context.control.call("dial-test", port=port, digits=digits)
    told = from_json(data, DialTest)
    room = _room(context)
    lines = _wrapped(room, f"lifted: {told.lifted}")
    if told.steps:
        lines.append(_steps(told))
    lines += _wrapped(room, told.outcome)
    if told.left_over:
        lines += _wrapped(room, f"Too late to matter: {told.left_over}")
    if told.number:
        lines += _named(
            room,
            [
                ("INVITE", escape(told.request_uri)),
                ("From", escape(told.from_uri)),
                ("To server", escape(told.server) or "none: no server's address is known"),
            ],
        )
    lines.append(tr("Nobody was called."))
    return Answer("\n".join(lines), data, verbatim=True)


def _which_call(told: CallExplanation) -> str:
    direction = told.call_direction.value
    peer = escape(told.peer_number) or "nobody"
    whom = f"{'from' if direction == 'Incoming' else 'to'} {peer}"
    clock = told.ended[11:19]
    where = tables.where(told.card, told.port)
    return f"{where} last call: {whom}, ended {span(told.ended_ago_s)} ago ({clock})"


def _verdict(why: str, *, yes: bool) -> str:
    return f"{tr('yes' if yes else 'no')}: {tr(why)}"


def _picture(marks: Sequence[Mark], port: int, start: float, brush: Brush) -> list[str]:
    renderer = Renderer([port], start=start, brush=brush, most=WIDTH)
    return [renderer.head(), *map(renderer.line, marks)]


def _steps(told: DialTest) -> str:
    head = ("digit", "dialled", "match", "then", "patterns")
    return table(
        head,
        (
            (
                step.digit,
                step.dialled,
                step.match,
                f"timer {step.timer} {step.seconds:g} s"
                if step.timer and step.seconds is not None
                else step.effect,
                _short(step.patterns),
            )
            for step in told.steps
        ),
    )


def _short(patterns: Sequence[str]) -> str:
    text = " | ".join(patterns) or "-"
    return text if len(text) <= 32 else f"{text[:28]} ..."


def _items(width: int, lines: Iterable[str]) -> list[str]:
    return [row for line in lines for row in _wrapped(width, escape(line), "- ", "  ")]


def _named(
    room: int,
    pairs: Sequence[tuple[str, str]],
    good: Mapping[str, bool] | None = None,
    brush: Brush = plain,
) -> list[str]:
    """Facts with their names before them; those in `good` have the colour of their verdict."""
    width = max(columns(tr(name)) for name, _ in pairs) + 2
    rows = []
    for name, text in pairs:
        first, *others = _wrapped(room, text, padded(tr(name), width), " " * width)
        if good is not None and name in good:
            verdict, colon, why = first[len(padded(tr(name), width)) :].partition(":")
            hue = Hue.GOOD if good[name] else Hue.BAD
            first = f"{padded(tr(name), width)}{brush(verdict, hue)}{colon}{why}"
        rows += [first, *others]
    return rows


def _wrapped(width: int, text: str, first: str = "", then: str = "") -> list[str]:
    return wrapped(tr(text), width, first, then)


def _room(context: Context) -> int:
    return min(WIDTH, max(context.options.width or WIDTH, NARROWEST))
