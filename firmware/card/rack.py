"""The card and its ports: start them side by side, poll and check them, and try them again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, Protocol

from drivers.board import Card, CardSettings
from drivers.errors import BringUpError, DriverError
from drivers.si321x_identity import STEP as IDENTIFICATION
from drivers.slic import Slic
from firmware.card.calibrations import Calibrations
from firmware.card.chain import ChainKeeper
from firmware.card.head_start import Chips
from firmware.log import event as log_event
from firmware.port.port import Port
from firmware.seams import Later
from firmware.trace.records import Alarms

HEALTH = Card.check_every
"""Seconds between two checks whether a chip has kept its state."""
RETRY = (10.0, 3600.0)
"""Seconds until a failed line circuit is started again: at first, doubling, and at most."""
RESETS = 6, 3600.0
"""How often, in how many seconds, a chip that has lost its state is started again at once."""
CLOCKLESS = 1.0
"""Seconds that the chips may be without PCM clock before they are held in reset.

A media process that is started again takes that long. The reset takes the voltage off the lines.
"""
QUIET_TURNS = 2
"""A line that nobody uses is glanced at in every second slow poll: half the bus, and a lift that
no interrupt tells of is found within 100 ms. While nobody uses any, the other half is left out."""
DRAIN = 8
"""Rounds of polling while the interrupt stays asserted; then the slow poll has to do."""
STORM = 200
"""Most interrupts in a second; those above that are left to the slow poll."""


class Owner(Protocol):
    """Hears which ports have come up, and which are down because the whole card is."""

    def port_up(self, port: Port) -> None: ...
    def port_down(self, port: Port) -> None: ...


class Rack:
    """One card with its ports.

    Args:
        settings: which card.
        open_card: opens it.
        make_port: joins a line circuit to the rest of the gateway.
        owner: hears of ports that have come up or gone down.
        alarms: where faults are shown.
        calibrations: what the chips measured, from one process to the next.
        ahead: the card, if it is on its way up already.
    """

    def __init__(
        self,
        settings: CardSettings,
        open_card: Callable[[CardSettings], Card],
        make_port: Callable[[Slic], Port],
        owner: Owner,
        alarms: Alarms,
        calibrations: Calibrations,
        ahead: Chips | None = None,
    ) -> None:
        self.settings = settings
        self.card: Card | None = None
        self.ports: dict[int, Port] = {}
        self._open_card = open_card
        self._make_port = make_port
        self._owner = owner
        self._alarms = alarms
        self._calibrations = calibrations
        self._ahead = ahead
        self._loop = asyncio.get_running_loop()
        self._later = Later(self._loop.call_later)
        self._tasks: set[asyncio.Task[None]] = set()
        self._retry: dict[int, float] = {}
        self._resets: dict[int, list[float]] = {}
        self._turn = 0
        self._edge_waits = False
        self._edges, self._edges_since = 0, 0.0
        self._starting: set[int] = set()
        self._unknown: set[int] = set()
        """Ports at which no chip was found."""
        self._chain = ChainKeeper(
            self._all_ports, self._later, self._loop.time, self._restart_chain
        )
        self._clock = True
        self._held = False
        self._closed = False

    async def start(self) -> None:
        """Open the card and bring its ports up; the PCM clock must run. Never raises."""
        try:
            begun = self._ahead.card(self.settings) if self._ahead else None
            self.card = begun or self._open_card(self.settings)
        except DriverError as error:
            log_event("no-card", level=logging.ERROR, reason=str(error))
            self._alarms.set("card", "critical", str(error))
            self._later.start("card", RETRY[0], lambda: self._spawn(self.start()))
            return
        self._alarms.clear("card")
        self.ports = {slic.port: self._make_port(slic) for slic in self.card.slics}
        if not (self._ahead and self._ahead.recalled):
            for number, known in self._calibrations.known(self.settings).items():
                if port := self.ports.get(number):
                    port.slic.recall(known)
        self.card.watch(self._edge)  # a port works as soon as it is up, whatever the others do
        self._slow_poll()
        self._health()
        await self._start_chips(self.card)

    def close(self) -> None:
        """Open the lines, hold the chips in reset; an edge that comes later changes nothing."""
        self._closed = True
        self._later.stop_all()
        for task in tuple(self._tasks):
            task.cancel()
        for port in self.ports.values():
            port.close()
        if self.card:
            self.card.close()

    async def renew(self, old: Port) -> None:
        """Let a port have other settings; nobody uses its telephone now.

        Its chip is started again only if it has to be told something else.
        """
        works = old.in_service
        self._later.stop(f"port {old.number}")
        old.retire()
        port = self.ports[old.number] = self._make_port(old.slic)
        port.disabled, port.fault = old.disabled, old.fault
        if works and port.settings.slic == old.settings.slic:
            port.take_over()
        else:
            await self._bring_up(port)
        port.repeat_to_media()

    def clock_lost(self) -> None:
        """The PCM clock has stopped: hold the chips in reset if it does not come back soon."""
        if self._clock:
            self._clock = False
            self._later.start("clock", CLOCKLESS, self._hold)

    def clock_back(self) -> None:
        """The PCM clock runs again."""
        self._clock = True
        self._later.stop("clock")
        if self._held and self.card:
            self._held = False
            self._spawn(self._start_chips(self.card))

    def failed(self, port: Port, reason: str, *, again_at_once: bool) -> None:
        """A line circuit failed: show it, and try it again later."""
        log_event("port-fault", level=logging.ERROR, port=port.number, reason=reason)
        self._alarms.set(self.where(port), "critical", reason)
        again_at_once = again_at_once and self._may_again(port)
        wait = 0.0 if again_at_once else self._retry.get(port.number, RETRY[0])
        if not again_at_once:
            self._retry[port.number] = min(2 * wait, RETRY[1])
        known = port.number in self._starting and port.number not in self._unknown
        alone = again_at_once and port.slic.restorable  # its neighbours talk on
        if self.card and self.card.chained and not known and not alone:
            self._chain.lost(urgent=again_at_once)
            return
        self._later.start(f"port {port.number}", wait, lambda: self._try_again(port))

    def _try_again(self, port: Port) -> None:
        """Start a line circuit again; all of them, by their reset wire, where not one works.

        Somebody else may have pulled that wire, and then no chip hears anything.
        """
        dead = all(one.fault for one in self.ports.values()) and not self._starting
        if self.card is None or self.card.chained or self._held or not dead:
            self._spawn(self._bring_up(port))
            return
        for number in self.ports:
            self._later.stop(f"port {number}")
        self._spawn(self._start_chips(self.card))

    def _may_again(self, port: Port) -> bool:
        """A chip that loses its state again and again is not started at once for ever."""
        now = self._loop.time()
        lately = [at for at in self._resets.get(port.number, []) if at > now - RESETS[1]]
        self._resets[port.number] = [*lately, now]
        return len(lately) < RESETS[0]

    def where(self, port: Port) -> str:
        """The name of a port in alarms and tables: ``[1:2]``."""
        return f"[{self.settings.number}:{port.number}]"

    def _all_ports(self) -> Iterable[Port]:
        return self.ports.values()

    def _restart_chain(self) -> None:
        if self.card and not self._held:
            self._stop_ports("the chain is started again")
            self._spawn(self._start_chips(self.card))

    def _stop_ports(self, why: str) -> None:
        for port in self.ports.values():
            self._later.stop(f"port {port.number}")
            port.lose(why)
            self._owner.port_down(port)

    async def _start_chips(self, card: Card) -> None:
        begun = self._ahead.reset() if self._ahead else None
        if begun is None:
            self._ahead = None  # what it began does not outlive another reset
        try:
            for delay in begun or card.reset():
                await asyncio.sleep(delay)
        except DriverError as error:
            for port in self.ports.values():
                port.fail(str(error))
            return
        await asyncio.gather(*(self._bring_up(port) for port in self.ports.values()))
        self._chain.started()

    async def _bring_up(self, port: Port) -> None:
        if self._held or port.number in self._starting:
            return  # without a clock nothing answers; `clock_back` starts it
        self._starting.add(port.number)
        try:
            for delay in port.bring_up(self._begun(port)):
                await asyncio.sleep(delay)
        except DriverError as error:
            if isinstance(error, BringUpError) and error.step == IDENTIFICATION:
                self._unknown.add(port.number)
            port.fail(str(error))
            return
        finally:
            self._starting.discard(port.number)
        self._later.stop(f"port {port.number}")
        self._unknown.discard(port.number)
        self._retry.pop(port.number, None)
        self._alarms.clear(self.where(port))
        log_event("port-up", port=port.number, chip=port.slic.chip)
        self._owner.port_up(port)
        self._keep()

    def _begun(self, port: Port) -> Iterator[float] | None:
        """The rest of a start that is under way already; None: there is none."""
        return self._ahead.bring_up(port.number, port.settings.slic) if self._ahead else None

    def _keep(self) -> None:
        """Keep what the chips have measured, for the next process."""
        measured = ((number, port.slic.calibration) for number, port in self.ports.items())
        self._calibrations.keep(self.settings, {n: one for n, one in measured if one})

    async def _balance(self, port: Port) -> None:
        try:
            for delay in port.balance():
                await asyncio.sleep(delay)
        except DriverError as error:
            port.fail(str(error))
            return
        self._keep()

    def _hold(self) -> None:
        if self.card is None:
            return
        self._held = True
        log_event("card-held", level=logging.ERROR, reason="no PCM clock")
        self._stop_ports("the PCM clock stopped")
        self.card.hold()

    def _edge(self) -> None:
        """Hand an interrupt over to the loop; it is called on a thread of the pins' library."""
        if not self._edge_waits:
            self._edge_waits = True
            self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        """Poll all chips until the interrupt, which they share, is released."""
        self._edge_waits = False
        if self._closed:
            return
        now = self._loop.time()
        if now - self._edges_since >= 1.0:
            self._edges_since, self._edges = now, 0
        self._edges += 1
        if self._edges > STORM:
            if self._edges == STORM + 1:
                log_event("interrupt-storm", level=logging.WARNING, card=self.settings.number)
            return
        self._poll_later()
        for _ in range(DRAIN):
            for port in self.ports.values():
                port.look()
            if self.card is None or not self.card.interrupt_asserted:
                return

    def _slow_poll(self) -> None:
        """Look without an interrupt: an edge may have been lost, or the wire be dead.

        The level of the wire is the word of all chips. Where it says nothing, lines in use are
        glanced at each time, and the others in turn.
        """
        quiet = all(port.quiet for port in self.ports.values())
        self._poll_later(QUIET_TURNS if quiet else 1)
        self._turn = (self._turn + 1) % QUIET_TURNS
        asked = self.card is not None and self.card.interrupt_asserted
        for port in self.ports.values():
            if asked or quiet or not port.quiet or port.number % QUIET_TURNS == self._turn:
                port.look(at_a_glance=not asked)

    def _poll_later(self, periods: int = 1) -> None:
        if self.card:
            self._later.start("poll", periods * self.card.slow_poll, self._slow_poll)

    def _check_later(self) -> None:
        if self.card:
            self._later.start("health", self.card.check_every, self._health)

    def _health(self) -> None:
        self._check_later()
        for port in self.ports.values():
            port.check()
            if port.wants_balance:
                self._spawn(self._balance(port))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
