"""A PJSUA2 agent that answers every call and loops the voice back: a neighbour to compare with.

Run as ``python -m benchmarks.loopback_pjsua2 SIPPORT REGISTRARPORT [--cancel]``; A-law only, no
sound device, no voice activity detection, and no echo canceller unless it is asked for.
"""

from __future__ import annotations

import signal
import sys
from typing import Any

import pjsua2 as pj

TAIL_MS = 32
"""Of its echo canceller: as long as ours."""
calls: list[Any] = []
ended: list[Any] = []


class Call(pj.Call):  # type: ignore[misc]
    """One call, its voice joined to itself."""

    def onCallMediaState(self, _: Any) -> None:  # noqa: N802 - the library's name
        info = self.getInfo()  # kept while its list of media is used: the list dies with it
        for number, media in enumerate(info.media):
            active = media.status == pj.PJSUA_CALL_MEDIA_ACTIVE
            if media.type == pj.PJMEDIA_TYPE_AUDIO and active:
                audio = self.getAudioMedia(number)
                audio.startTransmit(audio)

    def onCallState(self, _: Any) -> None:  # noqa: N802 - the library's name
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED and self in calls:
            calls.remove(self)
            ended.append(self)  # its last reference must not go within its own callback


class Account(pj.Account):  # type: ignore[misc]
    """The one account."""

    def onIncomingCall(self, param: Any) -> None:  # noqa: N802 - the library's name
        call = Call(self, param.callId)
        calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)


def main() -> None:
    port, registrar = int(sys.argv[1]), int(sys.argv[2])
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 1
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.medConfig.ecTailLen = TAIL_MS if "--cancel" in sys.argv else 0
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port, transport.boundAddress = port, "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMA") else 0)
    settings = pj.AccountConfig()
    settings.idUri = f"sip:u0@127.0.0.1:{registrar}"
    settings.regConfig.registrarUri = f"sip:127.0.0.1:{registrar}"
    settings.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", "u0", 0, "p"))
    settings.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
    account = Account()
    account.create(settings)
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    while not stop:
        endpoint.libHandleEvents(50)
        ended.clear()


if __name__ == "__main__":
    main()
