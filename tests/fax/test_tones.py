"""The tones that machines begin with are found, and voices are not taken for them."""

from __future__ import annotations

import audioop
import random
import subprocess
import sys
from array import array

import pytest

from firmware.media.fax_messages import ToneHeard
from firmware.media.g711 import from_linear, peak_of
from firmware.media.machines import Machines
from firmware.media.messages import Failed, Play, Report
from firmware.media.modem_tones import NAMES
from firmware.tone import Segment, ToneSpec
from tests.fax.machine import FaxMachine, tone
from tests.media.fakes import Bench, FakeRtpSocket, opened
from tests.voice import speech

PERIOD_MS = 20
SILENCE = b"\xd5" * 160


def found(samples: bytes, law: str = "PCMA", *, far: bool = False) -> list[tuple[str, int]]:
    """Tones, and the millisecond at which each was known."""
    told: list[Report] = []
    machines, silence, found = Machines(law, 1, 7, told.append), from_linear(law, bytes(320)), []
    for at in range(0, len(samples) - 319, 320):
        said = from_linear(law, samples[at : at + 320])
        machines.feed(*((silence, said) if far else (said, silence)))
        for report in told:
            assert isinstance(report, ToneHeard)
            assert (report.call, report.side) == (7, "rtp" if far else "line")
            found.append((report.tone, at // 320 * PERIOD_MS))
        told.clear()
    return found


def level(samples: bytes, dbm0: float) -> bytes:
    """The same, its loudest part being a sine of that level."""
    return audioop.mul(samples, 2, peak_of("PCMA", dbm0) / audioop.max(samples, 2))


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
@pytest.mark.parametrize(
    ("kind", "most_ms"), [(1, 500), (2, 1000), (3, 1700), (4, 1000), (5, 1700)]
)
@pytest.mark.parametrize("dbm0", [-6.0, -30.0])
def test_a_tone_is_found_within_its_time(kind: int, most_ms: int, dbm0: float, law: str) -> None:
    """T.30 5.3.1.1, V.25, V.8: 0.2 s of silence come first, but for the calling tone."""
    told = found(level(tone(kind, 3.0), dbm0), law)
    assert told, "nothing was found"
    name, at = told[0]
    assert name == NAMES[kind]
    assert at <= most_ms


@pytest.mark.parametrize("at", range(0, 80, 20))
def test_the_shortest_calling_tone_is_found_wherever_it_begins(at: int) -> None:
    """0.5 s less 15 %: what was heard before anybody looked is looked through."""
    short = bytes(16 * at) + level(tone(1, 0.425), -15) + bytes(8000)
    assert [name for name, _ in found(short)] == ["CNG"]


def test_what_a_fax_says_first_is_known_by_its_preamble() -> None:
    """V.21 flags before the first frame: an answering fax, beyond doubt (T.30 section 5.3.1.4)."""
    machine = FaxMachine(calls=False)
    told = found(b"".join(machine.says() for _ in range(250)))
    assert [name for name, _ in told] == ["CED", "V.21"]
    assert told[1][1] <= 3600


def test_a_calling_tone_from_far_is_not_looked_for() -> None:
    assert found(tone(1, 3.0), far=True) == []


@pytest.mark.parametrize("snr_db", [30.0, 20.0])
def test_noise_does_not_hide_a_tone(snr_db: float) -> None:
    samples = level(tone(2, 2.5), -12)
    dice, rms = random.Random(1), peak_of("PCMA", -12 - snr_db) / 2**0.5  # noqa: S311  a test's
    loud = array("h", (round(dice.gauss(0, rms)) for _ in range(len(samples) // 2))).tobytes()
    assert [name for name, _ in found(audioop.add(samples, loud, 2))] == ["CED"]


def test_a_far_machine_is_heard_too() -> None:
    assert [name for name, _ in found(tone(2, 3.0), far=True)] == ["CED"]


@pytest.mark.skipif(not speech.installed(), reason="espeak-ng is not installed")
def test_speech_is_no_machine_and_hardly_ever_listened_to() -> None:
    """What is listened to costs; of speech it is little."""
    said, far = speech.read_out(), speech.read_out("en+m3")
    assert found(said) == []
    assert found(far, far=True) == []
    periods = [from_linear("PCMA", said[at : at + 320]) for at in range(0, len(said) - 319, 320)]
    machines, listened_to = Machines("PCMA", 1, 7, print), 0
    for period in periods:
        machines.feed(period, SILENCE)
        listened_to += machines._listening
    assert listened_to < len(periods) * 0.1


def test_silence_needs_no_library() -> None:
    """A call without machines never loads it."""
    code = (
        "from firmware.media import fax_library; from firmware.media.machines import Machines\n"
        "machines = Machines('PCMA', 1, 7, print)\n"
        "for _ in range(500): machines.feed(b'\\xd5' * 160, b'\\xd5' * 160)\n"
        "assert 'libspandsp' not in open('/proc/self/maps').read()"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_a_library_that_cannot_be_loaded_is_told_of_once_and_the_call_goes_on() -> None:
    told: list[Report] = []
    machines = Machines("PCMA", 2, 7, told.append, "libspandsp-is-not-here.so")
    heard = from_linear("PCMA", level(tone(2, 3.0), -15))
    for at in range(0, len(heard), 160):
        machines.feed(heard[at : at + 160], SILENCE)
    (failed,) = told
    assert isinstance(failed, Failed)
    assert "port 2: fax machines and modems are not recognised" in failed.reason
    assert "install the Debian package libspandsp2" in failed.reason
    assert not failed.fatal


def test_both_directions_at_once() -> None:
    """A modem that answers another: each is told of by its side."""
    told: list[Report] = []
    machines = Machines("PCMA", 1, 7, told.append)
    one, other = (from_linear("PCMA", level(tone(kind, 3.0), -15)) for kind in (2, 4))
    for at in range(0, len(one), 160):
        machines.feed(one[at : at + 160], other[at : at + 160])
    assert {(t.side, t.tone) for t in told if isinstance(t, ToneHeard)} == {
        ("line", "CED"),
        ("rtp", "ANSam"),
    }


def test_what_the_line_echoes_is_no_machine_of_its_own() -> None:
    """It comes back 15 dB softer, and later by a period or two."""
    told: list[Report] = []
    machines = Machines("PCMA", 1, 7, told.append)
    heard = from_linear("PCMA", level(tone(2, 3.0), -15))
    echo = SILENCE * 2 + from_linear("PCMA", level(tone(2, 3.0), -30))
    for at in range(0, len(heard), 160):
        machines.feed(echo[at : at + 160], heard[at : at + 160])
    assert [t.side for t in told if isinstance(t, ToneHeard)] == ["rtp"]


def test_a_tone_of_ours_is_no_machine() -> None:
    """Ringback that has not ended yet when the call is there, or a beep for who waits."""
    bench, reports = Bench(), list[Report]()
    bench.engine.command(opened(hears_machines=True), [FakeRtpSocket()])
    bench.engine.command(Play(port=1, tone=ToneSpec((Segment((2100,), 0),))))
    for _ in range(150):
        bench.engine.tick(SILENCE * 8)
        reports += bench.engine.reports()
    assert not any(isinstance(report, ToneHeard) for report in reports)
