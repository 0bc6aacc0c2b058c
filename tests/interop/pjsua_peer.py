"""A telephone made of PJSUA2, worked over its standard input: a process of its own.

Started with one argument, JSON: user, password, domain, server, host, sip (port), rtp (port),
transport, prack, timer, srtp and folder. There it plays ``plays.wav``, round and round, and
records each call into ``call-N.wav``. Each line on its standard input is a command as JSON, with
`do` one of dial, answer, hang-up, press, hold, resume, change; what happens is told in
``events.jsonl`` there, a JSON object a line: the library writes on the standard output, in
pieces of 4096 octets when that is no terminal, and would tear the lines. It ends when the
standard input does.
"""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path
from typing import Any

import pjsua2 as pj

CODEC = "PCMA/8000"
TURN_MS = 10
SHORTEST = 90
"""s of a session, if it has a timer (RFC 4028 section 4)."""


def tell(event: str, **facts: Any) -> None:
    """Note an event; the library's threads do so too, each line in one write."""
    line = json.dumps({"event": event, **facts}) + "\n"
    with Path("events.jsonl").open("a", buffering=1) as events:
        events.write(line)


class Call(pj.Call):  # type: ignore[misc]
    """One call; plays and records while there is media."""

    def __init__(self, phone: Phone, number: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, number)
        self._phone = phone
        self._ear = pj.AudioMediaRecorder()
        self._ear.createRecorder(str(phone.folder / f"call-{len(phone.calls)}.wav"))

    def onCallState(self, _prm: Any) -> None:  # noqa: N802 - the library's name
        info = self.getInfo()
        tell("state", state=info.stateText, status=int(info.lastStatusCode))

    def onCallMediaState(self, _prm: Any) -> None:  # noqa: N802 - the library's name
        info = self.getInfo()  # kept: the list of media dies with it
        for media in info.media:
            active = media.status == pj.PJSUA_CALL_MEDIA_ACTIVE
            if media.type == pj.PJMEDIA_TYPE_AUDIO and active:
                audio = self.getAudioMedia(media.index)
                self._phone.mouth.startTransmit(audio)
                audio.startTransmit(self._ear)

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802 - the library's name
        tell("digit", digit=prm.digit)


class Account(pj.Account):  # type: ignore[misc]
    """The binding at the server."""

    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self._phone = phone

    def onRegState(self, prm: Any) -> None:  # noqa: N802 - the library's name
        tell("registration", status=int(prm.code), seconds=int(prm.expiration))

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802 - the library's name
        call = Call(self._phone, prm.callId)
        self._phone.calls.append(call)
        tell("incoming", caller=call.getInfo().remoteUri)
        answered(call, 180)


class Phone:
    """Endpoint, account and calls."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.folder = Path(options["folder"])
        self.calls: list[Call] = []
        """None is forgotten: the library calls back into those that have ended, too."""
        self.endpoint = _endpoint(options)
        self.mouth = pj.AudioMediaPlayer()
        self.mouth.createPlayer(str(self.folder / "plays.wav"))
        self.account = Account(self)
        self.account.create(_account(options))

    def obey(self, command: dict[str, Any]) -> None:
        """Do what a line of the standard input says."""
        match command:
            case {"do": "dial", "uri": uri}:
                call = Call(self)
                self.calls.append(call)
                wish = pj.CallOpParam(True)
                if command.get("late"):
                    wish.opt.flag = pj.PJSUA_CALL_NO_SDP_OFFER
                call.makeCall(uri, wish)
            case {"do": "answer", "status": status}:
                answered(self.calls[-1], status)
            case {"do": "hang-up"}:
                self.calls[-1].hangup(pj.CallOpParam(True))
            case {"do": "press", "keys": keys}:
                self.calls[-1].dialDtmf(keys)
            case {"do": "tell", "keys": keys}:
                digits = pj.CallSendDtmfParam()
                digits.method, digits.digits = pj.PJSUA_DTMF_METHOD_SIP_INFO, keys
                self.calls[-1].sendDtmf(digits)
            case {"do": "hold"}:
                self.calls[-1].setHold(pj.CallOpParam(True))
            case {"do": "resume"}:
                wish = pj.CallOpParam(True)
                wish.opt.audioCount, wish.opt.videoCount = 1, 0
                wish.opt.flag = pj.PJSUA_CALL_UNHOLD
                self.calls[-1].reinvite(wish)
            case {"do": "change", "by": "INVITE"}:
                self.calls[-1].reinvite(pj.CallOpParam(True))
            case {"do": "change", "by": "UPDATE"}:
                self.calls[-1].update(pj.CallOpParam(True))

    def live(self) -> None:
        """Go on until the standard input ends."""
        commands = b""
        while True:
            self.endpoint.libHandleEvents(TURN_MS)
            if select.select([sys.stdin.fileno()], [], [], 0)[0]:
                data = os.read(sys.stdin.fileno(), 4096)
                if not data:
                    return
                *lines, commands = (commands + data).split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))


def answered(call: Call, status: int) -> None:
    wish = pj.CallOpParam(True)
    wish.statusCode = status
    call.answer(wish)


def _endpoint(options: dict[str, Any]) -> Any:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 4
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port = options["sip"]
    transport.boundAddress = transport.publicAddress = options["host"]
    endpoint.transportCreate(getattr(pj, f"PJSIP_TRANSPORT_{options['transport']}"), transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        wanted = codec.codecId.startswith(CODEC)
        endpoint.codecSetPriority(codec.codecId, 255 if wanted else 0)
    return endpoint


def _account(options: dict[str, Any]) -> Any:
    config = pj.AccountConfig()
    config.idUri = f"sip:{options['user']}@{options['domain']}"
    config.regConfig.registrarUri = f"sip:{options['domain']}"
    config.regConfig.timeoutSec = 120
    way = "" if options["transport"] == "UDP" else f";transport={options['transport']}"
    config.sipConfig.proxies.append(f"sip:{options['server']}{way};lr")
    config.sipConfig.authCreds.append(
        pj.AuthCredInfo("digest", "*", options["user"], 0, options["password"])
    )
    config.callConfig.prackUse = getattr(pj, f"PJSUA_100REL_{options['prack']}")
    config.callConfig.timerUse = getattr(pj, f"PJSUA_SIP_TIMER_{options['timer']}")
    config.callConfig.timerMinSESec = config.callConfig.timerSessExpiresSec = SHORTEST
    config.mediaConfig.srtpUse = getattr(pj, f"PJMEDIA_SRTP_{options['srtp']}")
    config.mediaConfig.srtpSecureSignaling = 0  # where there is TLS, it needs no telling
    keyings = pj.IntVector()
    keyings.append(pj.PJMEDIA_SRTP_KEYING_SDES)
    config.mediaConfig.srtpOpt.keyings = keyings
    media = config.mediaConfig.transportConfig
    media.port, media.portRange = options["rtp"], 20
    media.boundAddress = media.publicAddress = options["host"]
    return config


if __name__ == "__main__":
    Phone(json.loads(sys.argv[1])).live()
    sys.stdout.flush()
    os._exit(0)  # the order in which Python would take the library apart is not the library's
