"""A network of a test's own, in which this host gets another address as if by DHCP."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from types import TracebackType
from typing import Self

import pytest

_CLONE_NEWNET = 0x40000000


class OwnNetwork:
    """A network namespace with nothing but loopback; whatever is started meanwhile lives in it.

    All of 127/8 is there; which of its addresses is ours, as the routing table tells who asks
    for the way to a server, is what `we_are` said last.
    """

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        if os.geteuid() != 0 or not shutil.which("ip"):
            pytest.skip("needs root and ip for a network of its own")

    def __enter__(self) -> Self:
        self._before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if self._libc.unshare(_CLONE_NEWNET):
            os.close(self._before)
            pytest.skip(f"no network of its own: {os.strerror(ctypes.get_errno())}")
        _ip("link", "set", "lo", "up")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        failed = self._libc.setns(self._before, _CLONE_NEWNET)
        os.close(self._before)
        assert not failed, os.strerror(ctypes.get_errno())

    def we_are(self, host: str, towards: str) -> None:
        """What goes to that server comes from this address, unless it was bound to another."""
        _ip("route", "replace", "local", towards, "dev", "lo", "table", "local", "src", host)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
