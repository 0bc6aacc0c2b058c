"""The simulated bus as a driver holds it: what one transfer has spoilt does not spoil the next."""

from __future__ import annotations

import socket

import pytest

from drivers.sim.client import SimSpi
from drivers.sim.wire import LENGTH

PATIENCE = 0.02


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next() -> None:
    """D07: a board that was stopped for a while; its chips answer again, each to its question."""
    (first, late), (second, punctual) = socket.socketpair(), socket.socketpair()
    spi = SimSpi(iter([first, second]).__next__, answer_s=PATIENCE)
    with pytest.raises(OSError, match="unavailable"):
        spi.xfer2([0x8B])
    assert late.recv(64) == LENGTH.pack(1) + b"\x8b"
    assert late.recv(64) == b"", "hung up, whatever it may still say"
    punctual.sendall(LENGTH.pack(1) + b"\x42")
    assert spi.xfer2([0x8C]) == [0x42]
    for one in (late, punctual):
        one.close()
    spi.close()


def test_a_board_that_has_gone_is_an_error_until_there_is_another() -> None:
    first, gone = socket.socketpair()
    second, there = socket.socketpair()
    boards = [first, None, second]

    def connect() -> socket.socket:
        if (board := boards.pop(0)) is None:
            raise ConnectionRefusedError("nobody")
        return board

    spi = SimSpi(connect, answer_s=PATIENCE)
    gone.close()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            spi.xfer2([0x8B])
    there.sendall(LENGTH.pack(1) + b"\x42")
    assert spi.each(b"\x8b") == b"\x42"
    there.close()
    spi.close()
    spi.close()
