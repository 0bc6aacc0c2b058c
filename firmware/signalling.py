"""The user agent on the wire: our own address found, messages carried, every one marked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Protocol

from firmware.codec_presence import in_words, lacking, spoken
from firmware.config.diff import identities
from firmware.config.schema import Config
from firmware.config.tls import files_of
from firmware.log import event as log_event
from firmware.net import NetworkError, NoSocketError, Security, Wire
from firmware.pump import Pump
from firmware.seams import Seams
from firmware.settings import agent_settings
from firmware.sip import events as sip
from firmware.sip.agent import UserAgent
from firmware.sip.keepalive import NOTHING, KeepAlive
from firmware.sip.servers import ServerState
from firmware.trace.draws import Draws
from firmware.trace.records import Alarms
from firmware.transport.ears import Ears

RETRY_NETWORK = 2.0
"""Seconds between two looks for a way to some server, while there is none."""
LOOK_OUT = 5.0
"""Seconds between two looks at our own address; a look sends nothing."""
SETTLED = 0.1
"""Seconds from news of the kernel to a look: it tells of each step of a change."""
ANY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
GOODBYE = 2.0
"""At the end, answers to BYE, CANCEL and de-registrations are waited for so long at most;
after half of it nobody waits for an ACK any more."""
BOUND = {sip.RegisterStatus.REGISTERED, sip.RegisterStatus.REGISTERING}


class Owner(Protocol):
    """Hears what the user agent says."""

    def agent_ready(self) -> None: ...
    def from_agent(self, output: sip.Output) -> None:
        """Take an output of the user agent; those for the wire do not come here."""

    def on_wire(self, data: bytes, peer: sip.Address, *, outward: bool) -> None:
        """See a message that passes."""

    def undelivered(self, target: sip.Address, reason: str) -> None:
        """What was sent to this address does not arrive."""

    def relocated(self, old: str, new: str) -> None:
        """Our own address has changed; if both are the same, only the way out is back."""

    def moved(self) -> None:
        """The user agent knows our new address: answered calls can be carried over."""

    def occupied(self, line: int) -> bool:
        """Whether the telephone of this line is in use."""


class Signalling:
    """The user agent, and the socket it speaks through.

    Args:
        config: of the gateway.
        seams: the network, and the dice.
        owner: who hears of it.
        alarms: where faults are shown.
    """

    def __init__(self, config: Config, seams: Seams, owner: Owner, alarms: Alarms) -> None:
        self._config = config
        self._seams = seams
        self._owner = owner
        self._alarms = alarms
        self._loop = asyncio.get_running_loop()
        self.draws = Draws(seams.dice, self._loop.time)
        self.began: float | None = None
        """When the user agent was made; None: there is none yet."""
        self._pump: Pump[sip.Input, sip.Output] | None = None
        self._agent: UserAgent | None = None
        self._wire: Wire | None = None
        self._transport = sip.Transport(config.sip.transport)
        self._kept = KeepAlive(config.sip.keep_alive, self.draws)
        self._standing_so: dict[sip.Address, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.local = sip.Address("", 0)
        """Our own signalling address, as peers see it; its host is empty until it is known."""
        self._ways_changed = asyncio.Event()
        self._news = seams.route_news(self._ways_changed.set) if seams.route_news else None
        self._looks_at: float | None = None
        self.fault = "starting"
        """Why there is no user agent yet; empty: there is one."""

    def start(self) -> None:
        """Begin, in the background, as soon as there is a way to some server."""
        self._spawn(self._start())

    async def renew_line(self, config: Config, line: int) -> bool:
        """Let a line be what `config` says: it leaves as what it was, and is then another.

        Returns:
            Whether it was another before; then it has to be told to `Register`.
        """
        self._config = config
        identity = identities(config).get(line)
        if self._agent is None or self._agent.identity(line) == identity:
            return False
        if self._agent.identity(line):
            await self._leave([line])
        self.feed(sip.LineChanged(line, identity))
        return True

    async def close(self, lines: list[int]) -> None:
        """De-register `lines`, wait for calls to be released, then close the socket."""
        await self._leave(lines)
        self.feed(sip.Leave())  # if an ACK is still missing, nobody will be here for it
        await self._settled(lines)
        for task in tuple(self._tasks):
            task.cancel()
        if self._pump:
            self._pump.close()
        if self._wire:
            self._wire.close()
        if self._news:
            self._news.close()

    async def _leave(self, lines: list[int]) -> None:
        for line in lines:
            self.feed(sip.Deregister(line))
        await self._settled(lines)

    async def _settled(self, lines: list[int]) -> None:
        """Wait, but not for long, until neither a binding of `lines` nor a call is left."""
        until = self._loop.time() + GOODBYE / 2
        while self._agent and self._loop.time() < until:
            bound = any(self.registration(line).status in BOUND for line in lines)
            if not bound and not self._agent.releasing:
                break
            await asyncio.sleep(0.01)

    def feed(self, event: sip.Input) -> bool:
        """Tell the user agent; False: there is none yet."""
        if self._pump is None:
            return False
        self._pump.feed(event)
        return True

    def new_call(self) -> int:
        """The number of the next call; negative: there is no user agent yet."""
        return self._agent.new_call() if self._agent else -1

    def registration(self, line: int) -> sip.RegistrationState:
        """The binding of the line, also when there is no network yet."""
        if self._agent is None:
            return sip.RegistrationState(last_error=self.fault, next_attempt_at=self._looks_at)
        return self._agent.registration(line)

    def session(self, call: int) -> sip.SessionState | None:
        """The session timer of a call; None: none runs."""
        return self._agent.session(call) if self._agent else None

    def call_of(self, line: int, call_id: str) -> int:
        """The call of a line with that Call-ID; 0: there is none, or no longer."""
        return self._agent.call_of(line, call_id) if self._agent else 0

    def servers(self) -> list[ServerState]:
        """All servers; empty: there is no user agent yet."""
        return [] if self._agent is None else self._agent.servers(self._loop.time())

    def server_lives(self, line: int) -> bool:
        """Whether the server of a line answers."""
        return self._agent is not None and self._agent.server_lives(line)

    def line_of(self, contact_user: str) -> int:
        """The line with this user part in its Contact; 0: there is none."""
        line = self._agent.board.lines.of_token(contact_user) if self._agent else None
        return 0 if line is None else line.identity.line

    @property
    def tokens(self) -> dict[int, str]:
        """The user part of each line's Contact."""
        if self._agent is None:
            return {}
        return {number: line.token for number, line in self._agent.board.lines.items()}

    def barred(self, source: sip.Address) -> bool:
        """Whether requests from this address are dropped unread."""
        return self._agent is None or self._agent.barred(source)

    async def _start(self) -> None:
        while True:
            try:
                await self._open_wire()
            except NetworkError as error:
                if str(error) != self.fault:
                    log_event("no-network", level=logging.WARNING, reason=str(error))
                self.fault, self._looks_at = str(error), self._loop.time() + RETRY_NETWORK
                self._alarms.set("network", "critical", str(error))
                await asyncio.sleep(RETRY_NETWORK)
            else:
                break
        self.fault = ""
        self._alarms.clear("network")
        codecs = self._config.rtp.codecs
        settings = replace(agent_settings(self._config, self.local), codecs=spoken(codecs))
        if missing := lacking(codecs):
            self._alarms.set("codecs", "minor", in_words(missing))
        else:
            self._alarms.clear("codecs")
        self._agent = UserAgent(settings, self.draws, self._owner.occupied)
        self.began = self._loop.time()
        self._pump = Pump(self._agent, self._perform)
        self._pump.carry_out(self._agent.start(self._loop.time(), lines=()))
        self._owner.agent_ready()
        await self._look_out()

    async def _look_out(self) -> None:
        """Notice when our own address changes, and tell peers (REG-22)."""
        lost = False
        while True:
            await self._looks_again()
            self._keep_alive()
            peer = self._agent.peer if self._agent else None
            if peer is None:
                continue
            try:
                host = await self._seams.network.local_towards(peer)
            except NoSocketError:
                continue  # nothing is known, so nothing has changed
            except NetworkError as error:
                if not lost:
                    log_event("no-network", level=logging.WARNING, reason=str(error))
                    self._alarms.set("network", "critical", str(error))
                lost = True
                continue
            if self._config.sip.listen_address[0] not in ANY_ADDRESS:
                host = self.local.host
            if lost or host != self.local.host:
                lost = False
                self._alarms.clear("network")
                self._relocate(host)

    def _keep_alive(self) -> None:
        """Send empty lines that keep a NAT open; they are no messages, so no ladder shows them."""
        if self._agent and self._wire:
            for place in self._kept.due(self._agent.bound_at, self._loop.time()):
                self._wire.send(NOTHING, place)

    async def _looks_again(self) -> None:
        """Wait until the next look is due, or the kernel has news.

        When it is time has nothing to do with chance: a replay looks when the original did.
        """
        until = self._loop.time() + LOOK_OUT
        while (left := until - self._loop.time()) > 0.0:
            reminds_at = self._kept.deadline if self._wire else None
            soon = left if reminds_at is None else max(0.0, reminds_at - self._loop.time())
            if await self._hears(min(left, soon)):
                return
            self._keep_alive()

    async def _hears(self, pause: float) -> bool:
        """Whether the kernel has news within so many seconds, and it has settled down."""
        if self._news is None:
            await asyncio.sleep(pause)
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ways_changed.wait(), pause)
            await asyncio.sleep(SETTLED)
            self._ways_changed.clear()
            return True
        return False

    def _relocate(self, host: str) -> None:
        """Go on from our new address, or from the same one again."""
        old, self.local = self.local, replace(self.local, host=host)
        self._owner.relocated(old.host, host)
        log_event("address", old=old.host, new=host)
        if self._wire and old.host != host:
            self._wire.moved()
        self.feed(sip.AddressChanged(self.local))
        if old.host != host:
            self._owner.moved()

    async def _open_wire(self) -> None:
        """Find our own address towards the first server that has one, and listen.

        Raises:
            NetworkError: there is no way to any server, or the port is taken.
        """
        host, port = self._config.sip.listen_address
        local = await self._towards_a_server() if host in ANY_ADDRESS else host
        ears = Ears(
            self._received,
            self._not_sent,
            undelivered=lambda data, target, why: self._not_sent(target, why, data),
            garbled=self._garbled,
            reconnected=lambda target: self._tell(sip.Reconnected(target)),
            standing=self._standing,
            refused=lambda peer, why: self._owner.from_agent(sip.Dropped(peer, why)),
            admits=lambda peer: not self.barred(peer),
            keeps=self._keeps,
        )
        tls = None
        if self._transport is sip.Transport.TLS:
            tls = Security(files_of(self._config), self._config.sip.domain)
        at = sip.Address(host, port, self._transport)
        self._wire = await self._seams.network.listen(at, ears, tls)
        self.local = sip.Address(local, port, self._transport)

    async def _towards_a_server(self) -> str:
        network, config, reasons = self._seams.network, self._config.sip, []
        for server in config.server:
            try:
                port = config.port_of(server)
                for address in await network.resolve(server.host, port, self._transport):
                    return await network.local_towards(address)
            except NetworkError as error:
                reasons.append(str(error))
        raise NetworkError("; ".join(reasons))

    def _received(self, data: bytes, source: sip.Address) -> None:
        if self._pump:
            self._owner.on_wire(data, source, outward=False)
            self._pump.feed(sip.Datagram(data, source))

    def _garbled(self, data: bytes, source: sip.Address, why: str, status: int) -> None:
        if self._pump:
            self._owner.on_wire(data, source, outward=False)
            self._pump.feed(sip.Garbled(data, source, why, status))

    def _not_sent(self, target: sip.Address, reason: str, sent: bytes = b"") -> None:
        self._owner.undelivered(target, reason)
        self.feed(sip.TransportFailed(target, reason, sent))

    def _tell(self, event: sip.Input) -> None:
        self.feed(event)

    def _keeps(self, target: sip.Address) -> bool:
        """Connections to the servers stand for as long as we do: calls come in by them."""
        spoken = target.transport is self._transport and target.transport.reliable
        return spoken and self._agent is not None and self._agent.uses(target)

    def _standing(self, target: sip.Address, problem: str) -> None:
        """Set or clear the alarm of the connection to a server."""
        what = f"connection to {target}"
        if self._standing_so.get(target) == problem:
            return
        self._standing_so[target] = problem
        if problem:
            log_event("connection", level=logging.WARNING, server=str(target), reason=problem)
            self._alarms.set(what, "major", problem)
        else:
            log_event("connection", server=str(target), open=True)
            self._alarms.clear(what)

    def _perform(self, output: sip.Output) -> None:
        if isinstance(output, sip.Send):
            data, target = output.data, output.target
            self._owner.on_wire(data, target, outward=True)
            if target.transport.reliable and target == self.local:  # to ourselves (HB-08)
                self._loop.call_soon(self._received, data, self.local)
            elif self._wire:
                self._wire.send(data, target)
        elif isinstance(output, sip.Resolve):
            self._spawn(self._resolve(output.host, output.port))
        else:
            self._owner.from_agent(output)

    async def _resolve(self, host: str, port: int) -> None:
        try:
            found = await self._seams.network.resolve(host, port, self._transport)
        except NetworkError as error:
            self.feed(sip.Resolved(host, port, (), str(error)))
        else:
            self.feed(sip.Resolved(host, port, found))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
