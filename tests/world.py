"""A whole gateway in virtual time: the vocabulary of the flow tests.

Everything is real but the four lowest seams: chips, copper and telephones are the models of
drivers/sim, run in this process; the PCM clock is the loop's; datagrams go through a network
in memory; entropy has a seed. The SBC is either a script (`Sbc`) or the embedded exchange.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from drivers.board import Card, CardSettings, open_card
from drivers.sim.card import SimCard
from drivers.sim.hearing import Heard, listen
from firmware.config import Config
from firmware.config_load import parse as parse_config
from firmware.desk import Desk
from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.gateway import Gateway, Seams
from firmware.ladder import render
from firmware.media import messages as media
from firmware.media.engine import Engine
from firmware.pump import Pump
from firmware.sip.events import Address, Datagram, Send, TransportFailed
from firmware.sip.message import Request, Response, parse, respond
from firmware.status import PortStatus
from firmware.trace import Lane, Mark
from tests.virtual import MemoryNetwork, VirtualLoop

FLOWS = Path(__file__).parent.parent / "docs" / "reference" / "flows"
STEP = 0.005
"""Seconds between two looks of the card at its wires."""
SBC = Address("10.0.0.9", 5060)

CONFIG = """
[gateway]
country = "cn"

[[card]]
number = 1
ports = {ports}

[sip]
domain = "ims.example.net"
listen = "10.0.0.1:5060"

[[sip.server]]
host = "10.0.0.9"

[dialling]
digit_map = "10x|8xxx|9xxx.|0x."
"""
LINE = """
[[line]]
port = {port}
number = "{number}"
password = "secret-{number}"
"""


class World:
    """One gateway, its telephones, and the network around it.

    Args:
        ports: telephones; their numbers are 101, 102 ...
        more: TOML put behind the configuration.
        exchange: the embedded exchange is the SBC; else `sbc` is a script.
    """

    def __init__(self, *, ports: int = 2, more: str = "", exchange: bool = False) -> None:
        self.loop = VirtualLoop()
        asyncio.set_event_loop(self.loop)
        self.network = MemoryNetwork(self.loop)
        self.card = SimCard(ports)
        self.numbers = [str(101 + n) for n in range(ports)]
        self.sbc = Sbc(self)
        if exchange:
            self._start_exchange()
        else:
            self.network.attach(SBC, self.sbc.received)
        self.gateway = self.loop.run_until_complete(self._start(ports, more))
        self.desk = Desk(self.gateway)
        self._mark = 0

    async def _start(self, ports: int, more: str) -> Gateway:
        text = CONFIG.format(ports=ports) + more
        text += "".join(LINE.format(port=n + 1, number=m) for n, m in enumerate(self.numbers))
        config: Config = parse_config(text, "world.toml", Path()).config
        gateway = Gateway(
            config,
            Seams(
                network=self.network,
                open_media=lambda report, _ended: SimMedia(self, report),
                open_card=self._open_card,
                dice=random.Random(1),  # noqa: S311 - a test wants the same dice each time
                local_time=lambda: "11220914",
                wall_clock=lambda: 1_795_000_000.0 + self.loop.time(),
                realtime=False,
            ),
        )
        self._turn()
        await gateway.start()
        return gateway

    def _open_card(self, settings: CardSettings) -> Card:
        spis = [TimedSpi(self, chip) for chip in range(settings.ports)]
        return open_card(settings, spis=spis, pins=TimedPins(self))

    def _turn(self) -> None:
        self.card.advance(self.loop.time())
        self.loop.call_later(STEP, self._turn)

    def _start_exchange(self) -> None:
        users = {number: f"secret-{number}" for number in (*self.numbers, "199")}
        machine = Exchange(
            ExchangeSettings(SBC, "ims.example.net", users),
            b"seed",
            random.Random(2),  # noqa: S311 - a test wants the same dice each time
        )

        async def begin() -> None:
            pump: Pump[Datagram | TransportFailed, Send] = Pump(
                machine, lambda send: self.network.send(send.data, SBC, send.target)
            )
            self.network.attach(SBC, lambda data, source: pump.feed(Datagram(data, source)))

        self.exchange = machine
        self.loop.run_until_complete(begin())

    # time

    def waits(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def waits_until(self, what: Callable[[], bool], *, most: float = 10.0) -> float:
        """Let time pass until `what` is true; returns how long it took, in steps of 5 ms."""
        began = self.loop.time()
        while not what():
            assert self.loop.time() - began < most, f"not within {most} s\n{self.picture}"
            self.waits(STEP)
        return self.loop.time() - began

    def ends(self) -> None:
        """Stop the gateway in good order and forget everything."""
        self.loop.run_until_complete(self.gateway.stop())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        asyncio.set_event_loop(None)

    # the people

    def person(self, port: int) -> Person:
        return Person(self, port)

    # what the operator sees

    def row(self, port: int) -> str:
        """The status row, without card and port: ``reg-ok:Activ Idle ON-HOOK``."""
        status = self.status(port)
        cells = (
            f"{status.register_status.value}:{status.admin_status.value[:5]}",
            status.call_status.value,
            status.physical_status.value,
            status.peer_number,
            status.call_direction.value,
        )
        return " ".join(cell for cell in cells if cell)

    def status(self, port: int) -> PortStatus:
        rows = self.desk.handlers["ports"]({"port": port})
        assert isinstance(rows, list)
        (status,) = rows
        assert isinstance(status, PortStatus)
        return status

    # the picture

    def looks(self) -> None:
        """Begin the picture here: what was before is not part of the flow."""
        self._mark = self.gateway.trace.count

    @property
    def marks(self) -> list[Mark]:
        return self.gateway.trace.since(self._mark)

    @property
    def picture(self) -> str:
        return render(self.marks, ports=[n + 1 for n in range(len(self.numbers))])

    def wire(self) -> list[str]:
        """What went over the network since `looks`: ``>INVITE``, ``<180`` ..."""
        return [
            (">" if mark.outward else "<") + mark.what
            for mark in self.marks
            if mark.lane is Lane.SIP
        ]

    def matches(self, name: str) -> None:
        """Compare the picture with docs/reference/flows/NAME.txt (UPDATE_GOLDEN=1 writes it)."""
        path = FLOWS / f"{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.picture)
        assert self.picture == path.read_text()


class Person:
    """Somebody at a telephone: acts, and says what she hears, from the copper only."""

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self.phone = world.card.phones[port - 1]

    def lifts(self) -> None:
        self.phone.lift()

    def hangs_up(self) -> None:
        self.phone.hang_up()

    def dials(self, digits: str) -> None:
        """Press the keys and wait until the last is released."""
        self.world.waits(self.phone.dial(digits))

    def hears(self, seconds: float) -> Heard:
        """Listen for so long; what is heard is measured from the audio in the ear."""
        self.world.waits(seconds)
        now = self.world.card.now
        return listen(self.phone.ear.between(now - seconds, now))

    @property
    def bell_rings(self) -> bool:
        return self.phone.state().ringing


class TimedSpi:
    """A chip select: before each transfer the card lives up to this instant."""

    def __init__(self, world: World, chip: int) -> None:
        self._world = world
        self._chip = chip

    def xfer2(self, values: list[int], /) -> list[int]:
        self._world.card.advance(self._world.loop.time())
        return list(self._world.card.transfer(self._chip, bytes(values)))

    def close(self) -> None: ...


class TimedPins:
    """Reset and interrupt wires of the card."""

    def __init__(self, world: World) -> None:
        self._card = world.card

    def assert_reset(self) -> None:
        self._card.set_reset(True)

    def release_reset(self) -> None:
        self._card.set_reset(False)

    @property
    def interrupt_asserted(self) -> bool:
        return self._card.interrupt_asserted

    def watch(self, on_edge: Callable[[], None]) -> None:
        def changed(asserted: bool) -> None:
            if asserted:
                on_edge()

        self._card.on_interrupt = changed

    def close(self) -> None:
        self._card.on_interrupt = None


class SimMedia:
    """The media engine in this process, paced by the virtual clock."""

    def __init__(self, world: World, report: Callable[[media.Report], None]) -> None:
        self._world = world
        self._report = report
        self._engine: Engine | None = None
        self._played = b""
        self._timer: asyncio.TimerHandle | None = None

    def start(self, start: media.Start) -> None:
        dice = random.Random(3)  # noqa: S311 - a test wants the same dice each time
        self._engine = Engine(start, dice.randbytes)
        self._world.card.set_clock(True)
        width = start.highway.layout.width
        self._played = b"\xd5" * (160 * width)
        self._tick()
        self._world.loop.call_soon(
            self._report, media.Ready(pid=0, realtime=False)
        )  # fmt: skip

    def _tick(self) -> None:
        assert self._engine is not None
        self._world.card.advance(self._world.loop.time())
        captured = self._world.card.exchange(self._played)
        self._played = self._engine.tick(captured)
        self._tell()
        self._timer = self._world.loop.call_later(0.020, self._tick)

    def _tell(self) -> None:
        assert self._engine is not None
        for report in self._engine.reports():
            self._report(report)

    def send(self, command: media.Command, *sockets: Any) -> None:
        assert self._engine is not None
        self._engine.command(command, sockets)

    async def closed(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._world.card.set_clock(False)


class Sbc:
    """A scripted server: it says what the test tells it to say, and nothing else."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.got: list[Request | Response] = []
        self._source = Address("10.0.0.1", 5060)
        self._answer: Callable[[Request], Sequence[Response]] | None = None

    def received(self, data: bytes, source: Address) -> None:
        message = parse(data)
        self._source = source
        self.got.append(message)
        if isinstance(message, Request) and self._answer:
            for response in self._answer(message):
                self.sends(response)

    def answers(self, rule: Callable[[Request], Sequence[Response]]) -> None:
        """From now on answer each request by `rule`."""
        self._answer = rule

    def sends(self, message: Request | Response) -> None:
        self._world.network.send(message.encode(), SBC, self._source)

    def says(self, status: int, *, to: str = "INVITE", **more: Any) -> None:
        """Answer the last request of method `to`."""
        request = next(m for m in reversed(self.got) if isinstance(m, Request) and m.method == to)
        self.sends(respond(request, status, **more))
