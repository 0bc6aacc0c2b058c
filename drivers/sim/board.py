"""The board process: hardware that outlives the gateway, as hardware does.

One thread and one selector. Cards are brought up to the real time before anything touches
them, and whenever one of them has something to do; the work of a PCM period is done in
small steps between two looks at the sockets, so that an SPI transfer never waits long.
"""

from __future__ import annotations

import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from drivers.sim.card import SimCard
from drivers.sim.channels import Channel, Opening, PinsChannel, ProbeChannel, SpiChannel
from drivers.sim.line_audio import IDLE_CODE
from drivers.sim.pcm_channel import PcmChannel
from drivers.sim.person import PhoneChannel, Reply
from drivers.sim.phone import PhoneEvent
from drivers.sim.wire import WireError, line

OFTEN_S = 0.001
"""No two looks at the cards are closer than this."""
SELDOM_S = 0.05
"""And none farther apart."""


class BoardError(Exception):
    """The board process cannot start."""


@dataclass(frozen=True, slots=True)
class CardSpec:
    """A card to be put into the board: ``NUMBER:PORTS[:VARIANT]``."""

    number: int
    ports: int
    variant: str = "si3210"


class Board:
    """Cards behind a Unix socket, on real time.

    Args:
        path: of the socket.
        specs: what cards there are.

    Raises:
        BoardError: another board listens there, or the socket cannot be made.
    """

    def __init__(self, path: Path, specs: Sequence[CardSpec]) -> None:
        self._path = path
        self._began = time.monotonic()
        self._ended = False
        self._due = 0.0
        self._selector = selectors.DefaultSelector()
        self._channels: list[Channel] = []
        self._judging: dict[IO[bytes], tuple[subprocess.Popen[bytes], Reply]] = {}
        self.cards = {spec.number: SimCard(spec.ports, variant=spec.variant) for spec in specs}
        for number, card in self.cards.items():
            card.set_reset(True)  # pulled down
            card.on_interrupt = partial(self._interrupt, card)
            for phone in card.phones:
                phone.watch(partial(self._noticed, number))
        self._listener = listen_on(path)
        self._inode = path.stat().st_ino
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def run(self) -> None:
        """Work until told to quit, or a SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: self.quit())
        signal.signal(signal.SIGINT, lambda *_: self.quit())
        try:
            while not self._ended:
                self._turn()
        finally:
            self._close()

    def quit(self) -> None:
        self._ended = True

    # what channels need

    @property
    def now(self) -> float:
        return time.monotonic() - self._began

    def up_to_now(self) -> None:
        now = self.now
        for card in self.cards.values():
            card.advance(now)

    def card(self, params: Mapping[str, Any]) -> SimCard:
        """Find the card that is meant; the only one need not be named.

        Raises:
            KeyError: there is none.
        """
        number = params.get("card")
        if number is None and len(self.cards) == 1:
            return next(iter(self.cards.values()))
        if number is None:
            raise KeyError("card")
        if int(number) not in self.cards:
            raise KeyError(f"card {number} (not present)")
        return self.cards[int(number)]

    def judge(self, samples: bytes, hz: int | None, reply: Reply) -> None:
        """Have a process of its own listen: it takes longer than PCM and SPI can wait."""
        audio = os.memfd_create("line audio")
        with os.fdopen(audio, "r+b") as file:
            file.write(samples)
            file.seek(0)
            words = [sys.executable, "-m", "drivers.sim.hearing", *([str(hz)] if hz else [])]
            root = str(Path(__file__).resolve().parents[2])
            environment = {**os.environ, "PYTHONPATH": root, "PYTHONWARNINGS": "ignore"}
            try:
                judge = subprocess.Popen(  # noqa: S603 - ourselves
                    words, stdin=file, stdout=subprocess.PIPE, env=environment
                )
            except OSError as error:
                reply.refuse(f"nobody can listen: {error}")
                return
        assert judge.stdout is not None
        self._judging[judge.stdout] = (judge, reply)
        self._selector.register(judge.stdout, selectors.EVENT_READ, self._judged)

    # one turn of the loop

    def _turn(self) -> None:
        for key, events in self._selector.select(self._patience()):
            if isinstance(key.data, Channel):
                self._serve(key.data, events)
            else:
                key.data(key.fileobj)
        now = self.now
        if now >= self._due:
            for card in self.cards.values():
                card.advance(now)
        for channel in self._channels:
            if isinstance(channel, PcmChannel):
                channel.step(self.now)
        for channel in [each for each in self._channels if not each.open]:
            self._part(channel)

    def _patience(self) -> float:
        """How long nothing has to be done, in seconds."""
        now = self.now
        due = now + SELDOM_S
        for card in self.cards.values():
            due = min(due, max(card.next_event, now + OFTEN_S))
        self._due = due
        for channel in self._channels:
            if isinstance(channel, PcmChannel):
                due = min(due, now if channel.working else channel.due)
            wanted = selectors.EVENT_READ
            wanted |= selectors.EVENT_WRITE if channel.waits_to_send else 0
            if self._selector.get_key(channel.socket).events != wanted:
                self._selector.modify(channel.socket, wanted, channel)
        return max(0.0, due - now)

    def _serve(self, channel: Channel, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            channel.flush()
        if events & selectors.EVENT_READ and channel.open:
            channel.read()

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setblocking(False)
        self._join(Opening(connection, self._chosen))

    def _chosen(self, opening: Opening, wish: dict[str, Any]) -> None:
        """A new connection says what it is for."""
        connection = opening.socket
        try:
            channel = self._channel(connection, wish)
        except KeyError as error:
            raise WireError(f"missing {error.args[0]}") from error
        except OSError as error:
            raise WireError(f"{error.filename or 'file'}: {error.strerror or error}") from error
        except (TypeError, ValueError) as error:
            raise WireError(str(error)) from error
        self._channels.remove(opening)
        self._selector.unregister(connection)
        self._join(channel)
        if opening.rest:
            channel.received(opening.rest)

    def _channel(self, connection: socket.socket, wish: dict[str, Any]) -> Channel:
        """Make the channel that is wished for, and say so.

        Raises:
            KeyError: no such card.
            ValueError: the wish cannot be met.
        """
        self.up_to_now()
        kind = wish.get("open")
        if kind == "phone":
            connection.send(line({"ok": True}))
            return PhoneChannel(connection, self)
        card = self.card(wish)
        match kind:
            case "spi":
                chip = int(wish["chip"])
                if not 0 <= chip < len(card.chips):
                    raise ValueError(f"chip select {chip} leads nowhere")
                connection.send(line({"ok": True}))
                wire = card.chain_transfer if wish.get("daisy") else partial(card.transfer, chip)
                return SpiChannel(connection, card, wire, lambda: self.now)
            case "pins":
                self._need_free(PinsChannel, card, "the pins are in use")
                wires = wires_of(card, wish)
                connection.send(line({"ok": True}))
                return PinsChannel(connection, card, lambda: card.advance(self.now), wires)
            case "probe":
                connection.send(line({"ok": True}))
                return ProbeChannel(connection, card)
            case "pcm":
                self._check_highway(card, wish)
                connection.send(line({"ok": True, "pclk_hz": card.pclk_hz}))
                return PcmChannel(connection, card, self.now)
        raise ValueError(f"no channel {kind!r}")

    def _need_free(
        self, kind: type[PinsChannel | PcmChannel], card: SimCard, otherwise: str
    ) -> None:
        """Two gateways cannot hold that of a card; one that has just gone has let go of it.

        Raises:
            ValueError: another holds it; with the words of `otherwise`.
        """
        for each in [one for one in self._channels if isinstance(one, kind) and one.card is card]:
            if not hung_up(each.socket):
                raise ValueError(otherwise)
            while each.open:
                each.read()  # its last words, before those of the next
            self._part(each)

    def _check_highway(self, card: SimCard, wish: dict[str, Any]) -> None:
        self._need_free(PcmChannel, card, "the highway is in use")
        width, law = int(wish.get("width", card.width)), str(wish.get("law", "PCMA"))
        if width != card.width:
            raise ValueError(f"the highway has {card.width} timeslots, not {width}")
        if law not in IDLE_CODE:
            raise ValueError(f"no law {law!r}")
        card.law = law

    def _join(self, channel: Channel) -> None:
        self._channels.append(channel)
        self._selector.register(channel.socket, selectors.EVENT_READ, channel)

    def _part(self, channel: Channel) -> None:
        self._channels.remove(channel)
        self._selector.unregister(channel.socket)
        channel.close()

    def _judged(self, output: IO[bytes]) -> None:
        judge, reply = self._judging.pop(output)
        self._selector.unregister(output)
        with judge:
            text = output.read()
        if judge.returncode == 0:
            reply.give(**json.loads(text))
        else:
            reply.refuse("the listener failed")

    def _interrupt(self, card: SimCard, asserted: bool) -> None:
        for channel in self._channels:
            if isinstance(channel, PinsChannel | ProbeChannel) and channel.card is card:
                channel.show_interrupt(asserted=asserted)

    def _noticed(self, card: int, event: PhoneEvent) -> None:
        for channel in self._channels:
            if isinstance(channel, PhoneChannel):
                channel.tell(card, event)

    def _close(self) -> None:
        for channel in list(self._channels):
            channel.flush()
            self._part(channel)
        for judge, _ in self._judging.values():
            judge.kill()
            judge.communicate()
        self._selector.close()
        self._listener.close()
        if self._path.exists() and self._path.stat().st_ino == self._inode:
            self._path.unlink()


def wires_of(card: SimCard, wish: Mapping[str, Any]) -> dict[str, tuple[str, int]] | None:
    """How the card is wired, as a client says; None: it does not say.

    Raises:
        ValueError: a module that the card does not have.
    """
    if (said := wish.get("wires")) is None:
        return None
    wires = {str(pin): (str(wire), int(n)) for pin, (wire, n) in said.items()}
    modules = {n for wire, n in wires.values() if wire not in {"reset", "interrupt"}}
    if modules and max(modules) >= len(card.modules):
        raise ValueError(f"there is no module {max(modules) + 1} on this card")
    return wires


def hung_up(connection: socket.socket) -> bool:
    """Whether the other end is closed, whatever it has said before."""
    asked = select.poll()
    asked.register(connection, select.POLLRDHUP)
    return bool(asked.poll(0))


def listen_on(path: Path) -> socket.socket:
    """Make the socket, in place of one that nobody serves any more.

    Raises:
        BoardError: a live one holds the path, or it cannot be made.
    """
    if path.exists() and _live(path):
        raise BoardError(f"{path}: a board is there already")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(0o660)
        listener.listen()
    except OSError as error:
        listener.close()
        raise BoardError(f"{path}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def _live(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
