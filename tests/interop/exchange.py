"""Our own exchange, alone, for peers that prove it together with the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tests.interop.programs import Folder, Program, ourselves, somewhere
from tests.interop.settings import DOMAIN, password
from tests.interop.waiting import until


class TipringExchange:
    """`tipring exchange` with those numbers."""

    def __init__(self, numbers: Sequence[str]) -> None:
        self.at = somewhere()
        users = [f"--user={number}:{password(number)}" for number in numbers]
        words, env = ourselves("exchange", "--listen", str(self.at), "--domain", DOMAIN, *users)
        with ExitStack() as started:
            folder = started.enter_context(Folder())
            self.program = started.enter_context(Program("exchange", words, folder, env=env))
            until("the exchange is ready", lambda: self.program.runs() and self.program.said)
            self._started = started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._started.close()
