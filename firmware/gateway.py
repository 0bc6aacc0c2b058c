"""The whole box: voice, card, signalling joined, and the order in which they come to life.

The order is the hardware's: the media process opens the highway, so the clock runs; then
the chips are reset and started, side by side; each port that is fed is registered. In
reverse at the end. Whatever fails on the way is said in words, and the rest goes on.
"""

from __future__ import annotations

import asyncio
import socket

from drivers.slic import Slic
from firmware.binding_news import BindingNews
from firmware.card.rack import Rack
from firmware.card.words import card_settings, media_start
from firmware.causes import Cause
from firmware.codec_helper import WORKED
from firmware.config.schema import Config
from firmware.line.events import CallStatus
from firmware.log import event as log_event
from firmware.media import messages as media
from firmware.media.fax_messages import FaxReport
from firmware.net import NetworkError
from firmware.port.keying import Keying
from firmware.port.leg import Leg
from firmware.port.port import Port
from firmware.profiles import load as load_profile
from firmware.seams import Seams
from firmware.server_news import ServerNews
from firmware.settings import port_settings, wants_handshakes
from firmware.signalling import Signalling
from firmware.sip import events as sip
from firmware.sip.servers import ServerReport, ServerState
from firmware.trace.marks import Lane, Mark, Trace
from firmware.trace.past import TimeMachine
from firmware.trace.records import Alarms, History
from firmware.trace.taping import Taping
from firmware.trace.wire_marks import WireMarks
from firmware.voice_link import VoiceLink

AT_REST = {CallStatus.IDLE, CallStatus.HOWLER, CallStatus.LOCKOUT}
"""Call states in which nobody is at the telephone, even if its handset is not in place."""
JUST_POWERED = 120.0
"""Seconds of uptime; a service that starts later was started by somebody, not by the mains."""


class Gateway:
    """`start`, then it lives by itself; `stop` in good order.

    Args:
        config: checked.
        seams: everything below which there may be a simulation.
        past: the gateway of before, whose memory of events and calls this one has.
    """

    def __init__(self, config: Config, seams: Seams, past: Gateway | None = None) -> None:
        self.config = config
        self.seams = seams
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.trace: Trace = past.trace if past else Trace()
        self.first_mark = self.trace.count
        """Number of the first mark of this gateway; older ones are of the gateway before."""
        self.history: History = past.history if past else History(seams.wall_clock)
        self.past: TimeMachine = past.past if past else TimeMachine(seams.wall_clock())
        self.alarms: Alarms = Alarms(seams.wall_clock, past.alarms if past else None)
        self.profile = load_profile(config.gateway.country)
        card = card_settings(config)
        self.rack = Rack(
            card, seams.open_card, self._make_port, self, self.alarms, seams.calibrations,
            seams.chips,
        )  # fmt: skip
        self.voice = VoiceLink(seams, self._media_start, self, self.alarms)
        self.keying = Keying(seams.open_handshakes, self, self.alarms)
        self.taping = Taping(self.tell_media)
        self.signalling = Signalling(config, seams, self, self.alarms)
        self._servers = ServerNews(self.alarms, len(config.sip.server))
        self._numbers = {line.number: line.port for line in config.line}
        self._wire = WireMarks(self)
        self._bindings = BindingNews(self, self.alarms)
        self.quiet_until = self.began + self._start_delay
        """No REGISTER before this instant: at power-up not all boxes at once (REG-23)."""

    @property
    def dropped(self) -> int:
        """How many datagrams were refused or ignored."""
        return self._wire.dropped

    @property
    def ports(self) -> dict[int, Port]:
        """The ports by number; empty until the card is open."""
        return self.rack.ports

    @property
    def _lines(self) -> list[int]:
        return [port.number for port in self.ports.values() if port.settings.own_number]

    @property
    def _start_delay(self) -> float:
        """Seconds without REGISTER after a return of power; 0 after a restart of the service."""
        delay = self.seams.dice.random() * self.config.sip.start_delay
        return delay if self.seams.uptime() < JUST_POWERED else 0.0

    # life

    async def start(self) -> None:
        """Bring everything up; returns when all ports have been tried.

        Never raises for hardware or network: what is missing stands in the alarms, and is
        tried again.
        """
        self.keying.needs(handshakes=wants_handshakes(self.config))
        self.voice.start()
        self.signalling.start()
        await self.voice.up.wait()
        await self.rack.start()

    async def stop(self) -> None:
        """Release the calls, de-register, open the lines, stop the clock."""
        for port in self.ports.values():
            port.disable("the end of the service")
        await self.signalling.close(self._lines)
        self.rack.close()
        await self.keying.close()
        await self.voice.close()

    # another configuration: see renewal.py

    def in_use(self, port: int) -> bool:
        there = self.ports.get(port)
        return there is not None and (there.leg is not None or self.occupied(port))

    def adopt(self, config: Config) -> None:
        self.config = config
        self.profile = load_profile(config.gateway.country)
        self._numbers = {line.number: line.port for line in config.line}
        self.keying.needs(handshakes=wants_handshakes(config))

    def release(self, port: int, why: str) -> None:
        there = self.ports[port]
        if not there.disabled:
            there.disable(why)
            there.enable()

    async def renew_port(self, port: int) -> None:
        another = await self.signalling.renew_line(self.config, port)
        there = self.ports.get(port)
        if there and there.settings != port_settings(self.config, self.profile, port):
            await self.rack.renew(there)
        if there and another:
            self._register(self.ports[port])
        if there and self.ports[port].settings.own_number:
            self._tell_registration(self.ports[port])

    async def renew_signalling(self) -> None:
        await self.signalling.close(self._lines)
        self._servers.forget()
        self._servers = ServerNews(self.alarms, len(self.config.sip.server))
        self.signalling = Signalling(self.config, self.seams, self, self.alarms)
        self.signalling.start()

    async def renew_voice(self) -> None:
        self.media_lost()
        await self.voice.close()
        self.voice = VoiceLink(self.seams, self._media_start, self, self.alarms)
        self.voice.start()
        await self.voice.up.wait()

    # voice

    def _media_start(self) -> media.Start:
        return media_start(self.config, self.profile, realtime=self.seams.realtime)

    def media_ready(self) -> None:
        self.rack.clock_back()
        for port in self.ports.values():
            port.repeat_to_media()

    def media_lost(self) -> None:
        self.mark(0, Lane.HOUSE, "voice process lost", outward=False)
        self.rack.clock_lost()

    def from_media(self, report: media.Report) -> None:
        port = self.ports.get(getattr(report, "port", 0))
        if isinstance(report, media.Taped):
            self.taping.taped(report)
            return
        if isinstance(report, media.HandshakeRecord):
            self.keying.record(report.call, report.data)
            return
        if isinstance(report, media.Statistics) and report.final:
            if port is None or not port.legs.stretch_over(report):
                self.history.statistics(report)
            return
        if isinstance(report, FaxReport) and report.final:
            self.history.fax(report)
        if port:
            port.from_media(report)

    # card

    def _make_port(self, slic: Slic) -> Port:
        return Port(port_settings(self.config, self.profile, slic.port), self, slic)

    def port_up(self, port: Port) -> None:
        self._register(port)

    def port_down(self, port: Port) -> None:
        if port.settings.own_number:
            self.signalling.feed(sip.Deregister(port.number))

    def fault(self, port: Port, reason: str, *, again_at_once: bool) -> None:
        self.mark(port.number, Lane.HOUSE, "out of service", outward=False, detail=reason)
        self.port_down(port)
        self.rack.failed(port, reason, again_at_once=again_at_once)

    def warn(self, port: Port, reason: str) -> None:
        where = f"{self.rack.where(port)} line"
        if not reason:
            self.alarms.clear(where)
            return
        log_event("port-warning", port=port.number, reason=reason)
        self.mark(port.number, Lane.HOUSE, "warning", outward=False, detail=reason)
        self.alarms.set(where, "warning", reason)

    def set_enabled(self, port: Port, *, on: bool, who: str = "the operator") -> None:
        """Take a port into or out of service by the operator's word; it may be there already."""
        if on is not port.disabled:
            return
        word = "enabled" if on else "disabled"
        self.mark(port.number, Lane.HOUSE, word, outward=False, detail=f"by {who}")
        if on:
            port.enable()
            self._register(port)
            return
        port.disable(who)
        self.port_down(port)

    # signalling

    def agent_ready(self) -> None:
        for port in self.ports.values():
            self._register(port)

    def _register(self, port: Port) -> None:
        """A port that can be called is registered."""
        if port.in_service and not port.disabled and port.settings.own_number:
            wait = max(0.0, self.quiet_until - self.loop.time())
            self.signalling.feed(sip.Register(port.number, wait))

    def from_agent(self, output: sip.Output) -> None:
        match output:
            case sip.RegistrationReport(line, state):
                self._registration_changed(line, state)
            case ServerReport(state):
                self._server_changed(state)
            case sip.Offered(line=line, media=plan) if line in self.ports:
                if plan is not None and plan.codec in WORKED:
                    self.voice.warm()
                self.ports[line].offered(output)
            case sip.Offered(call=call):
                self.tell_agent(sip.Refuse(call, 480))
            case sip.MailboxReport(line, count, problem) if line in self.ports:
                self._mailbox(self.ports[line], count, problem)
            case sip.Dropped(source, why):
                self._wire.refused(source, why)
            case (
                sip.Proceeding() | sip.Established() | sip.MediaChanged() | sip.DigitTold()
                | sip.HoldRefused() | sip.FaxRefused() | sip.ReofferRefused() | sip.Ended()
            ):  # fmt: skip
                for port in self.ports.values():
                    port.from_agent(output)
            case _:
                pass  # for the wire

    def _mailbox(self, port: Port, count: int | None, problem: str) -> None:
        """Take how many messages wait for a line; None: nobody knows (RFC 3842)."""
        if count is None:
            self.mark(port.number, Lane.HOUSE, "mailbox", outward=False, detail=problem)
            log_event("mailbox", port=port.number, problem=problem)
            return
        if count != port.line.messages:
            what = "messages wait" if count else "no messages"
            self.mark(port.number, Lane.HOUSE, what, outward=False, detail=f"{count} new")
        port.messages(count)

    def _registration_changed(self, line: int, state: sip.RegistrationState) -> None:
        port = self.ports.get(line)
        if port is None:
            return
        self._bindings.changed(line, self.rack.where(port), state)
        self._tell_registration(port)

    def _tell_registration(self, port: Port) -> None:
        """Tell a port of its binding, which decides about dial tone (Q1-1)."""
        status = self.signalling.registration(port.number).status
        port.registration(
            registered=status is sip.RegisterStatus.REGISTERED,
            alive=self.signalling.server_lives(port.number),
        )

    def _server_changed(self, state: ServerState) -> None:
        """Take the new state of a server."""
        for what in self._servers.changed(state):
            self.mark(0, Lane.HOUSE, what, outward=False, detail=state.problem or state.address)
            log_event("server", rank=state.rank, server=state.name, news=what)
        for port in self.ports.values():
            if port.settings.own_number:
                self._tell_registration(port)

    def undelivered(self, target: sip.Address, reason: str) -> None:
        self._wire.undelivered(target, reason)

    def relocated(self, old: str, new: str) -> None:
        what = "the way out is there again" if old == new else f"{old} is {new} now"
        self.mark(0, Lane.HOUSE, "address", outward=False, detail=what)

    def moved(self) -> None:
        for port in self.ports.values():
            port.legs.moved()

    def occupied(self, line: int) -> bool:
        """Whether somebody uses that telephone, so that its line should not be moved now."""
        port = self.ports.get(line)
        return port is not None and port.line.status not in AT_REST

    def on_wire(self, data: bytes, peer: sip.Address, *, outward: bool) -> None:
        self._wire.passes(data, peer, outward=outward)

    def line_of(self, user: str) -> int:
        """The line of a user part; a back-to-back user agent says the Contact's in To."""
        return self._numbers.get(user) or self.signalling.line_of(user)

    # the house that ports live in

    def codecs_lost(self, codecs: tuple[str, ...]) -> None:
        self.mark(0, Lane.HOUSE, "codecs lost", outward=False, detail=" ".join(codecs))
        self.signalling.feed(sip.LoseCodecs(codecs))
        for port in self.ports.values():
            port.legs.codecs_lost(codecs)

    def tell_agent(self, event: sip.Input) -> None:
        if isinstance(event, sip.Invite) and self.config.rtp.codecs[0] in WORKED:
            self.voice.warm()  # while it rings
        if not self.signalling.feed(event) and isinstance(event, sip.Invite):
            port = self.ports[event.line]
            self.loop.call_soon(port.no_network, event.call, self.signalling.fault)

    def new_call(self) -> int:
        return self.signalling.new_call()

    def tell_media(self, command: media.Command, *sockets: socket.socket) -> None:
        self.voice.send(command, *sockets)

    def open_rtp(self) -> tuple[tuple[socket.socket, ...], sip.LocalMedia]:
        first, last = self.config.rtp.port_range
        host = self.signalling.local.host
        if not host:
            raise NetworkError(self.signalling.fault or "no network")
        sockets = self.seams.network.open_rtp(host, range(first, last + 1))
        port = sockets[0].getsockname()[1]
        return sockets, sip.LocalMedia(host, port, self.keying.fingerprint)

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
        self.keying.leave(leg.call)
        self.history.add(self.rack.settings.number, port, leg, why, self.loop.time())
        log_event("call-ended", port=port.number, peer=leg.number, cause=why.code.value)

    def local_time(self) -> str:
        return self.seams.local_time()
