"""A PJSUA2 agent that answers every call and loops the voice back: a neighbour to compare with.

Run as ``python -m benchmarks.loopback_pjsua2 SIPPORT REGISTRARPORT [--cancel]``; A-law only, no
sound device, no voice activity detection, and no echo canceller unless it is asked for.
"""

from __future__ import annotations

import signal
import sys
from typing import Any

import pjsua2 as pj

from benchmarks.pjsua2_agent import account_at, started

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
    endpoint = started(port, threads=1, tail_ms=TAIL_MS if "--cancel" in sys.argv else 0)
    settings = account_at(registrar)
    settings.regConfig.registrarUri = f"sip:127.0.0.1:{registrar}"
    account = Account()
    account.create(settings)
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    while not stop:
        endpoint.libHandleEvents(50)
        ended.clear()


if __name__ == "__main__":
    main()
