"""A whole gateway in virtual time: the vocabulary of the flow tests.

Everything is real but the four lowest seams: chips, copper and telephones are the models of
drivers/sim, run in this process; the PCM clock is the loop's; datagrams go through a network
in memory; entropy has a seed. The SBC is either a script (`sbc`) or the embedded exchange.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from drivers.board import Card, CardSettings, open_card
from drivers.bus import Spi
from drivers.sim.ag1171_wires import SimWires
from drivers.sim.card import SimCard
from firmware.config.load import parse as parse_config
from firmware.desk.desk import Desk
from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.gateway import Gateway
from firmware.media import messages as media
from firmware.pump import Pump
from firmware.seams import Seams
from firmware.sip.events import Address, Datagram, Send, TransportFailed
from firmware.sip.message import Message, is_keepalive
from firmware.status import CallRecord, PortStatus, RegistrationStatus
from firmware.trace.ladder import render
from firmware.trace.marks import Lane, Mark
from tests.configuration import configuration
from tests.handshakes import Handshakes
from tests.helper import Helpers
from tests.packets import Packet, packet
from tests.people import Person
from tests.sbc import SBC, Registrar, Sbc
from tests.seams import TimedChain, TimedMedia, TimedPins, TimedSpi, Ways
from tests.virtual import MemoryNetwork, VirtualLoop

FLOWS = Path(__file__).parent.parent / "docs" / "reference" / "flows"
STEP = 0.005
"""Seconds between two looks of the card at its wires."""
SLOW_STEP = 0.5
"""The same while everybody sleeps."""
EVERY = 8
"""Instants between two looks at the rows when the ladder has nothing new."""


class World:
    """One gateway, its telephones, and the network around it.

    Args:
        ports: telephones; their numbers are 101, 102 ..., their passwords secret-101 ...
        country: whose line profile it has.
        exchange: the embedded exchange is the SBC; else `sbc` is a script, and `registrar`
            its rule for REGISTER, or None: it is silent.
        challenging: the script's registrar asks for credentials.
        granted: seconds of a binding that it gives.
        silent: the script has no rule at all.
        sip: more keys of [sip].
        line: more keys of each [[line]].
        more: TOML put behind the configuration.
        digit_map: of [dialling].
        password: of all lines, instead of the right ones.
        variant: what the card carries, one of `drivers.sim.card.FITTED`.
        daisy: its chips hang on one chip select.
        uptime: seconds since the box was powered up.
        listen: of [sip].
        cut_off: the cable is not in yet.
        told_of_ways: the kernel tells of changes (`ways`).
    """

    def __init__(
        self,
        *,
        ports: int = 2,
        country: str = "cn",
        exchange: bool = False,
        challenging: bool = True,
        granted: int = 3600,
        silent: bool = False,
        sip: str = "",
        line: str = "",
        more: str = "",
        digit_map: str = "10x|8xxx|9xxx.|0x.",
        password: str = "",
        variant: str = "si3210",
        daisy: bool = False,
        uptime: float = 1e6,
        listen: str = "10.0.0.1:5060",
        cut_off: bool = False,
        told_of_ways: bool = False,
    ) -> None:
        self.loop = VirtualLoop()
        asyncio.set_event_loop(self.loop)
        self.network = MemoryNetwork(self.loop, tap=self._tap)
        self.handshakes = Handshakes(self.loop)
        self.card = SimCard(ports, variant=variant)
        self.uptime = uptime
        self.ways = Ways()
        self._told_of_ways = told_of_ways
        if cut_off:
            self.network.down.add(self.network.own_host)
        self.numbers = [str(101 + n) for n in range(ports)]
        self.at_each_instant: Callable[[], object] = lambda: None
        """Called whenever all that happens now has happened."""
        self.kept_alive: list[tuple[float, Address]] = []
        """When and where to an empty line was sent."""
        self.wall_step = 0.0
        """Seconds by which somebody has set the wall clock."""
        self._asleep = False
        self._media: TimedMedia | None = None
        self._ready = self._stopped = False
        self._awaited: tuple[Callable[[], bool], asyncio.Future[None]] | None = None
        self._packets: list[Packet] = []
        self._rows: dict[int, list[tuple[float, str]]] = {n + 1: [] for n in range(ports)}
        self._marks_seen = self._packets_seen = 0
        self._rows_seen: dict[int, int] = {}
        self._instants = self._marks_noticed = 0
        self.sbc = Sbc(
            lambda data: self.network.send(data, SBC, self.at),
            lambda true: self.waits_until(true, most=40.0),
        )
        self.registrar = Registrar(self.sbc, challenging=challenging, granted=granted)
        if exchange:
            self.exchange = self._start_exchange()
        else:
            self.network.attach(SBC, self.sbc.received)
            if not silent:
                self.sbc.on("REGISTER", self.registrar)
        text = configuration(
            self.numbers,
            country=country,
            sip=sip,
            line=line,
            digit_map=digit_map,
            password=password,
            more=more,
            driver=variant.removesuffix("m"),
            daisy=daisy,
            listen=listen,
        )
        self.loop.at_rest = self._at_rest
        self.helpers = Helpers()
        self.gateway = self.loop.run_until_complete(self._start(text))
        self.desk = Desk(self.gateway)
        self._ready = True

    @property
    def at(self) -> Address:
        """Where the gateway is."""
        return Address(self.network.own_host, 5060)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ends()

    # coming and going

    async def _start(self, text: str) -> Gateway:
        gateway = Gateway(
            parse_config(text, "world.toml", Path()).config,
            Seams(
                network=self.network,
                open_media=self._first_media,
                open_card=self._open_card,
                dice=random.Random(1),  # noqa: S311 - a test wants the same dice each time
                local_time=lambda: "11220914",
                wall_clock=lambda: 1_795_000_000.0 + self.wall_step + self.loop.time(),
                realtime=False,
                uptime=lambda: self.uptime,
                open_handshakes=self.handshakes.open,
                open_helper=self.helpers.open,
                route_news=self.ways.heard_by if self._told_of_ways else None,
            ),
        )
        self._asleep = True  # nobody listens yet
        self._turn()
        await gateway.start()
        self._wake()
        return gateway

    def _open_card(self, settings: CardSettings) -> Card:
        clock = self.loop.time
        if self.card.modules:
            wires = [SimWires(self.card, n, clock=clock) for n in range(settings.ports)]
            return open_card(settings, wires=wires, clock=clock)
        spis: list[Spi] = [TimedSpi(self.card, chip, clock) for chip in range(settings.ports)]
        if settings.daisy:
            spis = [TimedChain(self.card, clock)]
        return open_card(settings, spis=spis, pins=TimedPins(self.card))

    def _first_media(self, report: Callable[[media.Report], None], _ended: object) -> TimedMedia:
        self._media = TimedMedia(self.card, self.loop, report, lambda: self._asleep)
        return self._media

    def _turn(self) -> None:
        self.card.advance(self.loop.time())
        self._turning = self.loop.call_later(SLOW_STEP if self._asleep else STEP, self._turn)

    def _start_exchange(self) -> Exchange:
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

        self.loop.run_until_complete(begin())
        return machine

    def registers(self) -> Self:
        """Wait until all lines are registered, and begin the picture there."""
        self.waits_until(lambda: all("reg-ok" in self.row(p) for p in self._rows))
        self.waits(0.05)
        self.looks()
        return self

    def stops(self) -> None:
        """Stop the gateway in good order, as the service is stopped."""
        if self._ready and not self._stopped:
            self._stopped = True
            self.loop.run_until_complete(self.gateway.stop())

    def ends(self) -> None:
        """Stop everything and forget it."""
        self.stops()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        asyncio.set_event_loop(None)

    # time

    @property
    def now(self) -> float:
        return self.loop.time()

    def waits(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def sleeps(self, seconds: float) -> None:
        """Let much time pass in which nobody touches a telephone or listens to one."""
        self._asleep = True
        self.waits(seconds)
        self._wake()

    def sleeps_until(self, what: Callable[[], bool], *, most: float) -> float:
        """The same, until the instant at which `what` is true; returns how long it took."""
        self._asleep = True
        took = self.waits_until(what, most=most)
        self._wake()
        return took

    def _wake(self) -> None:
        self._asleep = False
        self._turning.cancel()
        self._turn()
        if self._media:
            self._media.wake()

    def waits_until(self, what: Callable[[], bool], *, most: float = 10.0) -> float:
        """Let time pass until the instant at which `what` is true; returns how long it took."""
        began = self.now
        self._awaited = what, self.loop.create_future()
        timeout = asyncio.wait_for(self._awaited[1], most)
        try:
            self.loop.run_until_complete(timeout)
        except TimeoutError:
            raise AssertionError(f"not within {most} s\n{self.picture}") from None
        finally:
            self._awaited = None
        return self.now - began

    # the people

    def person(self, port: int) -> Person:
        return Person(self.card, port, self.waits)

    @property
    def people(self) -> list[Person]:
        return [self.person(port) for port in self._rows]

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
        rows = self.asks("ports", port=port)
        assert isinstance(rows, list)
        (status,) = rows
        assert isinstance(status, PortStatus)
        return status

    def registration(self, port: int) -> RegistrationStatus:
        rows = self.asks("registrations", port=port)
        assert isinstance(rows, list)
        (status,) = rows
        assert isinstance(status, RegistrationStatus)
        return status

    def asks(self, method: str, **params: Any) -> object:
        """Have the gateway's desk answer, as over the control socket."""
        return self.desk.handlers[method](params)

    def records(self, port: int) -> list[CallRecord]:
        """The call records of a port."""
        return self.gateway.history.calls(port)

    def rows(self, port: int) -> list[str]:
        """Every row that could be seen since `looks`, without the register column, in order."""
        return [row for row, _ in groupby(row.split(" ", 1)[1] for _, row in self._seen(port))]

    def register_column(self, port: int) -> list[str]:
        """Every register-status that could be seen since `looks`, in order."""
        return [cell for cell, _ in groupby(row.split(" ", 1)[0] for _, row in self._seen(port))]

    def row_at(self, port: int, instant: float) -> str:
        """The row as it stood when all that happened at that instant had happened."""
        return [row for at, row in self._rows[port] if at <= instant + 1e-6][-1]

    def _seen(self, port: int) -> list[tuple[float, str]]:
        """The rows since `looks`, that of its moment first."""
        return self._rows[port][self._rows_seen.get(port, 0) :]

    def _at_rest(self) -> None:
        """Whatever happens at this instant has happened."""
        self._instants += 1
        if self._ready:
            count = self.gateway.trace.count
            if count != self._marks_noticed or self._instants % EVERY == 0:
                self._marks_noticed = count
                self._notice_rows()
        self.at_each_instant()
        if self._awaited and not self._awaited[1].done() and self._awaited[0]():
            self._awaited[1].set_result(None)

    def _notice_rows(self) -> None:
        for port, rows in self._rows.items():
            row = self.row(port)
            if not rows or rows[-1][1] != row:
                rows.append((self.now, row))

    # the wire

    def _tap(self, data: bytes, source: Address, target: Address, sent: bool) -> None:
        gateway = source if sent else target
        if is_keepalive(data):
            self.kept_alive += [(self.now, target)] * sent
        elif gateway == self.at:
            self._packets.append(packet(self.now, data, outward=sent))

    def packets(self, port: int | None = None) -> list[Packet]:
        """Signalling since `looks`, of one port or of all; without heartbeats."""
        number = None if port is None else self.numbers[port - 1]
        seen = self._packets[self._packets_seen :]
        return [p for p in seen if number in {None, p.number} and not p.is_heartbeat]

    def wire(self, port: int | None = None) -> list[str]:
        """What went over the wire since `looks`: ``>INVITE``, ``<180 INVITE`` ..."""
        return [p.name for p in self.packets(port)]

    def find(self, name: str, port: int | None = None, *, nth: int = 0) -> Any:
        """The message of that name since `looks`; several: number `nth`."""
        return self.find_packet(name, port, nth=nth).message

    def find_packet(self, name: str, port: int | None = None, *, nth: int = 0) -> Packet:
        found = [p for p in self.packets(port) if p.name == name]
        assert found, f"no {name} on the wire\n{self.picture}"
        return found[nth]

    def messages(self, name: str, port: int | None = None) -> list[Message]:
        """All messages of that name since `looks`."""
        return [p.message for p in self.packets(port) if p.name == name]

    # the picture

    def looks(self) -> None:
        """Begin here: what was before is not part of the flow."""
        self.sbc.forgets()
        self._marks_seen = self.gateway.trace.count
        self._packets_seen = len(self._packets)
        self._notice_rows()
        self._rows_seen = {port: len(rows) - 1 for port, rows in self._rows.items()}

    @property
    def marks(self) -> list[Mark]:
        """What the ladder draws since `looks`; without heartbeats."""
        marks = self.gateway.trace.since(self._marks_seen)
        return [m for m in marks if m.lane is not Lane.HEARTBEAT]

    def copper(self, port: int) -> list[str]:
        """What passed between gateway and telephone since `looks`, in the ladder's words."""
        return [m.what for m in self.marks if m.lane is Lane.COPPER and m.port == port]

    @property
    def picture(self) -> str:
        return render(self.marks, ports=sorted(self._rows))

    def matches(self, name: str) -> None:
        """Compare the picture with docs/reference/flows/NAME.txt (UPDATE_GOLDEN=1 writes it)."""
        path = FLOWS / f"{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.picture)
        assert self.picture == path.read_text()
