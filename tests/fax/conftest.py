"""What a network carries here is kept from those who listen in other rooms, and dissected apart.

The addresses of all worlds are alike. Whoever reads the packets of several in a row takes the
voice of one for the fax of another, where the ports are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dissection import Overheard, tshark_is_here
from tests.virtual import MemoryNetwork


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """Nobody listens who has begun to in another room."""
    before = MemoryNetwork.witnesses[:]
    MemoryNetwork.witnesses.clear()
    yield
    MemoryNetwork.witnesses[:] = before


@pytest.fixture
def dissected(tmp_path: Path) -> Iterator[None]:
    """Tshark reads what is said, signalling, voice and T.38, and finds nothing wrong."""
    if not tshark_is_here():
        yield
        return
    overheard = Overheard(tmp_path / "fax.pcap")
    MemoryNetwork.witnesses.append(overheard.hears)
    yield
    complaints = overheard.complaints()
    assert not complaints, "tshark complains:\n" + "\n".join(complaints)
