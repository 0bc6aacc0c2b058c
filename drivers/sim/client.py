"""The far ends of the board's channels: what drivers, the media process and the CLI hold.

All of them block, each for a bounded time. The media process holds one of them and is to
stay small, so what only others need is imported where they need it.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any

from drivers.errors import BusError, DriverError, HighwayError
from drivers.highway import PERIOD, HighwaySettings
from drivers.sim.wire import LENGTH, XRUNS, line, parse

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

ANSWER_S = 5.0
"""How long a board that lives may take."""
SINGLE = LENGTH.pack(1) + b"\0"
"""A transfer of one byte."""
TIMEVAL = Struct("@ll")
START_S = 20.0
"""How long it may take to start: a Raspberry Pi loads Python for seconds."""


class BoardGoneError(DriverError):
    """There is no board at that socket, or it refuses."""

    def __init__(self, message: str) -> None:
        super().__init__(message, port=0)


class PhoneRefusedError(DriverError):
    """The person at the telephone cannot do that."""


def open_channel(path: str | Path, **wish: Any) -> tuple[socket.socket, dict[str, Any]]:
    """Connect to the board and say what for.

    Raises:
        BoardGoneError: there is no board, or it refuses; says why.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_S)
    try:
        connection.connect(str(path))
        connection.sendall(line(wish))
        answer = b""
        while not answer.endswith(b"\n"):  # byte by byte: what follows is the channel's
            answer += (byte := connection.recv(1))
            if not byte:
                raise ConnectionResetError("hung up")
        said = parse(answer)
    except OSError as error:
        connection.close()
        raise BoardGoneError(f"simulated board {path}: {error.strerror or error}") from error
    if said.get("ok") is not True:
        connection.close()
        raise BoardGoneError(f"simulated board {path}: {said.get('error')}")
    return connection, said


class SimSpi:
    """A chip select; see `drivers.bus.Spi`.

    A connection on which an answer is missing is given up: it would come with the next transfer,
    and be taken for the answer to that one. The next transfer is made over another.

    Args:
        connect: makes a connection; raises OSError while there is no board.
        answer_s: seconds that an answer may take.

    Raises:
        OSError: there is no board.
    """

    def __init__(self, connect: Callable[[], socket.socket], answer_s: float = ANSWER_S) -> None:
        self._connect = connect
        # the kernel's own time limit: Python's asks twice for each byte, before it goes and comes
        self._limit = TIMEVAL.pack(int(answer_s), round(answer_s % 1 * 1e6))
        self._socket: socket.socket | None = self._connected()

    def _connected(self) -> socket.socket:
        connection = self._connect()
        connection.settimeout(None)
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            connection.setsockopt(socket.SOL_SOCKET, option, self._limit)
        return connection

    def xfer2(self, values: list[int], /) -> list[int]:
        """Exchange bytes.

        Raises:
            OSError: the board has gone, or does not answer in time.
        """
        answer = self._exchange(LENGTH.pack(len(values)) + bytes(values))
        return list(answer[LENGTH.size :])

    def each(self, values: bytes, /) -> bytes:
        """Exchange bytes, each in an assertion of its own; sent ahead, so they cost one turn.

        Raises:
            OSError: the board has gone, or does not answer in time.
        """
        transfers = bytearray(SINGLE * len(values))
        transfers[LENGTH.size :: len(SINGLE)] = values
        return self._exchange(transfers)[LENGTH.size :: len(SINGLE)]

    def _exchange(self, transfers: bytes | bytearray) -> bytes:
        """As many bytes come back as are sent."""
        connection = self._socket = self._socket or self._connected()
        try:
            connection.sendall(transfers)
            answer = connection.recv(len(transfers))
            while len(answer) < len(transfers):
                more = connection.recv(len(transfers) - len(answer))
                if not more:
                    raise ConnectionResetError("the simulated board has gone")
                answer += more
        except OSError:
            self.close()
            raise
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def connect_spi(path: str | Path, card: int, chip: int, *, daisy: bool = False) -> SimSpi:
    """Open chip select `chip`, counted from 0, of a card; or all chips of it as a chain.

    Raises:
        BusError: there is no board, or no such chip select.
    """

    def connect() -> socket.socket:
        try:
            return open_channel(path, open="spi", card=card, chip=chip, daisy=daisy)[0]
        except BoardGoneError as error:
            raise ConnectionError(str(error)) from error

    try:
        return SimSpi(connect)
    except ConnectionError as error:
        raise BusError(str(error), port=chip + 1) from error


class SimHighway:
    """The PCM highway of a simulated card; see `drivers.highway.Highway`."""

    def __init__(self, connection: socket.socket, settings: HighwaySettings) -> None:
        self.layout = settings.layout
        self._socket = connection
        self._period = bytearray(XRUNS.size + self.layout.width * PERIOD)
        self._xruns = 0

    def read(self) -> bytes:
        """Block until a period has been captured; ``width * PERIOD`` bytes.

        Raises:
            HighwayError: the board has gone.
        """
        view, filled = memoryview(self._period), 0
        try:
            while filled < len(view):
                count = self._socket.recv_into(view[filled:])
                if not count:
                    raise HighwayError("the simulated board has gone")
                filled += count
        except OSError as error:
            raise HighwayError(f"the simulated board: {error}") from error
        (self._xruns,) = XRUNS.unpack_from(self._period)
        return bytes(view[XRUNS.size :])

    def write(self, frames: bytes) -> None:
        """Hand over the period to play next.

        Raises:
            HighwayError: the board has gone.
        """
        try:
            self._socket.sendall(frames)
        except OSError as error:
            raise HighwayError(f"the simulated board: {error}") from error

    @property
    def xruns(self) -> int:
        return self._xruns

    def close(self) -> None:
        self._socket.close()


def connect_highway(path: str | Path, settings: HighwaySettings) -> SimHighway:
    """Open the highway of a card; PCLK runs from now on.

    Raises:
        HighwayError: there is no board, another client has the highway, or it has another
            number of timeslots.
    """
    try:
        connection, _ = open_channel(
            path,
            open="pcm",
            card=settings.card,
            width=settings.layout.width,
            law=settings.law,
        )
    except BoardGoneError as error:
        raise HighwayError(str(error)) from error
    return SimHighway(connection, settings)


class PhoneClient:
    """A person at the telephones of a board.

    Raises:
        BoardGoneError: there is no board.
    """

    def __init__(self, path: str | Path) -> None:
        self._socket, _ = open_channel(path, open="phone")
        self._begun = b""
        self._number = 0
        self._events: deque[dict[str, Any]] = deque()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer; methods are in `drivers.sim.person`.

        Raises:
            PhoneRefusedError: it cannot be done; says why.
            BoardGoneError: the board has gone.
        """
        if "file" in params:
            from pathlib import Path

            params["file"] = str(Path(params["file"]).absolute())
        self._number += 1
        wait = ANSWER_S + float(params.get("seconds", 0))
        self._send({"id": self._number, "method": method, "params": params})
        try:
            while (answer := self._receive(wait)).get("id") != self._number:
                if "event" in answer:
                    self._events.append(answer)
        except TimeoutError as error:
            raise BoardGoneError("the simulated board does not answer") from error
        if "error" in answer:
            raise PhoneRefusedError(str(answer["error"]), port=int(params.get("port", 0)))
        result: dict[str, Any] = answer["result"]
        return result

    def next_event(self, within: float) -> dict[str, Any] | None:
        """The next thing that happens, after ``call("events")``; None when nothing does."""
        if self._events:
            return self._events.popleft()
        try:
            return self._receive(within)
        except TimeoutError:
            return None

    def close(self) -> None:
        self._socket.close()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._socket.sendall(line(message))
        except OSError as error:
            raise BoardGoneError(f"the simulated board: {error}") from error

    def _receive(self, within: float) -> dict[str, Any]:
        self._socket.settimeout(within)
        while b"\n" not in self._begun:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise
            except OSError as error:
                raise BoardGoneError(f"the simulated board: {error}") from error
            if not data:
                raise BoardGoneError("the simulated board has gone")
            self._begun += data
        text, _, self._begun = self._begun.partition(b"\n")
        message: dict[str, Any] = json.loads(text)
        return message


def board_answers(path: str | Path) -> bool:
    """Whether a board listens there."""
    try:
        connection, _ = open_channel(path, open="phone")
    except BoardGoneError:
        return False
    connection.close()
    return True


def spawn_board(
    path: str | Path, cards: Sequence[tuple[int, int, str]]
) -> subprocess.Popen[bytes] | None:
    """Start a board that outlives this process, unless one is there; wait until it answers.

    Args:
        path: of its socket.
        cards: number, ports and variant of each.

    Returns:
        The new process, or None when a board was there already.

    Raises:
        BoardGoneError: it did not start.
    """
    import selectors
    import subprocess
    from pathlib import Path

    if board_answers(path):
        return None
    words = [sys.executable, "-m", "drivers.sim", "--socket", str(path)]
    for number, ports, variant in cards:
        words += ["--card", f"{number}:{ports}:{variant}"]
    root = str(Path(__file__).resolve().parents[2])
    board = subprocess.Popen(  # noqa: S603 - ourselves
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _with(root)},
        start_new_session=True,
    )
    assert board.stdout is not None
    with selectors.DefaultSelector() as selector, board.stdout as output:
        selector.register(output, selectors.EVENT_READ)
        ready = selector.select(START_S) and output.readline()
    if not ready:
        board.kill()
        board.wait()
        raise BoardGoneError(f"simulated board {path}: it did not start")
    return board


def _with(root: str) -> str:
    """PYTHONPATH as it is, with `root` before it."""
    return os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
