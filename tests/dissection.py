"""What virtual networks carry, written as a capture and shown to tshark."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from bisect import bisect_right
from pathlib import Path

COMPLAINT = (
    "(_ws.malformed || _ws.expert.severity >= 6291456) && !icmp"
    ' && !(_ws.expert.message == "Encrypted RTCP Payload - not dissected")'
    ' && !(_ws.expert.message contains "END OF FRAGMENT W/OUT ANY FRAGMENT DATA")'
)
"""Malformed, or a warning or an error of the expert (0x600000 and up; below: notes, chat).

ICMP says that nobody listens any more, and quotes the beginning of what came: cut short.
Encrypted reports are meant to be unreadable. The last packet of what a fax says is sent more than
once, and tshark misses the others when it sees it again.
"""
BY_CONTENT = ("-o", "udp.try_heuristic_first:TRUE", "-o", "tcp.try_heuristic_first:TRUE")
"""Ports here are those that were free: what some of them mean elsewhere means nothing."""
FIELDS = ("frame.number", "ip.src", "ip.dst", "_ws.col.Info", "_ws.expert.message")
_FILE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)  # 101: packets begin with IP
_LONGEST = 65535 - 28
"""Octets that go into one UDP packet; longer messages go by a connection, and are left out."""

Place = tuple[str, int]


def complaints(capture: Path) -> list[str]:
    """What tshark does not like in a capture, a line a packet, its number first.

    Raises:
        AssertionError: tshark cannot read it.
    """
    words = ["tshark", "-n", "-r", str(capture), "-Y", COMPLAINT, "-T", "fields", *BY_CONTENT]
    for field in FIELDS:
        words += ["-e", field]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


class Overheard:
    """All datagrams of some tests, in a file (format: pcap 2.4)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._file.write(_FILE)
        self._count = 0
        self._begins: list[int] = []
        self._tests: list[str] = []

    def hears(self, at: float, data: bytes, source: Place, target: Place) -> None:
        """Take one down; IPv4 alone, since most of what is said does not depend on it."""
        if ":" in source[0] or ":" in target[0] or len(data) > _LONGEST:
            return
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0]
        if not self._tests or self._tests[-1] != test:
            self._tests.append(test)
            self._begins.append(self._count)
        self._count += 1
        udp = struct.pack(">HHHH", source[1], target[1], 8 + len(data), 0)
        size = 20 + len(udp) + len(data)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, self._count & 0xFFFF, 0, 64, 17, 0,
                         _octets(source[0]), _octets(target[0]))  # fmt: skip
        seconds = 100_000 * len(self._tests) + at  # each test begins at 0
        stamp = struct.pack("<IIII", int(seconds), int(seconds % 1 * 1e6), size, size)
        self._file.write(stamp + ip + udp + data)

    def complaints(self) -> list[str]:
        """What tshark does not like, with the test that it was said in."""
        self._file.close()
        said = []
        for line in complaints(self.path):
            number, _, rest = line.partition("\t")
            said.append(f"{self._tests[bisect_right(self._begins, int(number) - 1) - 1]}: {rest}")
        return said


def tshark_is_here() -> bool:
    return shutil.which("tshark") is not None


def _octets(host: str) -> bytes:
    return bytes(int(part) for part in host.split("."))
