"""What no single key can tell: mistakes that stand between the keys, and what is merely odd."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import msgspec

from firmware.codec_presence import in_words, lacking
from firmware.config.cards import Report, check_cards
from firmware.config.displays import unshown
from firmware.config.group import lint_group
from firmware.config.hook import Hook, windows
from firmware.config.lines import KeyPath
from firmware.config.mqtt import lint_mqtt
from firmware.config.schema import Config, Line
from firmware.config.secret import first_line
from firmware.config.unbuilt import refuse_unbuilt
from firmware.config.values import Secret, split_address
from firmware.errors import ConfigError
from firmware.line.digitmap import DigitMap, Match
from firmware.profiles import load as load_profile

TOLD = {"optional", "required"}
"""Encryption of voice whose keys signalling tells."""
_USUAL_SERVER_TIMER = 60
"""Seconds after which most softswitches end a call that nobody answers."""


def check(config: Config, wrong: Report) -> None:
    """Report every mistake that only shows when several keys are looked at together."""
    refuse_unbuilt(config, wrong)
    check_cards(config, wrong)
    _check_sip(config, wrong)
    _check_lines(config, wrong)
    _check_rtp(config, wrong)
    if config.dialling.digit_map:
        try:
            DigitMap.parse(config.dialling.digit_map)
        except ValueError as error:
            wrong(("dialling", "digit_map"), str(error))
    if config.metrics.listen:
        try:
            host, port = split_address(config.metrics.listen)
            ipaddress.ip_address(host)
        except ValueError:
            port = 0
        if not port or ":" not in config.metrics.listen:
            wrong(
                ("metrics", "listen"), f"{config.metrics.listen!r} is not a numeric address:port"
            )
    for index, name, lack in unshown(config):
        if name != "country":
            wrong(("line", index, "caller_id"), f"{name}: {lack}")
    if config.dialling.short > config.dialling.long:
        wrong(("dialling", "short"), "longer than the long timer")


def _check_rtp(config: Config, wrong: Report) -> None:
    try:
        config.rtp.port_range  # noqa: B018 it raises if it cannot be taken apart
    except ValueError as error:
        wrong(("rtp", "ports"), str(error))
    least, most = config.rtp.jitter_ms
    if least > most:
        wrong(("rtp", "jitter_ms"), f"the least, {least}, is more than the most, {most}")
    if config.rtp.flash_event and config.rtp.dtmf != "rfc4733":
        wrong(("rtp", "flash_event"), 'an event needs dtmf = "rfc4733"')
    for key in _readable(config, TOLD) if not config.rtp.srtp_without_tls else ():
        wrong(
            key,
            'needs [sip] transport = "tls", since signalling has the keys; for a lab there is '
            "srtp_without_tls",
        )
    if len(set(config.rtp.codecs)) < len(config.rtp.codecs):
        wrong(("rtp", "codecs"), "a codec is named twice")
    if 0 < config.rtp.no_voice < 10:
        wrong(("rtp", "no_voice"), "0, or 10 and more: packets are counted every 5 seconds")


def _readable(config: Config, modes: set[str]) -> list[KeyPath]:
    """The keys by which voice is encrypted in one of those ways while signalling is not."""
    if config.sip.transport == "tls":
        return []
    lines = [(("line", index, "srtp"), line.srtp) for index, line in enumerate(config.line)]
    places: list[tuple[KeyPath, str | None]] = [(("rtp", "srtp"), config.rtp.srtp), *lines]
    return [key for key, mode in places if mode in modes]


def _check_sip(config: Config, wrong: Report) -> None:
    try:
        host, _ = config.sip.listen_address
        ipaddress.ip_address(host)
    except ValueError:
        wrong(("sip", "listen"), f"{config.sip.listen!r} is not a numeric address:port")
    seen: set[tuple[str, int]] = set()
    for index, server in enumerate(config.sip.server):
        if re.search(r"[\s/@;:?]", server.host) and not _numeric(server.host):
            wrong(("sip", "server", index, "host"), f"{server.host!r} is not a host name")
        if (server.host, port := config.sip.port_of(server)) in seen:
            wrong(("sip", "server", index, "host"), "the same server stands above already")
        seen.add((server.host, port))
    beat = config.sip.heartbeat
    if beat.judge == "register" and not beat.interval:
        wrong(("sip", "heartbeat", "judge"), "register needs an interval: who asks the dead?")
    if re.search(r"[\s/@;:?<>]", config.sip.domain):
        wrong(("sip", "domain"), f"{config.sip.domain!r} is not a domain")
    if 0 < config.sip.session_expires < 90:
        wrong(("sip", "session_expires"), "0, or 90 and more (RFC 4028 section 4)")


def _numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _check_lines(config: Config, wrong: Report) -> None:
    ports = {card.number: card.ports for card in config.card}
    taken: dict[tuple[int, int], str] = {}
    for index, line in enumerate(config.line):
        place, card = ("line", index), config.line_card(line)
        if card not in ports:
            if line.card is not None:  # otherwise [gateway] card has been reported
                cards = " ".join(str(number) for number in sorted(ports))
                wrong((*place, "card"), f"card {card} not present (cards: {cards})")
        elif line.port > ports[card]:
            wrong((*place, "port"), f"card {card} has ports 1 to {ports[card]}, no {line.port}")
        if (card, line.port) in taken:
            other = taken[card, line.port]
            wrong((*place, "port"), f"port {line.port} has a line already: {other}")
        taken.setdefault((card, line.port), line.number)
        if line.hotline and re.search(r"[^0-9A-Za-z*#+._-]", line.hotline):
            wrong((*place, "hotline"), f"{line.hotline!r} is not a number")
    _check_hooks(config, wrong)


def _check_hooks(config: Config, wrong: Report) -> None:
    """Windows must fit together: those of a line with the rest of its country's."""
    own = [(n, line) for n, line in enumerate(config.line) if line.hook != Hook()]
    if not own:
        return
    try:
        usual = load_profile(config.gateway.country).hook
    except ConfigError:
        return  # that is told elsewhere
    for index, line in own:
        try:
            windows(line.hook, usual)
        except ValueError as error:
            wrong(("line", index, "hook"), str(error))


def check_passwords(config: Config, folder: Path, wrong: Report) -> Config:
    """Read the password files into the lines; relative names begin in `folder`."""
    lines = tuple(
        _with_password(line, folder, index, wrong) for index, line in enumerate(config.line)
    )
    return msgspec.structs.replace(config, line=lines)


def _with_password(line: Line, folder: Path, index: int, wrong: Report) -> Line:
    if not line.password_file:
        return line
    place = ("line", index, "password_file")
    if line.password:
        wrong(place, "password stands here too: one of the two")
        return line
    told = first_line(folder / line.password_file, lambda why: wrong(place, why))
    return msgspec.structs.replace(line, password=Secret(told))


def lint(config: Config, odd: Report) -> None:
    """Report what works but is hardly meant."""
    sip = config.sip
    if sip.no_answer in {sip.give_up, _USUAL_SERVER_TIMER}:
        odd(
            ("sip", "no_answer"),
            f"{sip.no_answer:g} s is also how long callers wait (give_up, or the server's own "
            "timer): who ends an unanswered call is a race",
        )
    numbers: set[str] = set()
    for index, line in enumerate(config.line):
        if line.number in numbers:
            odd(("line", index, "number"), f"another line has the number {line.number} too")
        numbers.add(line.number)
        if not line.password and not sip.group.number:
            odd(("line", index), "no password: the registrar must know this line by address")
    low, high = config.rtp.port_range
    pairs = (high + 1 - (low + low % 2)) // 2
    if pairs < (ports := sum(card.ports for card in config.card)):
        odd(("rtp", "ports"), f"room for {pairs} calls, but there are {ports} ports")
    if len(config.line) > 1 and (lost := _not_dialable(config)):
        odd(
            ("dialling", "digit_map"),
            f"no pattern fits {', '.join(lost)}: these lines cannot be called from here",
        )
    if missing := lacking(config.rtp.codecs):
        odd(("rtp", "codecs"), in_words(missing))
    if config.rtp.srtp_without_tls and _readable(config, TOLD):
        odd(("rtp", "srtp_without_tls"), "who reads our signalling can decrypt voice: for a lab")
    for key in _readable(config, {"dtls"}):
        odd(key, "who can change our signalling on its way can listen in; TLS prevents that")
    if config.security.sources == "any":
        odd(("security", "sources"), "requests are taken from anybody: for a lab only")
    lint_group(sip.group, odd)
    lint_mqtt(config.mqtt, odd)
    if not config.line:
        odd(("line",), "no line: nobody can call")
    for index, name, lack in unshown(config):
        if name == "country":
            odd(("line", index), f"callers are not shown as this country does: {lack}")


def _not_dialable(config: Config) -> list[str]:
    """The lines' own numbers that the digit map would refuse, or cut short."""
    text = config.dialling.digit_map
    digit_map = DigitMap.parse(text) if text else load_profile(config.gateway.country).digit_map
    complete = {Match.FULL, Match.UNAMBIGUOUS}
    return [
        line.number
        for line in config.line
        if line.number.isdecimal() and digit_map.match(line.number).match not in complete
    ]
