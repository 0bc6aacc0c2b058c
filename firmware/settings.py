"""From the configuration and the country profile to what lines and SIP want to know."""

from __future__ import annotations

from dataclasses import replace

from firmware.card.words import line_settings, ring_spec
from firmware.config.group import Group
from firmware.config.hook import windows as hook_windows
from firmware.config.schema import Config, Line
from firmware.line.callerid import CallerIdPlan
from firmware.line.digitmap import DigitMap
from firmware.line.options import DialTonePolicy, LineOptions
from firmware.line.profile import Profile
from firmware.line.rules import Barred, Codes
from firmware.media import fax_library
from firmware.port.leg import PortSettings
from firmware.sip.events import Address, AgentSettings, LineIdentity, Prack, Server
from firmware.sip.group import BOX
from firmware.sip.identity import Form, Preferred
from firmware.sip.servers import FailBack, Judge
from firmware.sip.settings import Mail
from firmware.tone import Tone


def wants_handshakes(config: Config) -> bool:
    """Whether any line encrypts by keys of a handshake (DTLS-SRTP)."""
    return any((line.srtp or config.rtp.srtp) == "dtls" for line in config.line)


def agent_settings(config: Config, local: Address) -> AgentSettings:
    """What the user agent has to know, key by key; `local` is our own signalling address."""
    sip = config.sip
    return AgentSettings(
        domain=sip.domain,
        servers=tuple(
            Server(server.host, sip.port_of(server), local.transport) for server in sip.server
        ),
        lines=tuple(_identity(config, line) for line in config.line),
        local=local,
        group=_group(sip.group),
        prack=Prack(sip.prack),
        session_expires_s=sip.session_expires,
        expires_s=sip.expires,
        no_answer_s=sip.no_answer,
        give_up_s=sip.give_up,
        codecs=config.rtp.codecs,
        ptime_ms=config.rtp.ptime,
        telephone_event=config.rtp.dtmf == "rfc4733",
        flash_event=config.rtp.flash_event,
        info_digits=config.rtp.dtmf == "info",
        comfort_noise=config.rtp.silence_suppression,
        rtcp_mux=config.rtp.rtcp_mux,
        srtp=config.rtp.srtp,
        fax=config.rtp.fax == "t38" and fax_library.present(),
        any_source=config.security.sources == "any",
        contact_token=config.security.contact_token,
        authenticate_calls=config.security.authenticate_calls,
        t1=config.lab.t1,
        t2=config.lab.t2,
        t4=config.lab.t4,
        register_retry_base=config.lab.register_retry_base,
        register_rate=sip.register_rate,
        busy_to_options=sip.options == "as-invite",
        follow_redirects=sip.redirect == "servers",
        remove_when_leaving=sip.heartbeat.deregister,
        heartbeat_s=sip.heartbeat.interval,
        heartbeat_timeout_s=sip.heartbeat.timeout,
        heartbeat_lost=sip.heartbeat.lost,
        judge=Judge(sip.heartbeat.judge),
        unwell_is_lost=sip.heartbeat.unwell == "dead",
        one_call_id=sip.heartbeat.one_call_id,
        fail_back=FailBack(sip.heartbeat.failback),
        hold_s=sip.heartbeat.hold,
        failover_s=sip.failover,
        number_form=Form(sip.identity.numbers),
        preferred_identity=Preferred(sip.identity.preferred),
        response_tones=tuple(_response_tone(text) for text in sip.response_tones),
        tells_reason=sip.reason,
        call_redirects=sip.call_redirects,
        announces_early_media=sip.p_early_media,
        mail=Mail(config.services.message_waiting),
        believe_asserted=sip.identity.caller == "asserted",
    )


def _identity(config: Config, line: Line) -> LineIdentity:
    user, password = config.sip.group.credentials(line.user, line.password)
    return LineIdentity(
        line=line.port,
        number=line.number,
        auth_user=user,
        password=password,
        display=line.display,
        withheld=line.withhold,
        barred=(*config.dialling.barred, *line.barred),
        srtp=line.srtp,
        expires_s=line.expires,
    )


def _response_tone(text: str) -> tuple[int, Tone]:
    status, _, name = text.partition(" ")
    return int(status), Tone(name)


def _group(group: Group) -> LineIdentity | None:
    if not group.number:
        return None
    return LineIdentity(BOX, group.number, group.user, group.password.reveal())


def port_settings(config: Config, profile: Profile, port: int) -> PortSettings:
    line = next((line for line in config.line if line.port == port), None)
    dialling = config.dialling
    digit_map = DigitMap.parse(dialling.digit_map) if dialling.digit_map else profile.digit_map
    return PortSettings(
        number=port,
        windows=hook_windows(line.hook, profile.hook) if line else profile.hook,
        options=LineOptions(
            digit_map=digit_map,
            first_digit=dialling.first_digit,
            short=dialling.short,
            long=dialling.long,
            emergency=profile.emergency,
            hotline=line.hotline if line else "",
            hotline_delay=line.hotline_delay if line else 0.0,
            codes=Codes(config.services.withhold_code, config.services.show_code),
            barred=(
                *(Barred(prefix, "[dialling] barred") for prefix in dialling.barred),
                *(Barred(prefix, "[[line]] barred") for prefix in (line.barred if line else ())),
            ),
            calls_a_minute=dialling.calls_a_minute,
            dial_tone=DialTonePolicy(config.sip.dial_tone),
            flash_local=not config.rtp.flash_event,
            three_party=config.services.three_party,
            call_waiting=config.services.call_waiting,
            ring_back_s=config.sip.no_answer,
            release_tone_s=profile.release_tone_s,
            howler_s=profile.howler_s,
        ),
        tones=profile.tones,
        slic=line_settings(config, profile, port),
        ring=ring_spec(profile),
        caller_id=caller_id_plan(config, profile, line),
        polarity_reversal=line.polarity_reversal if line else False,
        disconnect_s=line.disconnect_ms / 1000 if line else 0.0,
        no_voice_s=config.rtp.no_voice,
        info_digits=config.rtp.dtmf == "info",
        flash_event=config.rtp.flash_event,
        fax=config.rtp.fax,
        own_number=line.number if line else "",
        handshakes=line is not None and (line.srtp or config.rtp.srtp) == "dtls",
    )


def caller_id_plan(config: Config, profile: Profile, line: Line | None) -> CallerIdPlan:
    """How the telephone of a line is shown who calls."""
    chosen = line.caller_id if line else "country"
    if not config.services.caller_id or chosen == "off":
        return replace(profile.caller_id, standard="")
    if chosen == "country":
        return profile.caller_id
    return replace(profile.caller_id, standard=chosen)
