"""LIVE2, LIVE3, LIVE4 and I4: what people do has its effect within a moment."""

from __future__ import annotations

from drivers.sim.si321x_linefeed import RINGING
from firmware.gateway import Gateway
from firmware.line.events import CallStatus
from firmware.media import messages as media
from firmware.port.port import Port
from firmware.sip.message import Request, Response
from firmware.sip.uri import SipUri, parse_uri
from firmware.tone import Tone
from firmware.trace.marks import Mark
from tests.simulation.confirming import LEAST
from tests.simulation.laws.law import Law, Passing, begins_a_call
from tests.simulation.reliable import wishes
from tests.simulation.servers import OURS

DIAL_TONE = 0.200
RELEASE = 0.700
"""The country's window: open for so long, the handset is on."""
IDLE = RELEASE + 0.100 + 0.040
"""And the chip's debounce, and the port's work."""
RINGS = 0.500
HELD = 0.6
"""A ring trip counts for so long, even when the handset is down again at once (the driver)."""
OUR_HOSTS = {ours.host for ours in OURS}
NOTICED = 2.5
"""Seconds in which the gateway finds out what has happened to a chip, and mends it."""
SETTLED = 1.5
"""Nothing is asked of a telephone that was moved so shortly before."""


class Liveness(Law):
    """Sets a check a moment after everything that somebody does."""

    def begins(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._rung: set[str] = set()
        self._refused: dict[str, int] = {}
        self._given_up: set[str] = set()
        self._offers: set[str] = set()
        self._idle: set[int] = set()
        self._up: dict[int, float] = {}
        """When a port came into service last, or its chip was in trouble."""

    def marked(self, mark: Mark) -> None:
        if mark.what in {"in service", "warning"}:
            self._up[mark.port] = mark.at

    # people

    def acted(self, port: int, what: str) -> None:
        loop, handset = self.world.loop, self.world.handsets[port]
        if what == "lifts":
            status = self._status(port)
            if status is CallStatus.IDLE and self._works(port) and self._was_down(port):
                loop.call_later(DIAL_TONE, self._has_tone, port, handset.moved)
        elif what == "hangs up":
            wait = IDLE if handset.firm else IDLE + HELD
            loop.call_later(wait, self._is_idle, port, handset.moved)

    def _was_down(self, port: int) -> bool:
        line = self.world.copper.card.chips[port - 1]
        return not self._port(port).hook.off_hook and not line.int_asserted

    def _has_tone(self, port: int, since: float) -> None:
        if self._moved(port, since) or not self._works(port):
            return
        silent = self.world.voices.tone(port) is Tone.SILENCE
        if silent and self._status(port) in {CallStatus.IDLE, CallStatus.DIAL_TONE}:
            self.breaks("LIVE3", f"port {port}: no tone {DIAL_TONE:g} s after the lift")

    def _is_idle(self, port: int, since: float) -> None:
        if self._moved(port, since) or not self._works(port):
            return
        status, after = self._status(port), self.world.loop.time() - since
        if status not in {CallStatus.IDLE, CallStatus.RINGING}:
            self.breaks("LIVE2", f"port {port}: {status} {after:.3f} s after the hang-up")
        running = self.world.voices.running
        if running and port in running.opened:
            self.breaks("I4", f"port {port}: voice is open {after:.3f} s after the hang-up")

    def told_media(self, command: media.Command) -> None:
        """Voice goes where the other side wanted it, and nowhere else (I4)."""
        if not isinstance(command, media.Open):
            return
        leg = self._port(command.port).leg
        place = command.host, command.rtp_port
        if leg is None or (command.sends and place not in self.world.court.described):
            self.breaks("I4", f"port {command.port}: voice to {place}, which nobody offered")

    def carried(self, source: tuple[str, int], target: tuple[str, int]) -> None:
        """The same of every single packet, and none after the hang-up."""
        running = self.world.voices.running
        if source[1] % 2 or running is None or source[0] not in OUR_HOSTS:
            return  # RTCP says goodbye a moment later
        port = next((p for p, local in running.local.items() if local == source), 0)
        if not port:
            self.breaks("I4", f"voice from {source} of a call that is over")
        elif target not in self.world.court.described:
            self.breaks("I4", f"port {port}: voice to {target}, which nobody offered")
        elif not self.world.handsets[port].off and self.world.handsets[port].still(IDLE + HELD):
            self.breaks("I4", f"port {port}: voice although the handset is down")

    # calls

    def coming(self, passing: Passing) -> None:
        if not begins_a_call(passing.message):
            return  # nobody asks who was idle
        ports = self._gateway.ports.values()
        self._idle = {p.number for p in ports if p.line.status is CallStatus.IDLE}

    def came(self, passing: Passing) -> None:
        message = passing.message
        if not isinstance(message, Request) or not self.world.operator.known(passing.peer):
            return
        if message.method in {"CANCEL", "BYE"}:
            self._given_up.add(message.call_id)
        elif begins_a_call(message):
            self._offered(message)

    def _offered(self, invite: Request) -> None:
        call_id = invite.call_id
        if call_id in self._offers:
            return
        self._offers.add(call_id)
        if b"RTP/AVP 9" in invite.body or self._disagrees(invite) or self._outdated(invite):
            return
        uri = parse_uri(invite.to.uri)
        for port, number in self.world.numbers.items():
            if isinstance(uri, SipUri) and uri.user_text == number and self._free(port):
                since = self.world.handsets[port].moved
                self.world.loop.call_later(RINGS, self._rings, port, call_id, since)

    def _outdated(self, invite: Request) -> bool:
        """It seeks a Contact of a service that has ended, which some server has kept."""
        gateway, target = self.world.gateway, invite.target
        if gateway is None or not isinstance(target, SipUri):
            return True
        return not gateway.signalling.line_of(target.user or "")

    def _disagrees(self, invite: Request) -> bool:
        """Over reliable provisional answers, or over how often a session is confirmed."""
        understands, insists = wishes(invite)
        ours = self.world.plan.prack
        brief = (invite.seconds("Session-Expires") or LEAST) < LEAST
        return brief or (insists and ours == "off") or (not understands and ours == "required")

    def _free(self, port: int) -> bool:
        """It could have rung when the INVITE came."""
        handset = self.world.handsets[port]
        down = not handset.off and handset.still(SETTLED)
        return down and port in self._idle and self._works(port)

    def _rings(self, port: int, call_id: str, since: float) -> None:
        if self._moved(port, since) or not self._works(port) or call_id in self._given_up:
            return
        if call_id not in self._rung:
            self.breaks("LIVE4", f"port {port}: no 180 {RINGS:g} s after the INVITE")
        chip = self.world.copper.card.chips[port - 1]
        if chip._core.wanted_linefeed != RINGING and call_id not in self._refused:
            self.breaks("LIVE4", f"port {port}: no bell {RINGS:g} s after the INVITE")

    def sent(self, passing: Passing) -> None:
        message = passing.message
        if isinstance(message, Response) and message.cseq.method == "INVITE":
            if message.status == 180:
                self._rung.add(message.call_id)
            elif message.status >= 300:
                self._refused[message.call_id] = message.status

    # small things

    def _moved(self, port: int, since: float) -> bool:
        return self.world.handsets[port].moved != since

    def _port(self, port: int) -> Port:
        return self._gateway.ports[port]

    def _status(self, port: int) -> CallStatus | None:
        found = self._gateway.ports.get(port)
        return found.line.status if found else None

    def _works(self, port: int) -> bool:
        """In service for a while, and voice runs."""
        found = self._gateway.ports.get(port)
        now = self.world.loop.time()
        hit = now - self.world.faults.hit(port) < NOTICED
        if hit or now - self._up.get(port, 0.0) < SETTLED:
            return False
        running = self.world.voices.running
        here = self.world.gateway is self._gateway
        voice = running is not None and running.alive and self._gateway.voice.ready is not None
        return bool(here and voice and found and found.in_service and not found.disabled)
