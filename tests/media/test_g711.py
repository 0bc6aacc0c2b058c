"""G.711 tables against audioop, and against the recommendation's own arithmetic."""

from __future__ import annotations

import audioop
import math
from array import array

import pytest

from drivers.highway import IDLE
from firmware.media import gain
from firmware.media.g711 import (
    A_TO_MU,
    MU_TO_A,
    from_linear,
    level_of,
    peak_of,
    quiet,
    to_linear,
    translation,
)

ALL = bytes(range(256))
LAWS = ["PCMA", "PCMU"]


def decoded_a(code: int) -> int:
    """G.711 table 1: the value of an A-law code, in 16-bit samples."""
    code ^= 0x55
    segment, step = code >> 4 & 7, code & 15
    value = (2 * step + 1) if segment == 0 else (2 * step + 33) << segment - 1
    return (value if code & 0x80 else -value) * 8


def decoded_mu(code: int) -> int:
    """G.711 table 2: the value of a mu-law code, in 16-bit samples."""
    code ^= 0xFF
    value = ((2 * (code & 15) + 33) << (code >> 4 & 7)) - 33
    return (-value if code & 0x80 else value) * 4


def test_every_code_decodes_as_the_recommendation_says() -> None:
    assert list(array("h", to_linear("PCMA", ALL))) == [decoded_a(c) for c in ALL]
    assert list(array("h", to_linear("PCMU", ALL))) == [decoded_mu(c) for c in ALL]


def test_translation_takes_each_code_to_the_nearest_of_the_other_law() -> None:
    for table, source, target in (
        (A_TO_MU, decoded_a, decoded_mu),
        (MU_TO_A, decoded_mu, decoded_a),
    ):
        for code in ALL:
            value = source(code)
            error = abs(target(table[code]) - value)
            # decision values lie half a step off at the edge of a segment
            assert error <= min(abs(target(c) - value) for c in ALL) + 128, code


def test_translation_equals_audioop_for_all_codes() -> None:
    assert ALL.translate(A_TO_MU) == audioop.lin2ulaw(audioop.alaw2lin(ALL, 2), 2)
    assert ALL.translate(MU_TO_A) == audioop.lin2alaw(audioop.ulaw2lin(ALL, 2), 2)


def test_the_idle_code_stays_the_idle_code() -> None:
    assert A_TO_MU[0xD5] == 0xFF or decoded_mu(A_TO_MU[0xD5]) <= 8
    assert decoded_a(MU_TO_A[0xFF]) == 8


def test_the_same_law_needs_no_table() -> None:
    assert translation("PCMA", "PCMA") is None
    assert translation("PCMA", "PCMU") == A_TO_MU
    assert translation("PCMU", "PCMA") == MU_TO_A


@pytest.mark.parametrize("law", LAWS)
def test_all_linear_samples_compand_as_audioop_does(law: str) -> None:
    samples = array("h", range(-32768, 32768)).tobytes()
    expected = audioop.lin2alaw(samples, 2) if law == "PCMA" else audioop.lin2ulaw(samples, 2)
    assert from_linear(law, samples) == expected


def test_the_digital_milliwatt_is_0_dbm0() -> None:
    """G.711 tables 5 and 6: the code sequences that define 0 dBm0."""
    assert level_of("PCMA", bytes.fromhex("342121 34b4a1a1b4") * 20) == pytest.approx(0, abs=0.02)
    assert level_of("PCMU", bytes.fromhex("1e0b0b1e9e8b8b9e") * 20) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("dbm0", [3.0, 0.0, -10.0, -20.0, -30.0])
def test_a_sine_of_a_level_has_that_level(law: str, dbm0: float) -> None:
    peak = min(32767.0, peak_of(law, dbm0))
    sine = array("h", (round(peak * math.sin(2 * math.pi * 450 * n / 8000)) for n in range(1600)))
    assert level_of(law, from_linear(law, sine.tobytes())) == pytest.approx(dbm0, abs=0.2)


@pytest.mark.parametrize("law", LAWS)
def test_silence_is_quiet_and_speech_is_not(law: str) -> None:
    assert quiet(law, from_linear(law, bytes(320)))
    assert not quiet(law, from_linear(law, array("h", [2000, -2000] * 80).tobytes()))


def test_digital_silence_has_no_level() -> None:
    assert level_of("PCMU", b"\xff" * 160) == -math.inf


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("db", [-15.5, -6.0, 3.5, 9.5])
def test_a_table_makes_a_tone_louder_or_softer_and_no_noise_of_silence(
    law: str, db: float
) -> None:
    """Within 0.2 dB; at full scale it is cut off and does not wrap."""
    samples = b"".join(
        int(peak_of(law, -20.0) * math.sin(math.tau * n / 8)).to_bytes(2, "little", signed=True)
        for n in range(800)
    )
    said = from_linear(law, samples)
    made = said.translate(gain.table(law, db))
    assert level_of(law, made) == pytest.approx(-20.0 + db, abs=0.2)
    idle = bytes((IDLE[law],)) * 160
    assert level_of(law, idle.translate(gain.table(law, db))) < -55
    loudest = from_linear(law, (32000).to_bytes(2, "little", signed=True))
    assert level_of(law, loudest.translate(gain.table(law, 9.5))) >= level_of(law, loudest)
