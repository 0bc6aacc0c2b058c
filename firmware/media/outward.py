"""What the telephone says becomes packets, digits become events, silence comfort noise.

Periods of 20 ms come in. Packets of 20 ms leave at once; shorter ones leave in pairs, longer
ones as soon as they are full. The timestamp counts captured samples, whatever is sent.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.highway import PERIOD, RATE
from firmware.codecs import CODECS
from firmware.media.coding import Coding, Cutter
from firmware.media.comfort import PAYLOAD_TYPE as _COMFORT_NOISE
from firmware.media.endpoint import Endpoint
from firmware.media.g711 import translation
from firmware.media.hush import Hush
from firmware.media.messages import Open
from firmware.media.reports import Sent
from firmware.media.rtp import MARKER, RtpSender
from firmware.media.telephone_event import EventSender


class Outward:
    """The sending half of a call.

    Args:
        endpoint: where packets leave.
        law: of the highway.
        entropy: random octets.
    """

    def __init__(self, endpoint: Endpoint, law: str, entropy: Callable[[int], bytes]) -> None:
        self._endpoint = endpoint
        self._law = law
        self._entropy = entropy
        self._sender = RtpSender(entropy)
        self._events = EventSender()
        self._event_type: int | None = None
        self._payload_type = 0
        self._table: bytes | None = None
        self._size = PERIOD
        """Samples of a packet."""
        self._waiting = bytearray()
        """Samples that do not fill one yet."""
        self._coding: Coding | None = None
        self._cutter = Cutter("PCMA", 20)
        self._step = PERIOD
        """Of the timestamps, in a period."""
        self._sends = False
        self._plain = False
        """Each period is a packet, and a table makes its payload."""
        self._resumed = True
        """The next packet of voice is the first after a pause (marker, RFC 3551 section 4.1)."""
        self._hush: Hush | None = None
        self._packets = self._octets = 0
        self._before = 0
        """Packets of our streams before this one."""

    def change(self, message: Open, coding: Coding | None = None) -> None:
        """Obey a negotiation; `coding` does what no table can."""
        clock = CODECS[message.codec].clock
        self._payload_type = message.payload_type
        self._coding = coding
        if coding is None:
            self._table = translation(self._law, message.codec)
        self._cutter = Cutter(message.codec, message.ptime_ms)
        self._step = PERIOD * clock // RATE
        self._events.step = PERIOD * message.event_rate // RATE
        self._events.ratio = clock // message.event_rate
        self._size = message.ptime_ms * RATE // 1000
        self._event_type = message.event_tx
        self._sends = message.sends and bool(message.host)
        self._waiting.clear()
        self._plain = self._sends and coding is None and self._size == PERIOD
        if not self._sends:
            self._resumed = True
        if not message.comfort_noise or message.voice_band_data:
            self._hush = None
        elif self._hush is None:
            self._hush = Hush(self._law)
        self._plain = self._plain and self._hush is None

    def begin_anew(self) -> None:
        """Go on as another stream: its SSRC, sequence numbers and counts are new."""
        self._sender = RtpSender(self._entropy)
        self._before += self._packets
        self._packets = self._octets = 0
        self._waiting.clear()
        self._resumed = True

    @property
    def ssrc(self) -> int:
        """Of our stream."""
        return self._sender.ssrc

    @property
    def packets(self) -> int:
        """Sent in this call so far, in all its streams."""
        return self._before + self._packets

    @property
    def takes_digits(self) -> bool:
        """Digits go to the peer as telephone-events, not as sound."""
        return self._event_type is not None

    def press(self, digit: str) -> None:
        """A digit begins, or the flash ``!``, which has no length."""
        if self._sends and self.takes_digits:
            self._events.press(digit)

    def release(self) -> None:
        """The digit is over."""
        self._events.release()

    def send(self, payload: bytes) -> None:
        """A period of the telephone, in the highway's law."""
        sender = self._sender
        if self._plain and not self._events.busy:  # nearly always
            self._send_period(payload)
        elif self._sends:
            coding = self._coding
            if coding is not None:  # what was said a period ago, if it was worked elsewhere
                self._send_coded(coding)
            if self._events.busy:
                self._send_events()
            elif self._hush is not None and self._silent(self._hush, payload):
                pass
            elif coding is not None:
                coding.encode(sender.timestamp, payload)
                self._send_coded(coding)
            elif self._size == PERIOD:
                self._send_period(payload)
            else:
                self._send_pieces(payload)
        sender.timestamp = (sender.timestamp + self._step) & 0xFFFFFFFF

    def _send_period(self, payload: bytes) -> None:
        """A packet as long as a period."""
        kind = self._payload_type
        if self._resumed:
            kind |= MARKER
            self._resumed = False
        if self._table is not None:
            payload = payload.translate(self._table)
        packet = self._sender.next(kind, payload)
        if self._endpoint.send(packet):
            self._packets += 1
            self._octets += PERIOD

    def _send_coded(self, coding: Coding) -> None:
        """What has been made of earlier periods, or of this one."""
        for made_at, made in coding.encoded():
            for timestamp, payload in self._cutter.cut(made_at, made):
                self._send_at(timestamp, self._payload_type, payload, marker=self._resumed)
                self._resumed = False

    def _send_pieces(self, payload: bytes) -> None:
        """Packets that are no period long."""
        if self._table is not None:
            payload = payload.translate(self._table)
        waiting, size = self._waiting, self._size
        begin = self._sender.timestamp - len(waiting)
        waiting += payload
        while len(waiting) >= size:
            piece = bytes(waiting[:size])
            del waiting[:size]
            self._send_at(begin, self._payload_type, piece, marker=self._resumed)
            self._resumed = False
            begin += size

    def _send_at(self, timestamp: int, kind: int, payload: bytes, *, marker: bool = False) -> None:
        packet = self._sender.packet_at(timestamp & 0xFFFFFFFF, kind, payload, marker=marker)
        if self._endpoint.send(packet):
            self._packets += 1
            self._octets += len(payload)

    def _send_events(self) -> None:
        self._waiting.clear()
        kind = self._event_type
        for event in self._events.packets(self._sender.timestamp):
            if kind is not None:
                self._send_at(event.timestamp, kind, event.payload, marker=event.marker)

    def _silent(self, hush: Hush, payload: bytes) -> bool:
        """Whether nothing need be said; the level of the noise is told when it begins."""
        if not hush.feed(payload):
            return False
        level = hush.news()
        if level is not None:
            self._send_at(self._sender.timestamp, _COMFORT_NOISE, bytes((level,)))
        self._waiting.clear()
        self._resumed = True
        return True

    def sent(self) -> Sent:
        """So far."""
        sender = self._sender
        return Sent(sender.ssrc, sender.timestamp, self._packets, self._octets)
