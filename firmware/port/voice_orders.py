"""What was agreed on with a far end, as an order to the media process and in words."""

from __future__ import annotations

from firmware.media import messages as media
from firmware.port.leg import Leg
from firmware.sip import events as sip


def opening(
    port: int, leg: Leg, plan: sip.MediaPlan, *, full: bool, mutes_digits: bool
) -> media.Open:
    """The order that joins a port with the far end of `leg`; unless `full`, only to listen."""
    return media.Open(
        port=port,
        call=leg.call,
        host=plan.host,
        rtp_port=plan.port,
        payload_type=plan.payload_type,
        payload_type_rx=plan.payload_type_rx,
        codec=plan.codec,
        ptime_ms=plan.ptime_ms,
        event_tx=plan.event_tx,
        event_rx=plan.event_rx,
        event_rate=plan.event_rate,
        mutes_digits=mutes_digits,
        comfort_noise=plan.comfort_noise,
        rtcp_host=plan.rtcp_host,
        rtcp_port=plan.rtcp_port if _reports(plan) else 0,
        rtcp_mux=plan.rtcp_mux,
        sends=plan.sends and full,
        receives=plan.receives,
        protection=_protection(leg),
    )


def _protection(leg: Leg) -> media.Protection | None:
    """The keys of a leg in the words of the media process."""
    agreed = leg.protection
    if agreed is None:
        return None
    return media.Protection(
        suite=agreed.suite,
        sends=agreed.sends,
        receives=agreed.receives,
        handshakes=leg.made is not None,
    )


def _reports(plan: sip.MediaPlan) -> bool:
    """Whether RTCP has keys: a handshake is made on the RTP port and nowhere else."""
    return plan.rtcp_mux or not isinstance(plan.protection, sip.Handshake)


def direction(command: media.Open) -> str:
    """How the ladder says that the far end holds us, or that we do not hear it."""
    match command.sends, command.receives:
        case False, True:
            return " (listening)"
        case True, False:
            return " (speaking)"
        case False, False:
            return " (held)"
    return ""
