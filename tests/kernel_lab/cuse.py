"""A SPI device file that a program serves: /dev/spidevB.C through the kernel's CUSE.

The client is the unmodified package spidev. What is behind the file is a function from the
bytes of one chip-select assertion to as many bytes: here, a simulated chip.

The protocol is FUSE's (Linux `include/uapi/linux/fuse.h`), the requests are spidev's
(`include/uapi/linux/spi/spidev.h`). `SpiFile` is pure: bytes of a request in, bytes of the
answer out; `serve` joins it to /dev/cuse.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

OPEN, READ, WRITE, RELEASE, FLUSH, INTERRUPT, IOCTL, INIT = 14, 15, 16, 18, 25, 36, 39, 4096
HEAD = struct.Struct("<IIQQIIIHH")
"""Of a request: length, opcode, unique, node, uid, gid, pid, two of padding."""
ANSWER = struct.Struct("<IiQ")
"""Of an answer: length, negative errno, unique."""
IOCTL_ASKED = struct.Struct("<QIIQII")
"""Handle, flags, command, argument, bytes in, room for bytes out."""
IOCTL_DONE = struct.Struct("<iIII")
"""Result, flags, areas to fetch, areas to store."""
AREA = struct.Struct("<QQ")
"""Address and length in the caller's memory."""
TRANSFER = struct.Struct("<QQIIHBBBBBB")
"""spi_ioc_transfer: tx, rx, length, speed, delay, bits, cs_change and four that do not matter."""
RETRY = 4
"""Come again, with these areas of the caller's memory."""
UNRESTRICTED = 1
"""We may name such areas at all."""
DIRECT_IO = 1
MINOR = 38
"""Of FUSE 7: the newest whose words are used here."""
LARGEST = 4096
"""Bytes of a message, as spidev has it unless told otherwise."""
SPIDEV = ord("k")
MESSAGE = 0
SETTINGS = {1: ("mode", 1), 2: ("lsb_first", 1), 3: ("bits", 1), 4: ("hz", 4), 5: ("mode", 4)}
"""Number of the request: what it sets or gets, and in how many bytes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """An ioctl as it came."""

    number: int
    reads: bool
    size: int
    address: int
    data: bytes
    room: int


class SpiFile:
    """Answers the kernel's requests for one device file.

    Args:
        name: such as ``spidev0.0``.
        exchange: what is on the bus: called once for each assertion of the chip select.
    """

    def __init__(self, name: str, exchange: Callable[[bytes], bytes]) -> None:
        self.settings = {"mode": 0, "lsb_first": 0, "bits": 8, "hz": 500_000}
        self._name = name
        self._exchange = exchange

    def handle(self, request: bytes) -> bytes | None:
        """Answer one request; None where no answer is due."""
        length, opcode, unique = HEAD.unpack_from(request)[:3]
        if opcode == INTERRUPT:
            return None
        try:
            body = self._answer(opcode, request[HEAD.size : length])
        except OSError as error:
            return ANSWER.pack(ANSWER.size, -(error.errno or errno.EIO), unique)
        return ANSWER.pack(ANSWER.size + len(body), 0, unique) + body

    def _answer(self, opcode: int, body: bytes) -> bytes:
        match opcode:
            case _ if opcode == INIT:
                return self._introduce(body)
            case _ if opcode == OPEN:
                return struct.pack("<QII", 1, DIRECT_IO, 0)
            case _ if opcode in {RELEASE, FLUSH}:
                return b""
            case _ if opcode == READ:
                return self._assert(bytes(_counted(body)))
            case _ if opcode == WRITE:
                count = _counted(body)
                self._assert(body[40 : 40 + count])
                return struct.pack("<II", count, 0)
            case _ if opcode == IOCTL:
                return self._ioctl(body)
        raise OSError(errno.ENOSYS, "not spoken here")

    def _introduce(self, body: bytes) -> bytes:
        """Which dialect, how much at once, and what the file is called."""
        minor = min(struct.unpack_from("<II", body)[1], MINOR)
        words = struct.pack("<8I", 7, minor, 0, UNRESTRICTED, 65536, 65536, 0, 0)
        return words + bytes(40) + b"DEVNAME=" + self._name.encode() + b"\0"

    def _assert(self, sent: bytes) -> bytes:
        """One assertion of the chip select."""
        if len(sent) > LARGEST:
            raise OSError(errno.EMSGSIZE, "too long for spidev")
        answer = self._exchange(sent)
        if len(answer) != len(sent):
            raise OSError(errno.EIO, "the other side hung up")
        return answer

    # ioctl: the kernel comes again until we have seen what the arguments point at

    def _ioctl(self, body: bytes) -> bytes:
        _, _, command, address, sent, room = IOCTL_ASKED.unpack_from(body)
        if (command >> 8) & 0xFF != SPIDEV:
            raise OSError(errno.ENOTTY, "no request of spidev")
        data = body[IOCTL_ASKED.size : IOCTL_ASKED.size + sent]
        asked = _Asked(
            number=command & 0xFF,
            reads=command >> 30 == 2,
            size=(command >> 16) & 0x3FFF,
            address=address,
            data=data,
            room=room,
        )
        if asked.number == MESSAGE:
            return self._message(asked)
        if asked.number not in SETTINGS:
            raise OSError(errno.ENOTTY, "no request of spidev")
        return self._setting(asked)

    def _setting(self, asked: _Asked) -> bytes:
        name, size = SETTINGS[asked.number]
        if asked.reads:
            if asked.room < size:
                return _retry([], [(asked.address, size)])
            return IOCTL_DONE.pack(0, 0, 0, 0) + self.settings[name].to_bytes(size, "little")
        if len(asked.data) < size:
            return _retry([(asked.address, size)], [])
        self.settings[name] = int.from_bytes(asked.data[:size], "little")
        return IOCTL_DONE.pack(0, 0, 0, 0)

    def _message(self, asked: _Asked) -> bytes:
        """SPI_IOC_MESSAGE: first the transfers, then their buffers, then it is done."""
        whole = (asked.address, asked.size)
        if len(asked.data) < asked.size:
            return _retry([whole], [])
        transfers = list(TRANSFER.iter_unpack(asked.data[: asked.size]))
        if sum(each[2] for each in transfers) > LARGEST:
            raise OSError(errno.EMSGSIZE, "too long for spidev")
        ins = [(each[0], each[2]) for each in transfers if each[0]]
        outs = [(each[1], each[2]) for each in transfers if each[1]]
        wanted = asked.size + sum(length for _, length in ins)
        if len(asked.data) < wanted or asked.room < sum(length for _, length in outs):
            return _retry([whole, *ins], outs)
        at, sent = asked.size, []
        for tx, _, length, *_ in transfers:
            sent.append(asked.data[at : at + length] if tx else bytes(length))
            at += length if tx else 0
        received = self._clock(sent, [bool(each[6]) for each in transfers])
        stored = b"".join(part for part, each in zip(received, transfers, strict=True) if each[1])
        total = sum(len(part) for part in sent)
        return IOCTL_DONE.pack(total, 0, 0, 0) + stored

    def _clock(self, sent: list[bytes], changes: list[bool]) -> list[bytes]:
        """Exchange transfers; the chip select rises where cs_change says so, and at the end."""
        received: list[bytes] = []
        held: list[bytes] = []
        for part, change in zip(sent, changes, strict=True):
            held.append(part)
            if change or len(received) + len(held) == len(sent):
                answer = self._assert(b"".join(held))
                for each in held:
                    received.append(answer[: len(each)])
                    answer = answer[len(each) :]
                held = []
        return received


def serve(file: SpiFile) -> None:
    """Make the device file and answer for it, until the process ends.

    Raises:
        OSError: there is no /dev/cuse, or it may not be used.
    """
    kernel = os.open("/dev/cuse", os.O_RDWR)
    while True:
        answer = file.handle(os.read(kernel, 1 << 18))
        if answer is not None:
            os.write(kernel, answer)


def _counted(body: bytes) -> int:
    """How many bytes a read or write is about."""
    count: int = struct.unpack_from("<QQI", body)[2]
    if count > LARGEST:
        raise OSError(errno.EMSGSIZE, "too long for spidev")
    return count


def _retry(ins: list[tuple[int, int]], outs: list[tuple[int, int]]) -> bytes:
    areas = b"".join(AREA.pack(*area) for area in (*ins, *outs))
    return IOCTL_DONE.pack(0, RETRY, len(ins), len(outs)) + areas
