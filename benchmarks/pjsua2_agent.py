"""What the PJSUA2 agents of the benchmarks have in common: A-law only, and no sound device."""

from __future__ import annotations

from typing import Any

import pjsua2 as pj


def started(port: int, *, threads: int, tail_ms: int = 0) -> Any:
    """The library, listening at a port of 127.0.0.1.

    Args:
        port: for SIP.
        threads: of its own for signalling; 0: all of it happens in `libHandleEvents`.
        tail_ms: of its echo canceller; 0: there is none.
    """
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = threads
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.medConfig.ecTailLen = tail_ms
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port, transport.boundAddress = port, "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMA") else 0)
    return endpoint


def account_at(server: int) -> Any:
    """Settings of an account at the server of the benchmarks, without session timers."""
    settings = pj.AccountConfig()
    settings.idUri = f"sip:u0@127.0.0.1:{server}"
    settings.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", "u0", 0, "p"))
    settings.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
    return settings
