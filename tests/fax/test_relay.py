"""A page by T.38, from copper to copper through our two gateways, through losses."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware.errors import MediaError
from firmware.media import fax_library
from firmware.media.fax_messages import Fax, FaxOver
from firmware.media.messages import Failed, Stop
from tests.fax.joined import End, Joined, Loses, in_a_row, nothing, some
from tests.fax.machine import by_wire, image, page
from tests.media.fakes import PEER, Bench, FakeRtpSocket, opened


def faxes(folder: Path, loses: Loses, *, corrects: bool = False, bit_rate: int = 14400) -> Joined:
    """Two machines; the first is about to send a page."""
    joined = Joined(End(calls=True, seed=1), End(calls=False, seed=9), loses)
    for end in (joined.one, joined.other):
        end.machine.can(corrects=corrects)
        end.speaks_t38(bit_rate=bit_rate)
    joined.one.machine.sends(page(folder / "sent.tif"))
    joined.other.machine.receives(folder / "received.tif")
    return joined


WAYS = {
    "clean": nothing,
    "one in twenty lost": some(0.05, 1),
    "one in seven lost": some(0.15, 2),
    "three in a row lost": in_a_row(3, 20),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_page_arrives_as_by_a_wire(way: str, tmp_path: Path) -> None:
    """UDPTL's repetitions make up for what is lost (T.38 section 9.1, row C15)."""
    joined = faxes(tmp_path, WAYS[way])
    assert joined.runs() == (0, 0)
    assert image(tmp_path / "received.tif") == by_wire(tmp_path / "sent.tif", tmp_path / "w.tif")
    for end in (joined.one, joined.other):
        report = end.ends()
        assert (report.pages, report.bit_rate, report.lost) == (1, 14400, 0)
        assert report.final
        assert (report.recovered > 0) == (way != "clean")


def test_machines_that_repeat_what_is_damaged_may(tmp_path: Path) -> None:
    """ECM (T.30 annex A) goes through, and is told."""
    joined = faxes(tmp_path, some(0.1, 3), corrects=True)
    assert joined.runs() == (0, 0)
    wanted = by_wire(tmp_path / "sent.tif", tmp_path / "w.tif", corrects=True)
    assert image(tmp_path / "received.tif") == wanted
    assert joined.one.ends().corrects


@pytest.mark.parametrize("most", [9600, 4800])
def test_a_peer_that_takes_less_gets_less(most: int, tmp_path: Path) -> None:
    """T38MaxBitRate: what the machines say of faster modems is cut out of it.

    With V.29 libspandsp's gateway takes the farewell for the next page, so it does not get
    through: the receiving machine learns by the end of the call that there is no other.
    """
    joined = faxes(tmp_path, nothing, bit_rate=most)
    joined.runs()
    assert joined.one.machine.result == 0, "the sender was told that the page is there"
    assert image(tmp_path / "received.tif") == by_wire(tmp_path / "sent.tif", tmp_path / "w.tif")
    assert joined.one.ends().bit_rate == most


def test_when_all_is_said_it_is_told_once() -> None:
    """Neither machine says anything for 10 s: nobody need wait for that before talking on."""
    joined = Joined(End(calls=False, seed=1), End(calls=False, seed=9))
    bench = joined.one.bench
    joined.one.speaks_t38()
    told = []
    for _ in range(50 * 30):
        bench.tick()
        told += [r for r in bench.reports() if isinstance(r, FaxOver)]
    assert [over.silent_s for over in told] == [10.0]


def test_voice_follows_a_fax() -> None:
    """An `Open` ends it: RTP begins anew, as another stream, since no samples were counted."""
    bench, rtp = Bench(), FakeRtpSocket()
    bench.engine.command(opened(), [rtp])
    bench.ticks(3)
    (before, _), *_ = rtp.sent
    bench.engine.command(Fax(port=1, host=PEER[0], udptl_port=PEER[1] + 10, largest=400))
    rtp.sent.clear()
    bench.ticks(50)
    assert all(data[:1] != b"\x80" for data, _ in rtp.sent), "no RTP meanwhile"
    assert {to for _, to in rtp.sent} == {(PEER[0], PEER[1] + 10)}
    rtp.sent.clear()
    bench.engine.command(opened())
    bench.ticks(2)
    (after, to), *_ = rtp.sent
    assert (after[:2], to) == (b"\x80\x88", PEER)
    assert len(after) == len(before)


def test_without_a_call_there_is_no_fax() -> None:
    bench = Bench()
    bench.engine.command(Fax(port=1, host=PEER[0], udptl_port=1, largest=400))
    (failed,) = bench.reports()
    assert failed == Failed(reason="Fax: port 1: no call is open")


def test_faxes_leave_nothing_behind(tmp_path: Path) -> None:
    """Gateways of the library are given back with the call: their packets have nowhere to go."""
    before = set(fax_library._outgoing)
    for _ in range(3):
        joined = faxes(tmp_path, nothing)
        for _ in range(50):
            joined.tick()
        for end in (joined.one, joined.other):
            end.obeys(Stop())
    del joined, end
    assert set(fax_library._outgoing) <= before


def test_no_period_of_a_fax_stalls_the_other_ports(tmp_path: Path) -> None:
    """Training of V.17 included, a period takes far less than its 20 ms, on slow machines too."""
    joined = faxes(tmp_path, nothing)
    took = []
    while joined.seconds < 16:
        began = time.thread_time()
        joined.tick()
        took.append(time.thread_time() - began)
    took.sort()
    assert sum(took) / len(took) < 0.002, "two gateways and two machines, on average"
    assert took[-10] < 0.010, "all but the ten worst"


DENIED = """
import ctypes, sys
PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, UNKNOWN = 65, 1, 22
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
    sys.exit("skip" if ctypes.get_errno() == UNKNOWN else "prctl")
from firmware.media import fax_library
from firmware.media.t38 import FaxGateway
assert fax_library.available()
gateway = FaxGateway("PCMA")
ced = bytes((0x55, 0x80, 0xd5, 0x00)) * 40
packets = [packet for _ in range(100) for packet in gateway.say(ced)]
assert packets, "the callback was never called"
"""


def test_nothing_needs_memory_that_is_writable_and_executable() -> None:
    """systemd's MemoryDenyWriteExecute=, as the kernel knows it itself (Linux 6.3)."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DENIED], capture_output=True, text=True, check=False
    )
    if "skip" in done.stderr:
        pytest.skip("this kernel does not know PR_SET_MDWE")
    assert done.returncode == 0, done.stderr


def test_whether_it_is_there_is_known_without_loading_it(tmp_path: Path) -> None:
    """By the loader's own list; where there is none, by trying."""
    code = (
        "from firmware.media import fax_library; assert fax_library.present();"
        "assert 'spandsp' not in open('/proc/self/maps').read()"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
    assert fax_library.present(tmp_path / "none") == fax_library.available()


def test_a_library_that_is_missing_is_named() -> None:
    with pytest.raises(MediaError, match="install the Debian package libspandsp2"):
        fax_library.fax_library("libnothing.so.9")
