"""What the line circuits and the media process are told, from configuration and country profile.

The words of lines and of SIP are made elsewhere, because the hardware starts before those are
imported.
"""

from __future__ import annotations

from drivers.ag1171 import ModuleValues
from drivers.ag1171_wires import Wiring
from drivers.board import CardSettings, highway_settings
from drivers.slic import LineSettings, RingSpec
from firmware.config.schema import Config
from firmware.line.profile import Profile
from firmware.media.messages import Start


def card_settings(config: Config) -> CardSettings:
    card = config.card[0]
    return CardSettings(
        number=card.number,
        driver=card.driver,
        bus=card.bus,
        ports=card.ports,
        pcm=card.pcm,
        socket=str(config.board_socket),
        daisy=card.daisy,
        reset=card.reset_gpio,
        interrupt=card.interrupt_gpio,
        wiring=Wiring(card.hook_gpio, card.ring_gpio, card.reverse_gpio, card.power_gpio),
        module=ModuleValues(
            idle=card.reverse_idle == 1,
            oht_resistor=card.oht_resistor,
            hook_debounce=card.hook_debounce_ms / 1000,
            trip_debounce=card.trip_debounce_ms / 1000,
        ),
    )


def line_settings(config: Config, profile: Profile, port: int) -> LineSettings:
    """What the line circuit of a port is started with; also one that nobody is connected to."""
    line = next((line for line in config.line if line.port == port), None)
    return LineSettings(
        law=profile.law,
        timeslot=port - 1,
        impedance=profile.impedance,
        loop_current_ma=profile.loop_current_ma,
        rx_gain_db=line.rx_gain_db if line else 0.0,
        tx_gain_db=line.tx_gain_db if line else 0.0,
        hybrid_db=line.hybrid_db if line else 0.0,
        ring=ring_spec(profile),
    )


def ring_spec(profile: Profile) -> RingSpec:
    """How telephones ring in that country."""
    return RingSpec(profile.ring.hz, profile.ring.vrms, profile.ring.cadence_ms)


def media_start(config: Config, profile: Profile, *, realtime: bool) -> Start:
    """The first message to the media process."""
    card = card_settings(config)
    return Start(
        highway=highway_settings(card, profile.law),
        timeslots={port: port - 1 for port in range(1, card.ports + 1)},
        gains=table_gains(config),
        jitter_ms=config.rtp.jitter_ms,
        cancel_echo=config.rtp.echo_canceller,
        realtime=realtime,
        tape=config.rtp.tape_kib << 10,
    )


def table_gains(config: Config) -> dict[int, tuple[float, float]]:
    """Towards the telephone and from it, in dB by port, where the line circuits have no gain."""
    if config.card[0].driver != "ag1171":
        return {}
    return {
        line.port: (line.rx_gain_db, line.tx_gain_db)
        for line in config.line
        if line.rx_gain_db or line.tx_gain_db
    }
