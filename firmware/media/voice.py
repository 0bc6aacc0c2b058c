"""The voice of one call: a period of the telephone becomes a packet, packets become a period."""

from __future__ import annotations

from struct import Struct

from drivers.highway import PERIOD, RATE
from firmware.codecs import CODECS, Home
from firmware.media.coding import PERIOD_MS, Arrived, Coding, Timeline, coding
from firmware.media.collision import Collisions
from firmware.media.comfort import PAYLOAD_TYPE as _COMFORT_NOISE
from firmware.media.comfort import ComfortNoise
from firmware.media.common import Common
from firmware.media.endpoint import Endpoint, RtpSocket
from firmware.media.fixed import FixedBuffer
from firmware.media.g711 import translation
from firmware.media.heard import Heard
from firmware.media.jitter import JitterBuffer
from firmware.media.messages import (
    Digit,
    HandshakeRecord,
    Open,
    Statistics,
)
from firmware.media.outward import Outward
from firmware.media.quality import Counts, Quality
from firmware.media.reports import Reports, RtcpSocket
from firmware.media.rtp import (
    HEADER,
    MARKER,
    RTCP_TYPES,
    VERSION,
    Arrival,
    Source,
    payload_span,
)
from firmware.media.srtp import Guard, Vault
from firmware.media.telephone_event import EventReceiver
from firmware.media.xr import VoipMetrics

AT_ONCE = 16
"""Packets taken a tick: more is a flood, and the rest waits in the kernel."""
STATISTICS_TICKS = 250
"""5 s."""
_STATIC = {0: "PCMU", 8: "PCMA"}
_HEADER_SIZE = HEADER.size
_WORDS = Struct(">III")
"""The same header: version, payload type and sequence number are one number."""
_ALIKE, _COUNTED = 0xFFFF_0000, 0xFFFF
"""What all ordinary packets have in the first word, and what counts them."""
_LOOKS = 3
"""Periods between two looks whether more has come than usual."""
_NONE = -1
_NEWEST, _REORDERED = Arrival.NEWEST, Arrival.REORDERED
_RESTARTED, _DOUBTFUL, _DUPLICATE = Arrival.RESTARTED, Arrival.DOUBTFUL, Arrival.DUPLICATE


class Voice:
    """An open call of a port.

    Args:
        message: what was negotiated; `change` takes a later one.
        sockets: for RTP, and for RTCP if the peer is to get reports.
        common: what all ports have.
        vault: what is remembered of keys.
    """

    def __init__(
        self,
        message: Open,
        sockets: tuple[RtpSocket, RtcpSocket | None],
        *,
        common: Common,
        vault: Vault,
    ) -> None:
        law, jitter_ms, entropy, tape = common.law, common.jitter_ms, common.entropy, common.tape
        self._helper = common.helper
        self._codec = ""
        self._coding: Coding | None = None
        """Of the codec; None: a table does it."""
        self._coded = frozenset[int]()
        """Payload types of it."""
        self._timeline = Timeline(RATE)
        self._vault = vault
        self._guard: Guard | None = None
        """Of what is protected in this call, or was."""
        self._port, self._call = message.port, message.call
        self._law = law
        self._report = common.report
        rtp_socket, rtcp_socket = sockets
        self.endpoint = self._endpoint = Endpoint(rtp_socket, tape.keeper(message.call))
        self.outward = Outward(self._endpoint, law, entropy)
        self._source = Source()
        self._reports = (
            None
            if rtcp_socket is None
            else Reports(rtcp_socket, self._source, entropy, tape.clock, common.steady)
        )
        self._jitter: JitterBuffer | FixedBuffer
        self._jitter = JitterBuffer(law, least_ms=jitter_ms[0], most_ms=jitter_ms[1])
        self._most_ms = jitter_ms[1]
        self._quality = Quality(self._source, self._jitter, jitter_ms[1])
        self._collisions = Collisions(
            message, common.report, self.outward, self._endpoint, self._reports
        )
        if self._reports is not None:
            self._reports.ours = self._metrics
        self._far_ptime_ms = PERIOD * 1000 // RATE
        """Of the far end's packets, by their length."""
        self._events_in = EventReceiver()
        self._looking = 0
        """Periods until all that has come is taken. In the others only as many packets as usual
        are: to find out that there are no more costs half as much as a packet."""
        self._usual = 1
        self._ticks = 0
        self._heard = Heard(message.port, message.call, common.report)
        self.digits = ""
        """Digits of the peer not yet played to the telephone."""
        self.data = False
        """What sounds is data (`Open.voice_band_data`); it stays so for the call."""
        self.change(message)
        self.play = self._jitter.pop
        self.send = self.outward.send

    def change(self, message: Open) -> None:
        """Obey a later negotiation.

        Raises:
            MediaError: codec or protection is none of ours, or the address is none; nothing
                changes.
        """
        anew = message.codec != self._codec
        made = coding(self._law, message.codec, self._helper) if anew else self._coding
        guard = self._guarded(message)
        self._endpoint.aim(message.host, message.rtp_port)
        self._endpoint.guard = guard
        if self._reports is not None:
            port = message.rtp_port + 1 if message.rtcp_port is None else message.rtcp_port
            self._reports.aim(message.rtcp_host or message.host, port)
            self._reports.over = self._endpoint.send if message.rtcp_mux else None
            self._reports.guard = guard
        self._speak(message, made)
        self.outward.change(message, made)
        self._event_rx = message.event_rx
        self.takes_digits = message.event_tx is not None or message.mutes_digits
        """Digits go to the peer as events, or signalling tells of them: not as sound."""
        self.receives = message.receives
        kind = message.payload_type if message.payload_type_rx is None else message.payload_type_rx
        self._table = self._inward[kind]
        self._wanted = kind if message.receives and made is None else _NONE
        self._next = _NONE
        """First word of the packet after the newest: it needs no more looking at, once the peer is
        known. Most come as they are expected."""
        self._heard.at = self._ticks
        if message.voice_band_data and not self.data:
            self._become_data()

    def move(self, rtp_socket: RtpSocket, rtcp_socket: RtcpSocket | None) -> None:
        """Go on from another address of ours."""
        self._endpoint.move(rtp_socket)
        self._next = _NONE
        if rtcp_socket is not None and self._reports is not None:
            self._reports.move(rtcp_socket)
        elif rtcp_socket is not None:
            rtcp_socket.close()

    def _speak(self, message: Open, made: Coding | None) -> None:
        """Understand this codec from now on; beside one of the same clock G.711 as well."""
        facts = CODECS[message.codec]
        if self._coding is not None and self._coding is not made:
            self._coding.close()
        if message.codec != self._codec:
            self._timeline = Timeline(facts.clock)
        self._coding, self._codec = made, message.codec
        ours = message.payload_type_rx
        kinds = {message.payload_type, message.payload_type if ours is None else ours}
        codecs = dict(_STATIC) if facts.clock == RATE else {}
        if made is None:
            codecs |= dict.fromkeys(kinds, message.codec)
        self._inward = {kind: translation(codec, self._law) for kind, codec in codecs.items()}
        self._coded = frozenset(kinds) if made is not None else frozenset()
        self._inward |= dict.fromkeys(self._coded)
        self._quality.codec = facts.ie, facts.bpl
        self._quality.away_ms = PERIOD_MS if facts.home is Home.HELPER else 0
        self._events_in.step = PERIOD * message.event_rate // RATE
        self._events_in.ratio = facts.clock // message.event_rate
        if self._reports is not None:
            self._reports.clock = facts.clock

    def _become_data(self) -> None:
        """From now on the delay stays as it is, and nothing is made up."""
        self.data = True
        fixed = FixedBuffer(self._law, self._jitter, most_ms=self._most_ms)
        self._jitter = self._quality.jitter = fixed
        self.play = fixed.pop

    def _guarded(self, message: Open) -> Guard | None:
        """Whoever encrypts from now on; keys that stay keep their counts of packets."""
        if message.protection is None:
            return None
        if self._guard is None:
            self._guard = Guard(self._vault, message.protection, message.stood)
        elif self._guard.use(message.protection):
            self.outward.begin_anew()  # the far end may count on by the new key, or not
        self._guard.on_record = self._shook if message.protection.handshakes else None
        return self._guard

    def _shook(self, data: bytes) -> None:
        self._report(HandshakeRecord(port=self._port, call=self._call, data=data))

    @property
    def call(self) -> int:
        """Whose voice it is."""
        return self._call

    def press(self, digit: str) -> None:
        """The telephone has begun a digit."""
        self.outward.press(digit)

    def release(self) -> None:
        """The digit is over."""
        self.outward.release()

    def receive(self) -> None:
        """Take what has come since the last period."""
        self._ticks += 1
        endpoint = self._endpoint
        if self._looking:
            self._looking -= 1
            for _ in range(self._usual):
                data = endpoint.receive()
                if data is None:  # fewer than usual: the next are many, or later
                    self._looking = 0
                    break
                if len(data) > _HEADER_SIZE:
                    self._take(data)
        else:
            self._look()
        if self._coding is not None:
            for arrived, samples in self._coding.decoded():
                self._put(arrived, samples)
        if not self._ticks % 50:
            self._each_second()
        if not endpoint.settled:
            endpoint.tick()
        if self._events_in.active:
            self._events_in.tick()

    def _look(self) -> None:
        """Take all that has come."""
        taken = 0
        while taken < AT_ONCE and (data := self._endpoint.receive()) is not None:
            taken += 1
            if len(data) > _HEADER_SIZE:
                self._take(data)
        self._usual = taken or 1
        self._looking = _LOOKS if taken else 0

    def _take(self, data: bytes) -> None:
        """One datagram of the peer."""
        word, timestamp, ssrc = _WORDS.unpack_from(data)
        if word == self._next and ssrc == self._source.ssrc:  # nearly all packets
            self._next = word & _ALIKE | word + 1 & _COUNTED
            ticks = self._heard.at = self._ticks
            self._source.followed(timestamp, ticks * PERIOD)
            payload = data[_HEADER_SIZE:]
            if self._table is not None:
                payload = payload.translate(self._table)
            self._jitter.follow(timestamp, payload)
            return
        first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
        if second in RTCP_TYPES and self._reports is not None and self._reports.over is not None:
            self._reports.take(data, self.outward.sent().ssrc)
            return
        start, end = _HEADER_SIZE, len(data)
        if first != VERSION:
            span = payload_span(data, end)
            if span is None:
                self._endpoint.rejected += 1
                return
            start, end = span
        kind = second & ~MARKER
        if kind not in self._inward and kind not in (self._event_rx, _COMFORT_NOISE):
            self._endpoint.rejected += 1
            return
        if ssrc == self.outward.ssrc and not self._collisions.met():
            return
        if not self._endpoint.settled:
            self._endpoint.heard()
        self._heard.came(self._ticks, self._endpoint.peer)
        arrival = self._source.arrived(ssrc, sequence)
        ordinary = kind == self._wanted and arrival in (_NEWEST, _RESTARTED)
        if ordinary and self._endpoint.settled:
            self._next = VERSION << 24 | kind << 16 | sequence + 1 & _COUNTED
        else:
            self._next = _NONE
        self._take_in_order(arrival, second, sequence, timestamp, data[start:end])

    def _take_in_order(
        self, arrival: Arrival, second: int, sequence: int, timestamp: int, payload: bytes
    ) -> None:
        """A good packet, as its place in the order wants."""
        if arrival is _DUPLICATE or arrival is _DOUBTFUL:
            return
        if arrival is _RESTARTED:
            self._jitter.restart()
        kind = second & ~MARKER
        if kind not in self._inward:
            self._take_other(kind, payload, second, sequence, timestamp, arrival)
            return
        place = self._timeline.samples(timestamp)
        self._source.timed(place, self._ticks * PERIOD)
        if not self.receives:
            return
        arrived = Arrived(place, sequence, arrival is not _REORDERED, second >= MARKER)
        if self._coding is not None and kind in self._coded:
            self._coding.decode(arrived, payload)
            return
        table = self._inward[kind]
        self._put(arrived, payload if table is None else payload.translate(table))

    def _put(self, arrived: Arrived, samples: bytes) -> None:
        """Voice in the highway's law, in its place."""
        late = self._jitter.late
        self._jitter.put(arrived.timestamp, samples, newest=arrived.newest, marker=arrived.marker)
        if self._jitter.late != late:
            self._source.discarded(arrived.sequence)
        elif samples:
            self._far_ptime_ms = len(samples) * 1000 // RATE

    def _take_other(
        self,
        kind: int,
        payload: bytes,
        second: int,
        sequence: int,
        timestamp: int,
        arrival: Arrival,
    ) -> None:
        """Comfort noise or a telephone-event: voice rests meanwhile."""
        if kind == _COMFORT_NOISE and kind != self._event_rx:
            if self.receives and arrival is not _REORDERED:
                self._jitter.rest(ComfortNoise(self._law, payload, sequence))
            return
        self._jitter.rest()
        digit = self._events_in.feed(
            payload,
            ssrc=self._source.ssrc,
            timestamp=timestamp,
            sequence=sequence,
            marker=bool(second & MARKER),
            newest=arrival is not _REORDERED,
        )
        if digit is not None:
            self.digits += digit
            self._report(Digit(port=self._port, digit=digit, duration_ms=0, source="rtp"))

    def _metrics(self) -> VoipMetrics | None:
        reports = self._reports
        return None if reports is None else self._quality.metrics(reports, self._far_ptime_ms)

    def _each_second(self) -> None:
        if self._heard.silent(self._ticks):
            self._next = _NONE
        self._quality.second()
        if self._reports is not None:
            self._reports.second(self.outward.sent())
        if self._ticks % STATISTICS_TICKS == 0:
            self._report(self.statistics())
        if self.receives:
            self._heard.second(self._ticks)

    def statistics(self, *, final: bool = False) -> Statistics:
        """The call so far in figures."""
        reports = self._reports
        rejected = self._endpoint.rejected + (reports.rejected if reports else 0)
        counts = Counts(
            self._port,
            self._call,
            self.outward.packets,
            rejected,
            self._far_ptime_ms,
            self._collisions.looped,
            self._guard.forged if self._guard else 0,
            self._guard.replayed if self._guard else 0,
            self._guard.stood if self._guard else None,
        )
        return self._quality.statistics(counts, reports, final=final)

    def close(self) -> None:
        """The call has ended."""
        self._endpoint.close()
        if self._coding is not None:
            self._coding.close()
        if self._reports is not None:
            self._reports.close(self.outward.sent())
        self._report(self.statistics(final=True))
