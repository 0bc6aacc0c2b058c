"""A call in one file: `trace call`, `trace start`, `stop`, `save` (U3)."""

from __future__ import annotations

import audioop
import io
import json
import resource
import wave
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.sim.spectrum import tone_level_and_snr
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.cli.main import split
from firmware.errors import CommandError
from firmware.media.library_codecs import available
from firmware.trace.pcap import Datagram, capture
from tests.dissection import complaints, tshark_is_here
from tests.world import World


class Console:
    """Types commands at the desk of a world's gateway."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.context = Context()
        self.context.__dict__["control"] = self
        self.context.wait = world.waits

    def call(self, method: str, **params: Any) -> Any:
        return msgspec.to_builtins(
            self._world.asks(method, **params), enc_hook=lambda value: value.value
        )

    def types(self, text: str) -> Answer:
        words, _ = split(text.split())
        return TABLE.execute(words, self.context)


def talks(world: World) -> int:
    """Telephone 1 calls telephone 2, they say a tone each; returns the number of the call."""
    a, b = world.people
    a.lifts()
    world.waits(0.5)
    a.dials("102")
    world.waits_until(lambda: b.bell_rings)
    b.lifts()
    world.waits(1.0)
    a.says(1000, 1.0)
    world.waits(1.2)
    b.says(700, 1.0)
    world.waits(1.2)
    a.hangs_up()
    world.waits(0.5)
    b.hangs_up()
    world.waits(0.5)
    return world.records(1)[-1].call


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def heard(data: bytes, hz: int) -> float:
    """Level of a sine in its loudest half second, dBm0."""
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        samples = file.readframes(file.getnframes())
    parts = (samples[at : at + 8000] for at in range(0, len(samples) - 8000, 1600))
    return max(tone_level_and_snr(part, hz).level_dbm0 for part in parts)


def test_a_call_is_written_into_one_file_with_what_was_said(tmp_path: Path) -> None:
    with World(exchange=True).registers() as world:
        call = talks(world)
        path = tmp_path / "call.zip"
        console = Console(world)
        told = console.types(f"trace call {call} --save {path}")
        assert told.text.startswith(f"{path}: ")
        parts = unpacked(path)
    assert heard(parts[f"from-telephone-1-call-{call}.wav"], 1000) == pytest.approx(-10, abs=1)
    assert heard(parts[f"to-telephone-1-call-{call}.wav"], 700) == pytest.approx(-10, abs=1)
    ladder = parts["ladder.txt"].decode()
    order = ("off-hook", "dial-tone", "INVITE", "ringback", "200", "ACK", "BYE")
    rest = iter(ladder.splitlines())
    assert all(any(word in line for line in rest) for word in order), ladder
    (record,) = json.loads(parts["calls.json"])
    assert record["call"] == call
    assert "NORMAL" in parts["verdict.txt"].decode()
    assert b"secret-101" not in b"".join(parts.values())
    assert json.loads(parts["config.json"])["line"][0]["password"] == "******"


@pytest.mark.skipif(not available("G726-32"), reason="libspandsp is not installed")
def test_a_call_in_another_codec_is_heard_in_it_too(tmp_path: Path) -> None:
    with World(exchange=True, more='[rtp]\ncodecs = ["G726-32"]\n').registers() as world:
        call = talks(world)
        Console(world).types(f"trace call {call} --save {tmp_path / 'call.zip'}")
    parts = unpacked(tmp_path / "call.zip")
    assert json.loads(parts["calls.json"])[0]["codec"] == "G726-32"
    assert heard(parts[f"from-telephone-1-call-{call}.wav"], 1000) == pytest.approx(-10, abs=1)
    assert heard(parts[f"to-telephone-1-call-{call}.wav"], 700) == pytest.approx(-10, abs=1)


@pytest.mark.skipif(not tshark_is_here(), reason="no tshark")
def test_its_capture_is_read_by_tshark_without_a_complaint(tmp_path: Path) -> None:
    with World(exchange=True).registers() as world:
        call = talks(world)
        Console(world).types(f"trace call {call} --save {tmp_path / 'call.zip'}")
    pcap = tmp_path / "call.pcap"
    pcap.write_bytes(unpacked(tmp_path / "call.zip")["call.pcap"])
    assert complaints(pcap) == []


def test_a_trace_has_what_happened_between_its_start_and_its_stop(tmp_path: Path) -> None:
    with World(exchange=True).registers() as world:
        console = Console(world)
        talks(world)
        with pytest.raises(CommandError, match="no trace is running"):
            console.types("trace stop")
        console.types("trace start")
        second = talks(world)
        console.types("trace stop")
        talks(world)
        console.types(f"trace save {tmp_path / 'some.zip'}")
    marks = json.loads(unpacked(tmp_path / "some.zip")["marks.json"])
    calls = {mark["call"] for mark in marks if mark["port"] == 1 and mark["call"]}
    assert calls == {second}


def test_a_call_is_saved_whole_though_a_trace_was_made_of_a_part_of_it(tmp_path: Path) -> None:
    with World(exchange=True).registers() as world:
        console = Console(world)
        call = talks(world)
        console.types("trace start")
        console.types("trace stop")
        console.types(f"trace call {call} --save {tmp_path / 'call.zip'}")
    marks = json.loads(unpacked(tmp_path / "call.zip")["marks.json"])
    assert {"off-hook", "INVITE", "BYE"} <= {mark["what"] for mark in marks}


def test_what_is_not_there_is_refused_and_nothing_is_overwritten(tmp_path: Path) -> None:
    with World(exchange=True).registers() as world:
        console = Console(world)
        with pytest.raises(CommandError, match="call 77 is not known"):
            console.types(f"trace call 77 --save {tmp_path / 'a.zip'}")
        (tmp_path / "b.zip").write_text("mine")
        with pytest.raises(CommandError, match="is there already"):
            console.types(f"trace save {tmp_path / 'b.zip'}")
        assert (tmp_path / "b.zip").read_text() == "mine"
        with pytest.raises(CommandError, match="No such file"):
            console.types(f"trace save {tmp_path / 'none' / 'c.zip'}")


def test_what_does_not_fit_on_the_disk_leaves_no_half_of_a_bundle(tmp_path: Path) -> None:
    """D13: nor an empty file; and what fits is for whoever has saved it, and nobody else."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = tmp_path / "d.zip"
    with World(exchange=True).registers() as world:
        console = Console(world)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            with pytest.raises(CommandError, match=r"d\.zip: File too large"):
                console.types(f"trace save {path}")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not path.exists()
        console.types(f"trace save {path}")
    assert path.stat().st_mode & 0o777 == 0o600


def test_voice_that_is_kept_is_bounded(tmp_path: Path) -> None:
    with World(exchange=True).registers() as world:
        talks(world)
        world.gateway.taping.keep(50_000)
        talks(world)
        console = Console(world)
        console.types(f"trace save {tmp_path / 'all.zip'}")
        assert world.gateway.taping.part(0, 10) == [], "it is let go when it has been read"
    data = unpacked(tmp_path / "all.zip")
    frames = 0
    for name, sound in data.items():
        if name.endswith(".wav"):
            with wave.open(io.BytesIO(sound)) as file:
                frames += file.getnframes()
    assert 0 < frames // 160 < 50_000 / 300


@pytest.mark.skipif(not tshark_is_here(), reason="no tshark")
def test_both_families_have_good_checksums(tmp_path: Path) -> None:
    sip = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
    pcap = tmp_path / "both.pcap"
    one = Datagram(2.0, ("192.0.2.1", 5060), ("192.0.2.2", 5060), sip)
    two = Datagram(1.0, ("2001:db8::1", 5060), ("2001:db8::2", 5060), sip + b"x")
    pcap.write_bytes(capture([one, two]))
    assert not [line for line in complaints(pcap) if "checksum" in line.lower()]


def test_mu_law_is_decoded_as_such() -> None:
    """And voice of an unknown codec is in the capture alone."""
    from firmware.trace.bundle import Facts, Voice, build

    def packet(kind: int, number: int, payload: bytes) -> Voice:
        head = bytes((0x80, kind)) + number.to_bytes(2) + (number * 160).to_bytes(4) + bytes(4)
        return Voice(1, number * 0.02, True, head + payload)

    loud = audioop.lin2ulaw(b"\x00\x40" * 160, 2)
    voice = [packet(0, n, loud) for n in (0, 1, 3)] + [packet(97, 9, loud)]
    data = build(Facts([], 0.0, "", voice, [], {}, {}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        wav = archive.read("from-telephone-0-call-1.wav")
    with wave.open(io.BytesIO(wav)) as file:
        samples = file.readframes(1000)
    assert len(samples) == 2 * 4 * 160
    assert audioop.max(samples[2 * 320 : 2 * 480], 2) == 0, "the third is missing"
    assert audioop.avg(samples[: 2 * 320], 2) == pytest.approx(0x4000, rel=0.05)
