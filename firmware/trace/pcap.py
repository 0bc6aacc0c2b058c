"""Capture files as tshark and Wireshark read them: bare IP packets with UDP in them."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass

_FILE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)  # 101: LINKTYPE_RAW
_UDP, _HOPS = 17, 64


@dataclass(frozen=True, slots=True)
class Datagram:
    """One UDP datagram."""

    at: float
    """Seconds since 1970."""
    source: tuple[str, int]
    target: tuple[str, int]
    data: bytes


def capture(datagrams: Iterable[Datagram]) -> bytes:
    """A whole file, in the order of time."""
    parts = [_FILE]
    for one in sorted(datagrams, key=lambda datagram: datagram.at):
        packet = _packet(one)
        seconds = int(one.at)
        micros = min(999_999, round((one.at - seconds) * 1e6))
        parts.append(struct.pack("<IIII", seconds, micros, len(packet), len(packet)))
        parts.append(packet)
    return b"".join(parts)


def _packet(one: Datagram) -> bytes:
    source, target = (ipaddress.ip_address(host) for host, _ in (one.source, one.target))
    ports = struct.pack("!HH", one.source[1], one.target[1])
    size = 8 + len(one.data)
    if source.version == 4:
        pseudo = source.packed + target.packed + struct.pack("!BBH", 0, _UDP, size)
    else:
        pseudo = source.packed + target.packed + struct.pack("!IHBB", size, 0, 0, _UDP)
    sum_ = _checksum(pseudo + ports + struct.pack("!HH", size, 0) + one.data) or 0xFFFF
    udp = ports + struct.pack("!HH", size, sum_) + one.data
    if source.version == 6:
        return (
            struct.pack("!IHBB", 6 << 28, size, _UDP, _HOPS) + source.packed + target.packed + udp
        )
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 0, 0, _HOPS, _UDP, 0)
    head += source.packed + target.packed
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + udp


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)
