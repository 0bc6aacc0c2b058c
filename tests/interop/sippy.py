"""Sippy's back-to-back user agent, the small one that comes with it, in the path of a call."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import pytest

from tests.interop.programs import Folder, Place, Program, listens
from tests.interop.waiting import until


class Sippy:
    """One that passes on to `onward` whatever it gets: REGISTER as a proxy, calls as two legs.

    Args:
        at: where it is to listen.
    """

    def __init__(self, at: Place, onward: Place) -> None:
        if importlib.util.find_spec("sippy") is None:
            pytest.skip("sippy is not installed here (a package of the Python index)")
        self.at = at
        words = [sys.executable, "-m", "sippy.b2bua_simple", "-f", "-l", at.host,
                 "-p", str(at.port), "-n", str(onward)]  # fmt: skip
        with ExitStack() as started:
            folder = started.enter_context(Folder())
            env = {"SIPLOG_BEND": "stderr", "SIPLOG_LVL": "DBUG", "PYTHONUNBUFFERED": "1"}
            self._program = started.enter_context(Program("sippy", words, folder, env=env))
            until("sippy listens", lambda: self._program.runs() and listens(at))
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

    def evidence(self) -> dict[str, str]:
        return self._program.evidence()
