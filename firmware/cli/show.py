"""``show ...``: facts, one table each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from firmware.cli import tables
from firmware.cli.command import TABLE, Answer, UsageError
from firmware.cli.context import Context
from firmware.cli.instant import clock
from firmware.config import text as config_text
from firmware.errors import CommandError
from firmware.status import (
    Alarm,
    CallRecord,
    CallStatusRow,
    LineStatus,
    PortStatus,
    RegistrationStatus,
    ServerStatus,
    Version,
    from_json,
    to_json,
)

T = TypeVar("T")


@TABLE.command("show card <card> port <port> status", follow="", at="time")
def show_card_port(
    context: Context, card: int, port: int, *, follow: bool = False, at: float | None = None
) -> Answer:
    """Show registration, call and hook state of one port, now or as it was then."""
    return _status(context, card, port, follow=follow, at=at)


@TABLE.command("show card <card> port status", "show card <card> status", follow="", at="time")
def show_card(
    context: Context, card: int, *, follow: bool = False, at: float | None = None
) -> Answer:
    """Show registration, call and hook state of the ports of one card, now or then."""
    return _status(context, card, None, follow=follow, at=at)


@TABLE.command("show port <port> status", "show port <port>", follow="", at="time")
def show_port(
    context: Context, port: int, *, follow: bool = False, at: float | None = None
) -> Answer:
    """Show registration, call and hook state of a port, now or then; or each change of it."""
    return _status(context, None, port, follow=follow, at=at)


@TABLE.command("show port status", "show port", follow="", at="time")
def show_ports(context: Context, *, follow: bool = False, at: float | None = None) -> Answer:
    """Show registration, call and hook state of all ports, now or then; or each change."""
    return _status(context, None, None, follow=follow, at=at)


@TABLE.command("show registration", at="time")
def show_registration(context: Context, *, at: float | None = None) -> Answer:
    """Show the binding of each line, now or then: where, how long, what went wrong."""
    data, rows = _ask(context, *_then("registrations", at), RegistrationStatus)
    return Answer(_stamped(at, tables.registrations(rows, context.brush)), data)


@TABLE.command("show sbc")
def show_sbc(context: Context) -> Answer:
    """Show the servers as the heartbeat sees them."""
    data, rows = _ask(context, "servers", {}, ServerStatus)
    return Answer(tables.servers(rows, context.brush), data)


@TABLE.command("show call", at="time")
def show_call(context: Context, *, at: float | None = None) -> Answer:
    """Show the calls that are going on, or were then."""
    data, rows = _ask(context, *_then("calls", at), CallStatusRow)
    return Answer(_stamped(at, tables.calls(rows, context.brush)), data)


@TABLE.command("show calls", "show calls <port>", at="time")
def show_calls(context: Context, port: int | None = None, *, at: float | None = None) -> Answer:
    """Show the calls that are over, or were then, how they were heard, and why each ended."""
    data, rows = _ask(context, *_then("history", at), CallRecord, port=port)
    return Answer(_stamped(at, tables.history(rows)), data)


@TABLE.command("show line <port>")
def show_line(context: Context, port: int) -> Answer:
    """Show volts, milliamperes and linefeed of a port, as its chip measures them."""
    data = context.control.call("line", port=port)
    rows = data if isinstance(data, list) else [data]
    return Answer(tables.lines([from_json(row, LineStatus) for row in rows], context.brush), data)


@TABLE.command("show version")
def show_version(context: Context) -> Answer:
    """Show what runs here, and with which libraries."""
    data = context.control.call("version")
    return Answer(tables.version(from_json(data, Version)), data)


@TABLE.command("show config")
def show_config(context: Context) -> Answer:
    """Show the configuration in force, defaults filled in, secrets hidden."""
    data = context.control.call("config")
    if not isinstance(data, dict):
        raise CommandError("the daemon's answer is not understood")
    return Answer(config_text.as_text(data).rstrip("\n"), data, verbatim=True, whole=True)


@TABLE.command("show alarms", history="")
def show_alarms(context: Context, *, history: bool = False) -> Answer:
    """Show what is wrong now, since when; or what was wrong as well, and until when."""
    data, rows = _ask(context, "alarms", {}, Alarm)
    if history:
        past, gone = _ask(context, "alarms-over", {}, Alarm)
        data, rows = [*past, *data], [*gone, *rows]
    told = tables.alarms(rows, context.brush, history=history)
    return Answer(told if rows else "no alarm", data)


@TABLE.command("show profile <country>")
def show_profile_of(context: Context, country: str) -> Answer:
    """Show a country profile in words; of a file that builds on another, what is taken from it."""
    from firmware import profiles
    from firmware.profiles.facts import of_profile

    profile = profiles.load(country)
    facts = of_profile(profile)
    told = tables.profile(f"{profile.name} ({country})", facts, context.options.width)
    return Answer(told, to_json(facts), verbatim=True)


@TABLE.command("show profile", "show profile port <port>")
def show_profile(context: Context, port: int | None = None) -> Answer:
    """Show what is in force on a line, and where it comes from: country, setting, line circuit."""
    from firmware.profiles.facts import InForce

    data = context.control.call("profile", **({} if port is None else {"port": port}))
    force = from_json(data, InForce)
    where = f", port {port}" if port is not None else ""
    title = f"{force.name} ({force.country}){where}"
    told = tables.profile(title, force.facts, context.options.width)
    return Answer(told, data, verbatim=True)


def _then(method: str, at: float | None) -> tuple[str, dict[str, Any]]:
    """The method that tells how it is, or was."""
    return (method, {}) if at is None else (f"{method}-at", {"at": at})


def _stamped(at: float | None, text: str) -> str:
    """A table of the past says of when it is."""
    return text if at is None else f"at {clock(at)}:\n{text}"


def _ask(
    context: Context, method: str, instant: dict[str, Any], kind: type[T], **params: Any
) -> tuple[Any, list[T]]:
    data = context.control.call(method, **instant, **params)
    if not isinstance(data, list):
        raise CommandError("the daemon's answer is not understood")
    return data, [from_json(row, kind) for row in data]


def _status(
    context: Context,
    card: int | None,
    port: int | None,
    *,
    follow: bool = False,
    at: float | None = None,
) -> Answer:
    if follow:
        if at is not None:
            raise UsageError("what was then cannot be followed: --at or --follow")
        return _followed(context, card, port)
    data, rows = _ask(context, *_then("ports", at), PortStatus)
    both = sorted(zip(rows, data, strict=True), key=lambda pair: (pair[0].card, pair[0].port))
    if card is not None:
        cards = sorted({row.card for row in rows})
        if card not in cards:
            raise CommandError(f"card {card} not present (cards: {_list(cards)})")
        both = [pair for pair in both if pair[0].card == card]
    if port is not None:
        ports = sorted({row.port for row, _ in both})
        both = [pair for pair in both if pair[0].port == port]
        if not both:
            raise CommandError(f"port {port} not present (ports: {_list(ports)})")
    text = _stamped(at, tables.ports([row for row, _ in both], context.brush))
    return Answer(text, [plain for _, plain in both])


def _followed(context: Context, card: int | None, port: int | None) -> Answer:
    """The rows as they change, each with the time of day."""

    def changes() -> Iterator[Answer]:
        for message in context.control.follow("follow-ports", card=card, port=port):
            row = from_json(message, PortStatus)
            line = tables.ports([row], context.brush).splitlines()[1]
            yield Answer(f"{datetime.now().astimezone():%H:%M:%S} {line}", message)

    return Answer("the time, then a row of the status table at each change:", None, more=changes())


def _list(numbers: list[int]) -> str:
    return " ".join(str(number) for number in numbers)
