"""The device file in user space, against a kernel that asks as Linux does."""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel_lab import cuse
from tests.kernel_lab.cuse import SpiFile

SLAVE = bytes.maketrans(bytes(range(256)), bytes(255 - n for n in range(256)))
"""What is on the bus answers each byte with its complement."""


class Kernel:
    """Speaks to a `SpiFile` as CUSE does, with a caller whose memory it can reach."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.file = SpiFile("spidev0.0", self._exchange)
        self.rounds = 0

    def _exchange(self, sent: bytes) -> bytes:
        self.seen.append(sent)
        return sent.translate(SLAVE)

    def ask(self, opcode: int, body: bytes = b"") -> tuple[int, bytes]:
        """One request; (errno, answer)."""
        head = cuse.HEAD.pack(cuse.HEAD.size + len(body), opcode, 7, 0, 0, 0, 0, 0, 0)
        answer = self.file.handle(head + body)
        assert answer is not None
        length, error, unique = cuse.ANSWER.unpack_from(answer)
        assert (length, unique) == (len(answer), 7)
        return -error, answer[cuse.ANSWER.size :]

    def ioctl(self, command: int, address: int, memory: dict[int, bytearray]) -> tuple[int, int]:
        """One call of ioctl(2), however often the file wants to be asked; (errno, result)."""
        ins: list[tuple[int, int]] = []
        outs: list[tuple[int, int]] = []
        for self.rounds in range(1, 5):
            data = b"".join(_peek(memory, *area) for area in ins)
            room = sum(length for _, length in outs)
            asked = cuse.IOCTL_ASKED.pack(1, 0, command, address, len(data), room)
            error, answer = self.ask(cuse.IOCTL, asked + data)
            if error:
                return error, -1
            result, flags, count_in, count_out = cuse.IOCTL_DONE.unpack_from(answer)
            rest = answer[cuse.IOCTL_DONE.size :]
            if not flags & cuse.RETRY:
                for at, length in outs:
                    _poke(memory, at, rest[:length])
                    rest = rest[length:]
                return 0, result
            areas = list(cuse.AREA.iter_unpack(rest))
            ins, outs = areas[:count_in], areas[count_in:]
            assert len(outs) == count_out
        raise AssertionError("it never comes to an end")

    def transfer(
        self, parts: Sequence[bytes], changes: Sequence[bool] | None = None
    ) -> tuple[int, list[bytes]]:
        """SPI_IOC_MESSAGE of these transfers."""
        memory: dict[int, bytearray] = {}
        array = b""
        for n, part in enumerate(parts):
            memory[0x1000 * (n + 1)] = bytearray(part)
            memory[0x1000 * (n + 1) + 0x800000] = bytearray(len(part))
            change = bool(changes and changes[n])
            at = 0x1000 * (n + 1)
            array += cuse.TRANSFER.pack(at, at + 0x800000, len(part), 0, 0, 8, change, 0, 0, 0, 0)
        memory[0x40] = bytearray(array)
        command = 1 << 30 | len(array) << 16 | cuse.SPIDEV << 8
        error, result = self.ioctl(command, 0x40, memory)
        if not error:
            assert result == sum(len(part) for part in parts)
        return error, [bytes(memory[0x1000 * (n + 1) + 0x800000]) for n in range(len(parts))]


def _peek(memory: dict[int, bytearray], address: int, length: int) -> bytes:
    return bytes(memory[address][:length])


def _poke(memory: dict[int, bytearray], address: int, data: bytes) -> None:
    memory[address][: len(data)] = data


def setting(number: int, size: int, *, read: bool) -> int:
    return (2 if read else 1) << 30 | size << 16 | cuse.SPIDEV << 8 | number


def test_it_introduces_itself_with_the_name_of_the_file() -> None:
    error, answer = Kernel().ask(cuse.INIT, struct.pack("<IIII", 7, 41, 0, 0))
    assert error == 0
    assert struct.unpack_from("<4I", answer) == (7, cuse.MINOR, 0, cuse.UNRESTRICTED)
    assert answer.endswith(b"DEVNAME=spidev0.0\0")


def test_one_byte_is_one_assertion_and_its_answer_comes_back() -> None:
    kernel = Kernel()
    assert kernel.transfer([b"\x8b"]) == (0, [b"\x74"])
    assert kernel.seen == [b"\x8b"]
    assert kernel.rounds == 3, "the transfers, their buffers, the run"


def test_transfers_of_a_message_are_joined_unless_the_chip_select_is_to_rise() -> None:
    joined, split = Kernel(), Kernel()
    assert joined.transfer([b"\x01", b"\x02\x03"])[1] == [b"\xfe", b"\xfd\xfc"]
    assert split.transfer([b"\x01", b"\x02\x03"], [True, False])[1] == [b"\xfe", b"\xfd\xfc"]
    assert joined.seen == [b"\x01\x02\x03"]
    assert split.seen == [b"\x01", b"\x02\x03"]


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.booleans()), min_size=1, max_size=6)
)
def test_every_byte_reaches_the_bus_once_and_in_order(parts: list[tuple[bytes, bool]]) -> None:
    kernel = Kernel()
    sent = [part for part, _ in parts]
    error, received = kernel.transfer(sent, [change for _, change in parts])
    assert error == 0
    assert received == [part.translate(SLAVE) for part in sent]
    assert b"".join(kernel.seen) == b"".join(sent)
    assert len(kernel.seen) == 1 + sum(change for _, change in parts[:-1])


@pytest.mark.parametrize(("number", "size", "value"), [(1, 1, 3), (3, 1, 8), (4, 4, 1_000_000)])
def test_a_setting_is_kept_and_told(number: int, size: int, value: int) -> None:
    kernel = Kernel()
    memory = {0x40: bytearray(value.to_bytes(size, "little"))}
    assert kernel.ioctl(setting(number, size, read=False), 0x40, memory) == (0, 0)
    told = {0x80: bytearray(size)}
    assert kernel.ioctl(setting(number, size, read=True), 0x80, told) == (0, 0)
    assert int.from_bytes(told[0x80], "little") == value


def test_a_message_longer_than_spidev_bears_is_refused_and_never_sent() -> None:
    kernel = Kernel()
    assert kernel.transfer([bytes(cuse.LARGEST + 1)])[0] == errno.EMSGSIZE
    body = struct.pack("<QQIIQII", 1, 0, cuse.LARGEST + 1, 0, 0, 0, 0)
    assert kernel.ask(cuse.WRITE, body)[0] == errno.EMSGSIZE
    assert kernel.ask(cuse.READ, body)[0] == errno.EMSGSIZE
    assert kernel.seen == []


def test_plain_read_and_write_are_assertions_too() -> None:
    kernel = Kernel()
    asked = struct.pack("<QQIIQII", 1, 0, 2, 0, 0, 0, 0)
    assert kernel.ask(cuse.WRITE, asked + b"\x40\x01") == (0, struct.pack("<II", 2, 0))
    assert kernel.ask(cuse.READ, asked) == (0, b"\xff\xff")
    assert kernel.seen == [b"\x40\x01", b"\x00\x00"]


def test_what_is_not_spoken_is_refused_by_name() -> None:
    kernel = Kernel()
    assert kernel.ioctl(1 << 30 | 4 << 16 | ord("T") << 8 | 1, 0, {})[0] == errno.ENOTTY
    assert kernel.ioctl(setting(9, 4, read=True), 0, {})[0] == errno.ENOTTY
    assert kernel.ask(999)[0] == errno.ENOSYS


def test_an_interrupted_caller_is_owed_no_answer() -> None:
    head = cuse.HEAD.pack(cuse.HEAD.size, cuse.INTERRUPT, 7, 0, 0, 0, 0, 0, 0)
    assert Kernel().file.handle(head) is None


def test_a_bus_that_fails_is_an_error_of_the_caller_and_not_our_end() -> None:
    def broken(sent: bytes) -> bytes:
        raise ConnectionResetError(errno.ECONNRESET, f"gone after {len(sent)}")

    kernel = Kernel()
    kernel.file = SpiFile("spidev0.0", broken)
    assert kernel.transfer([b"\x00"])[0] == errno.ECONNRESET
    assert kernel.ask(cuse.RELEASE) == (0, b"")
