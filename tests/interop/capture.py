"""What goes over loopback, captured for tshark: it shall find nothing to complain of.

tshark is the second opinion on every octet that gateway and peers exchange while these tests
run: SIP, SDP, RTP, RTCP and telephone-events, dissected by people who wrote none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.dissection import complaints
from tests.interop.programs import Program, program
from tests.interop.waiting import until


class Capture:
    """All that goes to and from a host on loopback, until `ends`.

    Without the right to capture (it takes root, or a dumpcap with capabilities) or without
    tshark there is none: `runs` is False, and there is nothing to complain of.

    Args:
        host: one address, its own of what is looked at.
        folder: the capture is written there.
    """

    def __init__(self, host: str, folder: Path) -> None:
        self.file = folder / "lo.pcap"
        self._program: Program | None = None
        self.why = "tshark is not installed here (Debian package tshark)"
        """What there is to say when nothing is captured."""
        dumpcap = program("dumpcap")
        if dumpcap and program("tshark"):
            words = [dumpcap, "-q", "-P", "-i", "lo", "-f", f"host {host}", "-w", str(self.file)]
            self._program = Program("dumpcap", words, folder)
            until("dumpcap captures, or says why not", lambda: self.runs or self._ended)
            self.why = self._program.said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.ends()

    @property
    def runs(self) -> bool:
        """False: nothing is captured."""
        return self._program is not None and "File: " in self._program.said

    @property
    def _ended(self) -> bool:
        return self._program is not None and self._program.process.poll() is not None

    def ends(self) -> None:
        if self._program:
            self._program.end()

    def complaints(self, *but: str) -> list[str]:
        """What tshark does not like, a line a message; those with a word of `but` are left out."""
        if not self.runs:
            return []
        return [line for line in complaints(self.file) if not _excused(line, but)]


def _excused(line: str, but: Sequence[str]) -> bool:
    return any(word in line for word in but)
