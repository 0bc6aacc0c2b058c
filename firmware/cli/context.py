"""What a command may reach: the daemon, the simulated board, the configuration file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from firmware.control.client import ControlClient
from firmware.errors import CommandError
from firmware.hues import Brush, plain

DEFAULT_CONFIG = Path("/etc/tipring/tipring.toml")
DEFAULT_SOCKET = Path("/run/tipring/control.sock")


class Daemon(Protocol):
    """As `ControlClient`."""

    def call(self, method: str, **params: Any) -> Any: ...
    def follow(self, method: str = "follow", **params: Any) -> Any: ...


class Board(Protocol):
    """The telephones of the simulated board."""

    def call(self, method: str, **params: Any) -> Any: ...


@dataclass
class Options:
    """What stands on the command line beside the command."""

    config: Path | None = None
    socket: Path | None = None
    json: bool = False
    color: str = "auto"
    """One of `firmware.hues.WHEN`."""
    lines: int | None = None
    """Lines of a page; 0: nothing is paged; None: as many as the terminal has."""
    brush: Brush = plain
    """Paints what is read on a terminal with colours."""
    width: int = 0
    """Columns of the terminal that answers are read on; 0: they are not."""
    session: bool = False
    """Other commands follow: this is a shell."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def config_path(self) -> Path:
        return self.config or DEFAULT_CONFIG

    @property
    def socket_path(self) -> Path:
        """``--socket``, ``$TIPRING_SOCKET``, the file given by ``--config``, the usual place."""
        if self.socket is not None:
            return self.socket
        if text := self.environment.get("TIPRING_SOCKET"):
            return Path(text)
        if self.config is not None and (text := self._in_config("control", "socket")):
            return Path(text)
        return DEFAULT_SOCKET

    @property
    def board_path(self) -> Path:
        """``$TIPRING_BOARD``, the file given by ``--config``, beside the control socket."""
        if text := self.environment.get("TIPRING_BOARD"):
            return Path(text)
        if self.config is not None and (text := self._in_config("lab", "board_socket")):
            return Path(text)
        return self.socket_path.with_name("board.sock")

    def _in_config(self, table: str, key: str) -> str:
        """A peep into the file, which need not be right in all other places."""
        import tomllib  # 20 ms that most commands need not spend

        try:
            with self.config_path.open("rb") as file:
                value = tomllib.load(file).get(table, {}).get(key, "")
        except (OSError, ValueError, AttributeError):
            return ""
        return value if isinstance(value, str) else ""


def _nap(seconds: float) -> None:
    """Let time pass; an interrupt ends it."""
    import threading  # most commands wait for nothing

    threading.Event().wait(seconds)


@dataclass
class Context:
    """Given to each command. What it stands for is opened when first used."""

    options: Options = field(default_factory=Options)
    wait: Callable[[float], object] = field(default_factory=lambda: _nap)
    """Lets so many seconds pass, while a person dials."""
    lasting: Options | None = None
    """Those of a shell's session; None: this is a one-shot command, and nothing lasts."""

    @property
    def brush(self) -> Brush:
        return self.options.brush

    @contextmanager
    def under(self, options: Options) -> Iterator[Context]:
        """Be so for one command of a session; another daemon's has no part of what is open."""
        before = self.options
        if (options.socket, options.config) != (before.socket, before.config):
            yield replace(self, options=options)
            return
        self.options = options
        try:
            yield self
        finally:
            self.options = before

    @cached_property
    def control(self) -> Daemon:
        return ControlClient(self.options.socket_path)

    @cached_property
    def board(self) -> Board:
        """The person at the telephones.

        Raises:
            CommandError: there is no simulated board.
        """
        path = self.options.board_path
        if not path.exists():
            raise CommandError(f"no simulated board (no socket at {path})")
        from drivers.sim.client import PhoneClient  # only phone commands need it

        with _refusals():
            return _Telephones(PhoneClient(path))


class _Telephones:
    """The board's client; what it raises becomes a refusal of the command."""

    def __init__(self, client: Board) -> None:
        self._client = client

    def call(self, method: str, **params: Any) -> Any:
        with _refusals():
            return self._client.call(method, **params)


@contextmanager
def _refusals() -> Iterator[None]:
    from drivers.errors import DriverError

    try:
        yield
    except DriverError as error:
        raise CommandError(error.message) from error
