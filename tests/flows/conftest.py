"""Everything that is said in these tests, signalling and voice, is dissected by tshark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dissection import Overheard, tshark_is_here
from tests.virtual import MemoryNetwork


@pytest.fixture(scope="session", autouse=True)
def dissected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """At the end; a complaint is an error of the last test, and names the one it is about."""
    if not tshark_is_here():
        yield
        return
    overheard = Overheard(tmp_path_factory.mktemp("flows") / "flows.pcap")
    MemoryNetwork.witnesses.append(overheard.hears)
    yield
    MemoryNetwork.witnesses.remove(overheard.hears)
    complaints = overheard.complaints()
    assert not complaints, "tshark complains:\n" + "\n".join(complaints)
