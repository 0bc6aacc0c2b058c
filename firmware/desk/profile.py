"""What is in force on a line, and whose word each value is; as the control socket answers it.

A value is the country's own, or taken from the profile that the country builds on; or the
configuration says otherwise; or it was adapted to a dial while the gateway runs; or the line
circuit could not do it and does the nearest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from drivers.slic import Slic
from firmware.config.schema import Dialling
from firmware.gateway import Gateway
from firmware.line.profile import Profile, Ring
from firmware.port.leg import PortSettings
from firmware.port.port import Port
from firmware.profiles import words
from firmware.profiles.facts import GROUPS, InForce, ProfileFact, rows
from firmware.settings import port_settings

OTHER = "configuration"
ADAPTED = "adapted"
"""Not as profile and configuration have it: changed while the gateway runs (`test dial`)."""

NO_PORT = 0
"""A line is on port 1 or above: what holds for this one holds for all that say nothing else."""


class ProfileDesk:
    """Answers about one gateway.

    Args:
        gateway: that runs.
        port_of: finds the port that a question is about.
    """

    def __init__(self, gateway: Gateway, port_of: Callable[[dict[str, Any]], Port]) -> None:
        self._gateway = gateway
        self._port_of = port_of

    def answer(self, params: dict[str, Any]) -> InForce:
        """What is in force on a port, or on the card where no port is named."""
        profile, services = self._gateway.profile, self._gateway.config.services
        said = {
            "digit_map": "[dialling] digit_map",
            "hook": "[line.hook] ",
            "caller_id": "[[line]] caller_id" if services.caller_id else "[services] caller_id",
        }
        if params.get("port") is not None:
            port = self._port_of(params)
            configured = port_settings(self._gateway.config, profile, port.number)
            facts = in_force(profile, port.settings, configured, said, port.slic)
        else:
            settings = port_settings(self._gateway.config, profile, NO_PORT)
            facts = in_force(profile, settings, settings, said)
        return InForce(country=profile.country, name=profile.name, facts=tuple(facts))


def in_force(
    profile: Profile,
    settings: PortSettings,
    configured: PortSettings,
    said: Mapping[str, str],
    slic: Slic | None = None,
) -> list[ProfileFact]:
    """What is in force on a port, or on those without a line of their own.

    Args:
        profile: the country's.
        settings: of the port, as they are now.
        configured: what profile and configuration make of it.
        said: the setting by which the configuration says otherwise, by the profile's key; of a
            table, what stands before the key.
        slic: its line circuit, once it is up.
    """
    facts = []
    for (group, key, value, origin), (_, _, set_to, _), (_, _, theirs, _) in zip(
        rows(_effective(profile, settings)),
        rows(_effective(profile, configured)),
        rows(profile),
        strict=True,
    ):
        table, _, name = key.rpartition(".")
        setting = said[table] + name if table in said else said.get(key, OTHER)
        source = origin if value == theirs else setting
        if value != set_to:
            source = ADAPTED
        facts.append(ProfileFact(group=group, what=name, value=value, source=source))
    facts += [*_settings(settings), *(_adapted(settings, slic) if slic else ())]
    return sorted(facts, key=lambda fact: GROUPS.index(fact.group))


def _effective(profile: Profile, settings: PortSettings) -> Profile:
    """The profile as the settings of a port have it."""
    options = settings.options
    return replace(
        profile,
        law=settings.slic.law,
        impedance=settings.slic.impedance,
        loop_current_ma=settings.slic.loop_current_ma,
        ring=Ring(settings.ring.hz, settings.ring.vrms, settings.ring.cadence_ms),
        tones=settings.tones,
        hook=settings.windows,
        caller_id=settings.caller_id,
        digit_map=options.digit_map,
        emergency=options.emergency,
        release_tone_s=options.release_tone_s,
        howler_s=options.howler_s,
    )


def _settings(settings: PortSettings) -> Iterator[ProfileFact]:
    """What no country says: timers of dialling, and what a line has of its own."""
    options, usual, own = settings.options, Dialling(), settings.options.digit_map.timers
    for key, value, fallback, of_map, about in (
        ("first_digit", options.start_timer, usual.first_digit, own.start, "for the first digit"),
        ("short", options.short_timer, usual.short, own.short, "when a number may be complete"),
        ("long", options.long_timer, usual.long, own.long, "when it cannot be complete yet"),
    ):
        source = "default" if value == fallback else f"[dialling] {key}"
        if of_map is not None:
            source = "the digit map"
        yield ProfileFact(group="dialling", what=key, value=f"{value:g} s {about}", source=source)
    line = settings.slic
    gap = words.ms(settings.disconnect_s)
    for key, told in (
        ("rx_gain_db", f"{line.rx_gain_db:+g} dB" if line.rx_gain_db else ""),
        ("tx_gain_db", f"{line.tx_gain_db:+g} dB" if line.tx_gain_db else ""),
        ("polarity_reversal", "while a call is answered" if settings.polarity_reversal else ""),
        (
            "disconnect_ms",
            f"open {gap} when the far end has hung up" if settings.disconnect_s else "",
        ),
    ):
        if told:
            yield ProfileFact(group="line", what=key, value=told, source=f"[[line]] {key}")


def _adapted(settings: PortSettings, slic: Slic) -> Iterator[ProfileFact]:
    """What the line circuit does in place of what it was told."""
    chip, wanted = slic.chip or "line circuit", settings.ring.hz
    if (used := slic.rings_at(wanted)) != wanted:
        value = f"{used:g} Hz in place of {wanted:g}"
        yield ProfileFact(group="adapted", what="hz", value=value, source=chip)
    for note in slic.notes:
        yield ProfileFact(group="adapted", what="note", value=note, source=chip)
