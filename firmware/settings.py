"""From the configuration and the country profile to what each room wants to know.

What the file can say and this release cannot do is named by `unsupported`, so that nobody
believes in a setting that has no effect.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.board import CardSettings
from drivers.slic import LineSettings, RingSpec
from firmware.config import Config
from firmware.leg import PortSettings
from firmware.line.callerid import CallerIdPlan
from firmware.line.digitmap import DigitMap
from firmware.line.options import DialTonePolicy, LineOptions
from firmware.line.profile import Profile
from firmware.sip.events import Address, AgentSettings, LineIdentity, Server


def unsupported(config: Config) -> list[str]:
    """What the configuration asks for and this release does not have, in words."""
    said = []
    if config.sip.transport != "udp":
        said.append(f"sip.transport: {config.sip.transport} is not built yet; only udp is")
    if config.sip.prack != "off":
        said.append("sip.prack: reliable provisional responses are not built yet; only off")
    if config.sip.session_expires:
        said.append("sip.session_expires: session timers are not built yet; only 0")
    if config.rtp.dtmf == "info":
        said.append("rtp.dtmf: info is not built yet; rfc4733 and inband are")
    if config.rtp.ptime != 20:
        said.append("rtp.ptime: packets of 20 ms only")
    if len(config.card) != 1:
        said.append("card: one card a gateway in this release")
    if any(card.driver == "ag1171" for card in config.card):
        said.append("card.driver: ag1171 is not built yet; si3210 and si3215 are")
    if any(card.daisy for card in config.card):
        said.append("card.daisy: the daisy chain is not built yet; one chip select a port")
    return said


def card_settings(config: Config) -> CardSettings:
    card = config.card[0]
    return CardSettings(
        number=card.number,
        driver=card.driver,
        bus=card.bus,
        ports=card.ports,
        pcm=card.pcm,
        socket=str(config.board_socket),
    )


def agent_settings(config: Config, local: Address) -> AgentSettings:
    sip = config.sip
    return AgentSettings(
        domain=sip.domain,
        servers=tuple(Server(server.host, server.port) for server in sip.server),
        lines=tuple(
            LineIdentity(line.port, line.number, line.user, line.password.reveal(), line.display)
            for line in config.line
        ),
        local=local,
        expires_s=sip.expires,
        no_answer_s=sip.no_answer,
        give_up_s=sip.give_up,
        codecs=config.rtp.codecs,
        ptime_ms=config.rtp.ptime,
        telephone_event=config.rtp.dtmf == "rfc4733",
        any_source=config.security.sources == "any",
        contact_token=config.security.contact_token,
        t1=config.lab.t1,
        t2=config.lab.t2,
        t4=config.lab.t4,
        register_retry_base=config.lab.register_retry_base,
    )


def port_settings(config: Config, profile: Profile, port: int) -> PortSettings:
    line = next((line for line in config.line if line.port == port), None)
    dialling = config.dialling
    ring = RingSpec(profile.ring.hz, profile.ring.vrms, profile.ring.cadence_ms)
    digit_map = DigitMap.parse(dialling.digit_map) if dialling.digit_map else profile.digit_map
    caller_id = profile.caller_id
    if not config.services.caller_id:
        caller_id = replace(CallerIdPlan(), standard="")
    return PortSettings(
        number=port,
        windows=profile.hook,
        options=LineOptions(
            digit_map=digit_map,
            first_digit=dialling.first_digit,
            short=dialling.short,
            long=dialling.long,
            emergency=profile.emergency,
            hotline=line.hotline if line else "",
            hotline_delay=line.hotline_delay if line else 0.0,
            dial_tone=DialTonePolicy(config.sip.dial_tone),
            release_tone_s=profile.release_tone_s,
            howler_s=profile.howler_s,
        ),
        tones=profile.tones,
        slic=LineSettings(
            law="PCMA",
            timeslot=port - 1,
            impedance=profile.impedance,
            loop_current_ma=profile.loop_current_ma,
            ring=ring,
        ),
        ring=ring,
        caller_id=caller_id,
        own_number=line.number if line else "",
    )
