"""All ports, one user agent, and the order in which they come to life.

The order is the hardware's: the media process opens the highway, so the clock runs; then
the chips are reset and started, side by side; each port that is fed is registered. In
reverse at the end. Whatever fails on the way is said in words, the rest goes on.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.board import Card, CardSettings, highway_settings
from drivers.errors import DriverError
from firmware.causes import Cause
from firmware.config import Config
from firmware.errors import MediaError
from firmware.log import event as log_event
from firmware.media import messages as media
from firmware.net import Network, NetworkError, Wire
from firmware.port import Leg, Port
from firmware.profiles import load as load_profile
from firmware.pump import Pump
from firmware.records import Alarms, History
from firmware.settings import agent_settings, card_settings, port_settings
from firmware.sip import events as sip
from firmware.sip.agent import UserAgent
from firmware.sip.tokens import Dice
from firmware.trace import Lane, Mark, Trace
from firmware.wiretap import look

SLOW_POLL = 0.100
"""Every chip is asked so often even without an interrupt: an edge may have been lost."""
HEALTH = 1.0
"""Every chip is checked for having kept its state so often."""
RETRY_NETWORK = 2.0
"""Until there is a way to some server, look for one so often."""
RETRY_PORT = 60.0
"""A port whose line circuit failed is started again after this, doubling up to an hour."""
DEREGISTER = 2.0
"""At the end, answers to de-registrations are waited for so long at most."""
DRAIN = 64
"""Rounds of polling while the interrupt stays asserted; then the slow poll goes on."""


class Media(Protocol):
    """The way to the media process, or to an engine in this one."""

    def start(self, start: media.Start) -> None: ...
    def send(self, command: media.Command, *sockets: socket.socket) -> None: ...
    async def closed(self) -> object: ...


OpenMedia = Callable[[Callable[[media.Report], None], Callable[[int], None]], Media]
"""Makes a way to media: (what to do with a report, what to do when it has ended)."""


@dataclass(frozen=True, slots=True)
class Seams:
    """Everything below which there may be a simulation."""

    network: Network
    open_media: OpenMedia
    open_card: Callable[[CardSettings], Card]
    dice: Dice
    local_time: Callable[[], str]
    """MMDDhhmm, for caller ID."""
    wall_clock: Callable[[], float]
    """Seconds since 1970, for records."""
    realtime: bool = True


class Gateway:
    """The whole box. `start`, then it lives by itself; `stop` in good order."""

    def __init__(self, config: Config, seams: Seams) -> None:
        self.config = config
        self.seams = seams
        self.loop = asyncio.get_running_loop()
        self.trace = Trace()
        self.history = History(seams.wall_clock)
        self.alarms = Alarms(seams.wall_clock)
        self.profile = load_profile(config.gateway.country)
        self.card_settings = card_settings(config)
        self.card: Card | None = None
        self.ports: dict[int, Port] = {}
        self.agent: Pump[sip.Input, sip.Output] | None = None
        self.network_fault = ""
        """Why there is no user agent yet; empty: there is one."""
        self.dropped = 0
        """Datagrams that were refused or ignored."""
        self.heartbeat: media.Heartbeat | None = None
        self.media_ready: media.Ready | None = None
        self._numbers = {line.number: line.port for line in config.line}
        self._wire: Wire | None = None
        self._local = sip.Address("", 0)
        self._media: Media | None = None
        self._media_up = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._retry: dict[int, float] = {}
        self._stopping = False
        self._quiet_until = self.loop.time() + seams.dice.random() * config.lab.start_delay
        """No REGISTER before this instant."""

    # life

    async def start(self) -> None:
        """Bring everything up; returns when the ports have been tried and the agent lives.

        Never raises for hardware or network: what is missing stands in the alarms, and is
        tried again.
        """
        self._start_media()
        self._spawn(self._start_agent())
        await self._media_up.wait()
        await self._start_card()

    async def stop(self) -> None:
        """De-register, release the calls, open the lines, stop the clock."""
        self._stopping = True
        await self._deregister_all()
        for timer in self._timers.values():
            timer.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        for port in self.ports.values():
            port.close()
        if self.agent:
            self.agent.close()
        if self._wire:
            self._wire.close()
        if self.card:
            self.card.close()
        if self._media:
            await self._media.closed()

    # media

    def _start_media(self) -> None:
        start = media.Start(
            highway=highway_settings(self.card_settings),
            timeslots={port: port - 1 for port in range(1, self.card_settings.ports + 1)},
            jitter_ms=self.config.rtp.jitter_ms,
            realtime=self.seams.realtime,
        )
        self._media = self.seams.open_media(self._from_media, self._media_ended)
        try:
            self._media.start(start)
        except MediaError as error:
            self._media_ended(0, str(error))

    def _from_media(self, report: media.Report) -> None:
        match report:
            case media.Ready():
                self.media_ready = report
                self.alarms.clear("media")
                if not report.dtmf:
                    self.alarms.set(
                        "media", "major", "no DTMF: install libspandsp2 (libspandsp2t64)"
                    )
                self._media_up.set()
                for port in self.ports.values():
                    port.repeat_to_media()
            case media.Heartbeat():
                self.heartbeat = report
            case media.Failed(reason=reason):
                log_event("media-failed", level=logging.ERROR, reason=reason)
                self.alarms.set("media", "critical", reason)
                self.mark(0, Lane.HOUSE, "media failed", outward=False, detail=reason)
            case _ if isinstance(report, media.Statistics) and report.final:
                self.history.statistics(report)
            case _:
                concerned = self.ports.get(getattr(report, "port", 0))
                if concerned:
                    concerned.from_media(report)

    def _media_ended(self, status: int, why: str = "") -> None:
        """The media process is gone: start another, with the calls that stand."""
        if self._stopping:
            return
        why = why or (f"killed by signal {-status}" if status < 0 else f"exit status {status}")
        log_event("media-ended", level=logging.ERROR, reason=why)
        self.mark(0, Lane.HOUSE, "media process ended", outward=False, detail=why)
        self.alarms.set("media", "critical", f"the media process ended: {why}")
        self.heartbeat = None
        self._later("media", 0.5 if self.media_ready else 2.0, self._start_media)
        self.media_ready = None

    # card

    async def _start_card(self) -> None:
        try:
            self.card = self.seams.open_card(self.card_settings)
        except DriverError as error:
            log_event("no-card", level=logging.ERROR, reason=str(error))
            self.alarms.set("card", "critical", str(error))
            self._later("card", RETRY_PORT, lambda: self._spawn(self._start_card()))
            return
        self.alarms.clear("card")
        for slic in self.card.slics:
            settings = port_settings(self.config, self.profile, slic.port)
            self.ports[slic.port] = Port(settings, self, slic)
        for delay in self.card.reset():
            await asyncio.sleep(delay)
        await asyncio.gather(*(self._bring_up(port) for port in self.ports.values()))
        self.card.watch(self._edge)
        self._slow_poll()
        self._health()

    async def _bring_up(self, port: Port) -> None:
        try:
            for delay in port.bring_up():
                await asyncio.sleep(delay)
        except DriverError as error:
            port.fail(str(error))
            return
        self._retry.pop(port.number, None)
        self.alarms.clear(self._where(port))
        log_event("port-up", port=port.number, chip=port.slic.chip)
        self._register(port)

    def _edge(self) -> None:
        """Called on a thread of the pins' library: hand over, and nothing else."""
        self.loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        """The interrupt is a level and shared: ask all chips until it is released."""
        for _ in range(DRAIN):
            for port in self.ports.values():
                port.look()
            if self.card is None or not self.card.interrupt_asserted:
                return

    def _slow_poll(self) -> None:
        self._later("poll", SLOW_POLL, self._slow_poll)
        for port in self.ports.values():
            port.look()

    def _health(self) -> None:
        self._later("health", HEALTH, self._health)
        for port in self.ports.values():
            port.check()

    # network

    async def _start_agent(self) -> None:
        """Find our own address towards the first server that has one, then begin to talk."""
        while True:
            try:
                await self._open_wire()
            except NetworkError as error:
                if str(error) != self.network_fault:
                    log_event("no-network", level=logging.WARNING, reason=str(error))
                    self.mark(0, Lane.HOUSE, "no network", outward=False, detail=str(error))
                self.network_fault = str(error)
                self.alarms.set("network", "critical", str(error))
                await asyncio.sleep(RETRY_NETWORK)
            else:
                break
        self.network_fault = ""
        self.alarms.clear("network")
        agent = UserAgent(agent_settings(self.config, self._local), self.seams.dice)
        self.agent = Pump(agent, self._from_agent)
        self.agent.carry_out(agent.start(self.loop.time(), lines=()))
        for port in self.ports.values():
            self._register(port)

    async def _open_wire(self) -> None:
        host, number = self.config.sip.listen_address
        towards = host
        if host in {"0.0.0.0", "::"}:  # noqa: S104 - the operator's word; we ask what it means
            reasons = []
            towards = ""
            for server in self.config.sip.server:
                try:
                    for address in await self.seams.network.resolve(server.host, server.port):
                        towards = towards or await self.seams.network.local_towards(address)
                except NetworkError as error:
                    reasons.append(str(error))
            if not towards:
                raise NetworkError("; ".join(reasons))
        self._wire = await self.seams.network.listen(
            sip.Address(host, number), self._datagram, self._send_failed
        )
        self._local = sip.Address(towards, number)

    def _datagram(self, data: bytes, source: sip.Address) -> None:
        if self.agent:
            self._mark_message(data, source, outward=False)
            self.agent.feed(sip.Datagram(data, source))

    def _send_failed(self, target: sip.Address, reason: str) -> None:
        if self.agent:
            self.agent.feed(sip.TransportFailed(target, reason))

    def _from_agent(self, output: sip.Output) -> None:
        match output:
            case sip.Send(data, target):
                self._mark_message(data, target, outward=True)
                if self._wire:
                    self._wire.send(data, target)
            case sip.Resolve(host, number):
                self._spawn(self._resolve(host, number))
            case sip.RegistrationReport(line, state):
                self._registration_changed(line, state)
            case sip.Offered(line=line) if line in self.ports:
                self.ports[line].offered(output)
            case sip.Offered(call=call):
                self.tell_agent(sip.Refuse(call, 480))
            case sip.Dropped(source, why):
                self.dropped += 1
                self.mark(0, Lane.HOUSE, "dropped", outward=False, detail=f"{source}: {why}")
            case _:
                self._call_event(output)

    def _call_event(
        self, event: sip.Proceeding | sip.Established | sip.MediaChanged | sip.Ended
    ) -> None:
        for port in self.ports.values():
            match event:
                case sip.Proceeding():
                    port.proceeding(event)
                case sip.Established():
                    port.established(event)
                case sip.MediaChanged():
                    port.media_changed(event)
                case sip.Ended():
                    port.ended(event)

    async def _resolve(self, host: str, number: int) -> None:
        try:
            found = await self.seams.network.resolve(host, number)
        except NetworkError as error:
            self.tell_agent(sip.Resolved(host, number, (), str(error)))
        else:
            self.tell_agent(sip.Resolved(host, number, found))

    # registration

    def _register(self, port: Port) -> None:
        """A port that can be called is registered; at power-up not all boxes at once (REG-23)."""
        if self.loop.time() < self._quiet_until:
            self._later(f"register {port.number}", self._quiet_until - self.loop.time(),
                        lambda: self._register(port))  # fmt: skip
        elif self.agent and port.in_service and not port.disabled and port.settings.own_number:
            self.agent.feed(sip.Register(port.number))

    def _registration_changed(self, line: int, state: sip.RegistrationState) -> None:
        port = self.ports.get(line)
        if port is None:
            return
        registered = state.status is sip.RegisterStatus.REGISTERED
        detail = state.last_error or f"expires_at={state.expires_at}"
        self.mark(line, Lane.HOUSE, state.status.value, outward=False, detail=detail)
        where = f"{self._where(port)} sip"
        if state.status is sip.RegisterStatus.FAILED:
            self.alarms.set(where, "major", f"not registered: {state.last_error}")
        elif registered:
            self.alarms.clear(where)
        port.registration(registered=registered, alive=registered or state.last_code != 0)

    async def _deregister_all(self) -> None:
        if self.agent is None:
            return
        lines = [port.number for port in self.ports.values() if port.settings.own_number]
        for line in lines:
            self.agent.feed(sip.Deregister(line))
        until = self.loop.time() + DEREGISTER
        bound = {sip.RegisterStatus.REGISTERED, sip.RegisterStatus.REGISTERING}
        while self.loop.time() < until:
            if not any(self.registration(line).status in bound for line in lines):
                return
            await asyncio.sleep(0.01)

    def registration(self, line: int) -> sip.RegistrationState:
        """How the line's binding stands, also when there is no network yet."""
        if self.agent is None:
            return sip.RegistrationState(last_error=self.network_fault)
        agent = self.agent.machine
        assert isinstance(agent, UserAgent)
        return agent.registration(line)

    # the house that ports live in

    def tell_agent(self, event: sip.Input) -> None:
        if self.agent:
            self.agent.feed(event)
        elif isinstance(event, sip.Invite):
            port = self.ports[event.line]
            self.loop.call_soon(port.no_network, event.call, self.network_fault)

    def new_call(self) -> int:
        if self.agent is None:
            return -1
        agent = self.agent.machine
        assert isinstance(agent, UserAgent)
        return agent.new_call()

    def tell_media(self, command: media.Command, *sockets: socket.socket) -> None:
        if self._media and self.media_ready:  # else: `repeat_to_media` tells it when it is there
            try:
                self._media.send(command, *sockets)
            except MediaError as error:  # it is ending; another one will be told
                log_event("media-gone", level=logging.WARNING, reason=str(error))

    def open_rtp(self) -> tuple[socket.socket, sip.LocalMedia]:
        first, last = self.config.rtp.port_range
        host = self._local.host
        if not host:
            raise NetworkError(self.network_fault or "no network")
        sock = self.seams.network.open_rtp(host, range(first, last + 1))
        return sock, sip.LocalMedia(host, sock.getsockname()[1])

    def mark(
        self, port: int, lane: Lane, what: str, *, outward: bool, call: int = 0, detail: str = ""
    ) -> None:
        self.trace.record(
            Mark(
                at=self.loop.time(), port=port, lane=lane, outward=outward, what=what,
                call=call, detail=detail,
            )
        )  # fmt: skip

    def call_ended(self, port: Port, leg: Leg, why: Cause) -> None:
        self.history.add(self.card_settings.number, port, leg, why, self.loop.time())
        log_event("call-ended", port=port.number, peer=leg.number, cause=why.code.value)

    def fault(self, port: Port, reason: str) -> None:
        """A line circuit failed: take the line away from the network and try again later."""
        log_event("port-fault", level=logging.ERROR, port=port.number, reason=reason)
        self.alarms.set(self._where(port), "critical", reason)
        self.mark(port.number, Lane.HOUSE, "out of service", outward=False, detail=reason)
        if self.agent and port.settings.own_number:
            self.agent.feed(sip.Deregister(port.number))
        wait = self._retry.get(port.number, RETRY_PORT)
        self._retry[port.number] = min(2 * wait, 3600.0)
        if not self._stopping:
            self._later(f"port {port.number}", wait, lambda: self._spawn(self._bring_up(port)))

    def local_time(self) -> str:
        return self.seams.local_time()

    # by the operator's word

    def set_enabled(self, port: Port, *, on: bool, who: str = "the operator") -> None:
        if on:
            port.enable()
            self._register(port)
        else:
            port.disable(who)
            if self.agent and port.settings.own_number:
                self.agent.feed(sip.Deregister(port.number))

    # small things

    def _where(self, port: Port) -> str:
        return f"[{self.card_settings.number}:{port.number}]"

    def _mark_message(self, data: bytes, peer: sip.Address, *, outward: bool) -> None:
        seen = look(data, outward=outward)
        if seen is None:
            return  # a keep-alive, or noise that the agent will count
        line = self._numbers.get(seen.own_user, 0)
        leg = self.ports[line].leg if line in self.ports else None
        self.trace.record(
            Mark(
                at=self.loop.time(), port=line, lane=Lane.SIP, outward=outward, what=seen.what,
                peer=str(peer), call=leg.call if leg else 0, detail=seen.text,
            )
        )  # fmt: skip

    def _later(self, name: str, delay: float, what: Callable[[], object]) -> None:
        old = self._timers.pop(name, None)
        if old:
            old.cancel()
        self._timers[name] = self.loop.call_later(delay, what)

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = self.loop.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
