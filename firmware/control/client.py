"""The other end of the control socket: blocking, and light enough for a one-shot command."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from firmware.errors import ControlError

START = "systemctl start tipring, or give the --config FILE that it runs with"
"""What to do about a daemon that is not there."""
_ENOUGH = 1 << 24
"""No answer is longer than this, in bytes."""


class ControlClient:
    """Talks to the daemon at `path`; connects when first used.

    Args:
        path: of the daemon's socket.
        patience: seconds that an answer may take.
    """

    def __init__(self, path: Path, *, patience: float = 10.0) -> None:
        self.path = path
        self._patience = patience
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, method: str, **params: Any) -> Any:
        """Ask, and wait for the result; parameters that are None are left out.

        Raises:
            ControlError: nobody answers, or the daemon refuses; the text is for the operator.
        """
        if self._socket is not None and _hung_up(self._socket):
            self.close()  # the daemon was started again since
        self._id += 1
        self._send(method, params)
        while True:
            message = self._receive()
            if message.get("id") == self._id or "error" in message:
                return _result(message)

    def follow(self, method: str = "follow", **params: Any) -> Generator[Any, None, None]:
        """Subscribe, now; the messages come one by one, until the daemon goes away.

        Raises:
            ControlError: as `call`.
        """
        self.call(method, **params)
        return self._messages(method)

    def _messages(self, method: str) -> Generator[Any, None, None]:
        connection = self._connected()
        connection.settimeout(None)
        try:
            while True:
                message = self._receive()
                if "error" in message:
                    _result(message)
                if message.get("method") == method:
                    yield message.get("params")
        finally:
            self.close()  # that is how a subscription ends

    def close(self) -> None:
        """Hang up; the next call connects again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._buffer.clear()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self._patience)
            try:
                connection.connect(str(self.path))
            except OSError as error:
                connection.close()
                raise ControlError(self._why_not(error)) from error
            self._socket = connection
        return self._socket

    def _why_not(self, error: OSError) -> str:
        match error:
            case FileNotFoundError():
                return f"tipring is not running (no socket at {self.path}); {START}"
            case ConnectionRefusedError():
                return f"tipring is not running (nobody answers at {self.path}); {START}"
            case PermissionError():
                return f"you may not use {self.path}: join its group, or be root"
            case _:
                return f"{self.path}: {error.strerror or error}"

    def _send(self, method: str, params: dict[str, Any]) -> None:
        given = {name: value for name, value in params.items() if value is not None}
        request = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": given}
        line = json.dumps(request).encode() + b"\n"
        try:
            self._connected().sendall(line)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the daemon may have said why before it hung up: read that
        except OSError as error:
            self.close()
            raise ControlError(f"{self.path}: {error.strerror or error}") from error

    def _receive(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            try:
                data = self._connected().recv(1 << 16)
            except TimeoutError as error:
                self.close()
                message = f"tipring did not answer within {self._patience:g} s"
                raise ControlError(message) from error
            except OSError:
                data = b""
            if not data or len(self._buffer) > _ENOUGH:
                self.close()
                raise ControlError("tipring closed the connection")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            message = json.loads(line)
        except ValueError as error:
            raise ControlError(f"not tipring's language at {self.path}") from error
        if not isinstance(message, dict):
            raise ControlError(f"not tipring's language at {self.path}")
        return message


def _hung_up(connection: socket.socket) -> bool:
    readable = select.poll()
    readable.register(connection, select.POLLIN)
    if not readable.poll(0):
        return False
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _result(message: dict[str, Any]) -> Any:
    error = message.get("error")
    if isinstance(error, dict):
        raise ControlError(str(error.get("message", "refused")))
    return message.get("result")
