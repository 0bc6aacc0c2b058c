"""``test line``, ``test ring`` and the copper of the simulated board, as they are typed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from drivers.line_test import LineReadings, LoopPoint, RingSource, WireVoltage
from firmware.cli import copper, line_test  # noqa: F401 fill the table
from firmware.cli.command import TABLE, Answer, UsageError
from firmware.cli.context import Context
from firmware.copper.line_limits import BELLS, LIMITS
from firmware.copper.line_verdict import Finding, LineReport, figures, judge, resistance, sentence
from firmware.copper.ring_doctor import RingReport, limits, reaches, rings, voltage
from firmware.errors import ControlError
from firmware.status import to_json
from tests.cli.lab import context

NONE = WireVoltage()
SOUND = LineReadings(
    NONE,
    NONE,
    tip_ring_ohms=math.inf,
    tip_ground_ohms=math.inf,
    ring_ground_ohms=math.inf,
    ren=1.0,
)
CHINA = RingSource(25, 60, 84.9, 160, 93, 7.5, 80, 2, 5)


def with_(**changes: Any) -> LineReadings:
    values = {name: getattr(SOUND, name) for name in SOUND.__dataclass_fields__}
    return LineReadings(**{**values, **changes})


def loop(ohms: float, volts: float = 0.0) -> dict[str, Any]:
    """Readings of a closed loop with so many ohms, and volts that it holds."""
    weak = LoopPoint(9.0, max(0.0, (9 - volts) / (ohms + 160) * 1000))
    points = (
        LoopPoint(volts + weak.milliamps * ohms / 1000, weak.milliamps),
        LoopPoint(volts + 0.029 * ohms, 29.0),
    )
    return {"tip_ring_ohms": points[1].ohms, "loop": points, "closed": True, "ren": None}


VERDICTS = [
    (SOUND, "The line is sound: no foreign voltage, no leak, bells of 1.0 REN."),
    (
        with_(tip=WireVoltage(-3, 60)),
        "tip carries -3 V DC, 60 V AC of something else: dangerous to touch.",
    ),
    (
        with_(ring=WireVoltage(-96, 0, over=True)),
        "ring carries at least -96 V DC, 0 V AC of something else: dangerous to touch.",
    ),
    (with_(ring=WireVoltage(-48, 1)), "ring carries -48 V DC that the gateway does not make."),
    (with_(tip=WireVoltage(0, 12)), "tip carries 12 V AC that the gateway does not make."),
    (with_(ring_ground_ohms=12e3), "ring wire touches earth, 12 kohm: wet cable or a cut."),
    (with_(tip_ground_ohms=99e3), "tip wire touches earth, 100 kohm: damp cable or socket."),
    (with_(tip_ground_ohms=200.0), "tip wire touches earth, 200 ohm: a contact with metal."),
    (
        with_(ring_ground_ohms=5e3, ring_ground_v=48.0),
        "ring wire touches +48 V of another circuit, 5 kohm.",
    ),
    (with_(tip_ring_ohms=30e3), "tip and ring are joined by 30 kohm."),
    (with_(**loop(0)), "tip and ring touch each other, less than 5 ohm."),
    (with_(**loop(220)), "a handset is off the hook, or the wires touch far away."),
    (with_(**loop(150, volts=6)), "a handset is off the hook."),
    (with_(**loop(3000)), "tip and ring are joined by 3 kohm."),
    (
        with_(tip_ground_ohms=None, ring_ground_ohms=None, pair_ground_ohms=10e3, **loop(0)),
        "tip and ring touch each other, less than 5 ohm.",
    ),
    (with_(ren=7.0), "too many bells: 7.0 REN, and 5 may be."),
    (
        with_(ren=0.0),
        "The line is sound: no foreign voltage, no leak, bells of 0.0 REN. Note: no bell answers:"
        " nothing is plugged in, its bell is off, or a wire is cut.",
    ),
]


@pytest.mark.parametrize(("readings", "told"), VERDICTS)
def test_every_reading_has_a_verdict_in_words(readings: LineReadings, told: str) -> None:
    findings = judge(readings)
    assert sentence(findings, readings.ren) == told
    for each in findings:
        assert bool(each.advice) == (each.verdict in {"fault", "danger", "note"}), each


def test_what_was_not_measured_says_why() -> None:
    beside = judge(LineReadings(WireVoltage(-20), NONE))
    assert {each.meaning for each in beside if each.verdict == "not measured"} == {
        "there is foreign voltage"
    }
    lifted = judge(LineReadings(closed=True, moved=True))
    assert {each.meaning for each in lifted} == {"the handset moved during the test"}
    (bells,) = (each for each in judge(with_(**loop(220))) if each.what == "bells")
    assert bells.meaning == "current flows already"


def test_limits_are_those_of_gr_909() -> None:
    """As features.md has them of access gateways: HEMF 135 V and 50 Vrms, FEMF 6 V and 10 Vrms."""
    assert (LIMITS.hazard_dc_v, LIMITS.hazard_ac_v) == (135, 50)
    assert (LIMITS.foreign_dc_v, LIMITS.foreign_ac_v) == (6, 10)
    assert (LIMITS.leak_ohms, LIMITS.least_ren, LIMITS.most_ren) == (150e3, 0.175, 5)


@pytest.mark.parametrize(
    ("ohms", "told"),
    [(1, "less than 5 ohm"), (85, "85 ohm"), (216, "220 ohm"), (949, "950 ohm"),
     (1240, "1.2 kohm"), (94_000, "94 kohm"), (151_000, "150 kohm"), (math.inf, "none seen")],
)  # fmt: skip
def test_a_resistance_has_no_more_figures_than_were_measured(ohms: float, told: str) -> None:
    assert resistance(ohms) == told


def test_figures_are_numbers_or_nothing() -> None:
    told = figures(with_(**loop(220)))
    assert told["strong_loop_ohms"] == pytest.approx(220)
    assert told["ring_ground_ohms"] is None
    assert all(value is None or math.isfinite(value) for value in told.values())


# the ring doctor


def test_the_voltage_at_the_bell_falls_with_wire_and_bells() -> None:
    assert voltage(CHINA, 0, 5000) == 60
    assert 57 < voltage(CHINA, 1, 160) < 58
    assert voltage(CHINA, 5, 160) == pytest.approx(48.8, abs=0.5)
    by_bells = [voltage(CHINA, ren, 160) for ren in (0.5, 1, 2, 3, 5)]
    assert by_bells == sorted(by_bells, reverse=True)


def test_a_bell_rings_where_volts_frequency_and_current_suffice() -> None:
    electronic, _, american, heavy = BELLS
    assert rings(electronic, CHINA, 5, 500)
    assert not rings(heavy, CHINA, 5, 160)
    france = RingSource(50, 60, 84.9, 160, 93, 7.5, 80, 2, 5)
    assert not rings(american, france, 1, 0), "it does not know 50 Hz"
    assert [each.most_ren["heavy, old"] for each in reaches(CHINA, 1)] == [3, 1, 0, 0]


def test_battery_and_line_feed_limit_the_ringing() -> None:
    weak = RingSource(25, 60, 84.9, 160, 75, 7.5, 80, 2, 3)
    assert limits(CHINA, 3) == ()
    assert limits(weak, 4) == (
        "the battery of 75 V cuts the peak of 85 V (7.5 V more are needed)",
        "4.0 REN, and the card was made for 3",
    )


# as it is typed


def typed(words: str, made: Context) -> Answer:
    return TABLE.execute(words.split(), made)


FOUND = LineReport(
    card=1,
    port=2,
    chip="Si3210 rev E",
    test=3,
    took_s=2.5,
    findings=(
        Finding(what="foreign voltage on tip", verdict="ok", measured="0 V DC, 0 V AC"),
        Finding(
            what="resistance ring to ground",
            verdict="fault",
            measured="12 kohm",
            meaning="ring wire touches earth, 12 kohm: wet cable or a cut",
            advice="Look for water.",
        ),
        Finding(what="bells", verdict="not measured", meaning="current flows already"),
    ),
    verdict="ring wire touches earth, 12 kohm: wet cable or a cut.",
    passed=False,
    readings={"ring_ground_ohms": 12000.0},
)


def test_a_line_test_is_printed_with_verdict_and_advice_and_fails() -> None:
    answer = typed("test line 2", context({"test-line": FOUND}))
    assert answer.status == 1
    assert answer.text == (
        "[1:2] line test by Si3210 rev E, 2.5 s\n"
        "what                       verdict  measured\n"
        "foreign voltage on tip     ok       0 V DC, 0 V AC\n"
        "resistance ring to ground  FAULT    12 kohm\n"
        "bells                      --       current flows already\n"
        "ring wire touches earth, 12 kohm: wet cable or a cut.\n"
        "Look for water.\n"
        "Indicative only: six to eight bits, within 40 %"
        " (GR-909 style, not a GR-909 instrument)."
    )
    assert answer.data == to_json(FOUND)


def test_a_test_that_was_given_up_says_why() -> None:
    report = LineReport(card=1, port=1, test=1, given_up="the port was disabled", readings={})
    answer = typed("test line 1", context({"test-line": report}))
    assert (answer.text, answer.status) == (
        "[1:1] line test given up: the port was disabled",
        1,
    )


def test_a_test_without_an_end_is_not_waited_for_for_ever() -> None:
    report = LineReport(card=1, port=1, test=1, done=False, readings={})
    made = context({"test-line": report})
    assert typed("test line 1 --force", made).text == "[1:1] line test: no end yet"
    asked = made.control.asked  # type: ignore[attr-defined] # of the table, not of a daemon
    assert asked[0] == ("test-line", {"port": 1, "force": True})
    assert asked[1] == ("test-line", {"port": 1, "test": 1})


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("fault cut", {"wire_ohms": math.inf}),
        ("fault short", {"leakage_ohms": 1.0}),
        ("fault leak tip-ring 30000", {"leakage_ohms": 30000}),
        ("fault leak tip-ground 500", {"tip_ground_ohms": 500}),
        ("fault leak ring-ground 12000", {"ring_ground_ohms": 12000}),
        ("fault foreign dc -48", {"foreign_v": 48}),
        ("fault foreign ac 30", {"foreign_ac_v": 30}),
        ("bells 2.5", {"ren": 2.5}),
        ("wire 500", {"wire_ohms": 500}),
    ],
)
def test_the_copper_of_the_simulated_board_can_be_spoilt(
    words: str, change: dict[str, float]
) -> None:
    made = context(board={})
    typed(f"phone 1 {words}", made)
    assert made.board.asked == [("loop", {"port": 1, **change})]  # type: ignore[attr-defined] # of the table


def test_the_copper_is_mended_and_nonsense_is_refused() -> None:
    made = context(board={})
    assert typed("phone 1 fault none", made).text == "phone 1: the wires are sound"
    for words in ("phone 1 fault leak tip-ring wet", "phone 1 bells -1", "test ring 1 --ren many"):
        with pytest.raises(UsageError):
            typed(words, made)


RINGING = RingReport(
    card=1,
    port=1,
    hz=25,
    vrms=60,
    peak_v=84.9,
    shape="sine",
    battery_v=93,
    ren=1.0,
    ren_measured=False,
    reaches=reaches(CHINA, 1.0, (20.0, 1000.0)),
    limits=(),
    notes=("gains are those of the codec",),
)


def test_the_ring_doctor_prints_which_bells_ring_and_why_none_were_counted() -> None:
    made = context({"test-line": FOUND, "test-ring": RINGING})
    answer = typed("test ring 1", made)
    assert answer.status == 0
    assert answer.text == (
        "[1:1] rings with 25 Hz, 60 V RMS (sine, peak 85 V of a battery of 93 V);"
        " bells: 1.0 REN, not counted\n"
        "wire (0.4 mm)     at-the-bell  electronic  Europe, China  North America  heavy, old\n"
        "20 ohm, 0.07 km   58.5 V       yes (5)     yes (5)        yes (5)        yes (3)\n"
        "1000 ohm, 3.7 km  51.5 V       yes (5)     yes (4)        yes (3)        no (0)\n"
        "Note: gains are those of the codec.\n"
        "Computed; what bells want is remembered practice."
        " In brackets: so many REN at the most.\n"
        "The bells were not counted: current flows already."
    )


def test_the_ring_doctor_measures_nothing_when_it_is_told_the_bells() -> None:
    hopeless = RingReport(
        **{
            **{name: getattr(RINGING, name) for name in RINGING.__struct_fields__},
            "limits": ("8.0 REN draw 100 mA, 80 mA may be",),
        }
    )
    made = context({"test-ring": hopeless})
    answer = typed("test ring 1 --ren 8 --loop 20", made)
    asked = made.control.asked  # type: ignore[attr-defined] # of the table, not of a daemon
    assert asked == [("test-ring", {"port": 1, "ren": 8.0, "loop": 20.0})]
    assert answer.status == 1
    assert "It will not ring so: 8.0 REN draw 100 mA, 80 mA may be." in answer.text


def test_a_line_in_use_is_rung_on_paper() -> None:
    class Busy:
        """Refuses the line test, and answers the rest."""

        def call(self, method: str, **_: object) -> object:
            if method == "test-line":
                raise ControlError("not tested: the line is in use: talking")
            return to_json(RINGING)

    made = context()
    made.__dict__["control"] = Busy()
    told = typed("test ring 1", made).text
    assert told.endswith("not counted: not tested: the line is in use: talking.")
