"""A PJSUA2 agent that calls and hangs up when it is answered: a neighbour to compare with.

Run as ``python -m benchmarks.calling_pjsua2 SIPPORT SERVERPORT``. Each line of the standard input
is a command, ``call COUNT RATE``, as `benchmarks.lines` takes it; told are ``ready`` and, when the
calls of a command are over, ``called COUNT ANSWERED``. A-law only, no sound device.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import pjsua2 as pj

from benchmarks.pjsua2_agent import account_at, started

LAST_WORDS_S = 2.0
"""What the last calls of a command have to end in."""


class Call(pj.Call):  # type: ignore[misc]
    """One call, hung up as soon as it is answered."""

    def __init__(self, account: Any, uri: str) -> None:
        super().__init__(account)
        self.answered = self.over = False
        settings = pj.CallOpParam(True)
        settings.opt.audioCount, settings.opt.videoCount = 1, 0
        self.makeCall(uri, settings)

    def onCallState(self, _: Any) -> None:  # noqa: N802 - the library's name
        state = self.getInfo().state
        if state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.answered = True
            self.hangup(pj.CallOpParam())
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over = True


def main() -> None:
    port, server = int(sys.argv[1]), int(sys.argv[2])
    endpoint = started(port, threads=0)
    account = pj.Account()
    account.create(account_at(server))
    print("ready", flush=True)
    for line in sys.stdin:
        _, count, rate = line.split()
        answered = obey(endpoint, account, f"sip:8001@127.0.0.1:{server}", int(count), float(rate))
        print("called", count, answered, flush=True)


def obey(endpoint: Any, account: Any, uri: str, count: int, rate: float) -> int:
    """Place the calls; how many were answered."""
    answered, under_way = 0, list[Call]()
    began = time.monotonic()
    for number in range(1, count + 1):
        under_way.append(Call(account, uri))
        until = began + number / rate + (LAST_WORDS_S if number == count else 0.0)
        while (left := until - time.monotonic()) > 0 and (number < count or under_way):
            endpoint.libHandleEvents(max(1, int(1000 * left)))
            answered += sum(call.answered for call in under_way if call.over)
            under_way = [call for call in under_way if not call.over]
    return answered


if __name__ == "__main__":
    main()
