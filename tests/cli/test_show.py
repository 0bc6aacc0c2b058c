"""The tables of the show commands, as they are printed."""

from __future__ import annotations

import pytest

from firmware.cli import (
    show,  # noqa: F401 fills the table
    tables,
)
from firmware.cli.command import TABLE, Answer
from firmware.cli.tables import figure
from firmware.errors import CommandError, ControlError
from firmware.row_words import CallStatus
from firmware.status import CallStatusRow, Direction
from firmware.text import span
from tests.cli.lab import ALARM, ANSWERS, context


def run(line: str, **answers: object) -> Answer:
    return TABLE.execute(line.split(), context({**ANSWERS, **answers}))


HEAD = "[card:port]  register-status  call-status  physical-status  peer-number  call-direction"
ROW_11 = "[1:1]        no-reg:Deact     Idle         DOWN"
ROW_21 = "[2:1]        reg-fail:Activ   Idle         ON-HOOK"
ROW_22 = "[2:2]        reg-ok:Activ     Talking      OFF-HOOK         8001         Outgoing"
FIRST_KEYS = ("card", "port", "register_status", "admin_status", "call_status")


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("show card 2 port 2 status", [ROW_22]),
        ("sh ca 2 po 2 st", [ROW_22]),
        ("show port 2 status", [ROW_22]),
        ("show port 1", [ROW_11, ROW_21]),
        ("show card 2 status", [ROW_21, ROW_22]),
        ("show port status", [ROW_11, ROW_21, ROW_22]),
    ],
)
def test_the_status_table_has_a_row_for_each_port_in_order(line: str, rows: list[str]) -> None:
    assert run(line).text.splitlines() == [HEAD, *rows]


def test_the_golden_rows_of_the_course_appear_when_white_space_is_folded() -> None:
    folded = [" ".join(line.split()) for line in run("show card 2 port status").text.splitlines()]
    assert folded[0] == (
        "[card:port] register-status call-status physical-status peer-number call-direction"
    )
    assert folded[1] == "[2:1] reg-fail:Activ Idle ON-HOOK"


def test_json_has_the_keys_of_the_contract_and_nothing_cut_short() -> None:
    data = run("show card 1 port 1 status").data
    assert [{key: row[key] for key in FIRST_KEYS} for row in data] == [
        {
            "card": 1,
            "port": 1,
            "register_status": "no-reg",
            "admin_status": "Deactivated",
            "call_status": "Idle",
        }
    ]
    expected = {"physical_status", "peer_number", "call_direction", "registrar", "expires_in_s"}
    assert expected | {"last_error", "next_attempt_in_s", "cause"} <= set(data[0])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("show card 9 port 1 status", "card 9 not present (cards: 1 2)"),
        ("show card 1 port 2 status", "port 2 not present (ports: 1)"),
        ("show port 7 status", "port 7 not present (ports: 1 2)"),
    ],
)
def test_a_card_or_port_that_is_not_there_is_refused_in_one_line(line: str, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(line)
    assert str(caught.value) == message


def test_registrations_are_shown_with_the_escaped_words_of_the_server() -> None:
    assert run("show registration").text == (
        "[card:port]  number  status    registrar        expires  next-attempt  last-answer\n"
        "[1:1]        101     reg-ok    192.0.2.10:5060  3586 s   -             200\n"
        "[1:2]        102     reg-fail  -                -        8.2 s         "
        "403 Forbidden\\x1b[2J"
    )


def test_servers_are_shown_with_their_round_trip_times() -> None:
    assert run("show sbc").text == (
        "sbc  server           address          state  use  rtt      min/avg/max    lost/sent"
        "  since\n"
        "1    192.0.2.10:5060  192.0.2.10:5060  alive  yes  12.0 ms  9.0/11.5/80.0  1/120    "
        "  1 h 00 m\n"
        "2    192.0.2.11:5060  -                dead   no   -        -/-/-          3/3      "
        "  -"
    )


def test_calls_past_and_present_are_different_commands() -> None:
    assert run("show call").text == (
        "call  [card:port]  call-status  peer-number  call-direction  duration  talking  codec  "
        "rtp-remote        lost/received  jitter  mos\n"
        "7     [2:2]        Talking      8001         Outgoing        70 s      64 s     PCMA   "
        "192.0.2.10:20000  2/3175         1.2 ms  4.4\n"
        "Call 7: Heard here: MOS 4.4, good.\n"
        "Call 7: voice is encrypted by AES_CM_128_HMAC_SHA1_80.\n"
        "Call 7: session timer of 1800 s, confirmed by the far end; 1704 s left."
    )
    assert run("show calls").text == (
        "call  [card:port]  started              peer-number  call-direction  duration  "
        "mos  released-by  sip  cause      why\n"
        "6     [2:2]        2024-05-01 12:00:00  8002         Outgoing        -         "
        "-    remote       486  PEER_BUSY  8002 is busy."
    )
    assert run("show calls 2").data[0]["hint"] == "Normal, nothing is wrong."


@pytest.mark.parametrize(
    ("talking_s", "shown"), [(3.0, ["-", "-", "-"]), (14.0, ["0/0", "0.0", "ms", "-"])]
)
def test_packets_that_nobody_has_counted_yet_are_not_said_to_be_none(
    talking_s: float, shown: list[str]
) -> None:
    talk = CallStatusRow(
        call=7, card=2, port=2, call_status=CallStatus.TALKING, peer_number="8001",
        call_direction=Direction.OUTGOING, duration_s=20.0, talking_s=talking_s, codec="PCMA",
        rtp_remote="192.0.2.10:20000",
    )  # fmt: skip
    told = tables.calls([talk]).splitlines()[1].partition("192.0.2.10:20000")[2]
    assert told.split() == shown


def test_a_line_is_shown_in_volts_and_milliamperes() -> None:
    assert run("show line 1").text == (
        "[card:port]  chip          linefeed        hook  line     loop    tip     ring     "
        "battery  fault\n"
        "[1:1]        Si3210 rev E  forward-active  on    -48.3 V  0.0 mA  -3.0 V  -51.3 V  "
        "-65.0 V  -"
    )


def test_version_config_and_alarms() -> None:
    assert run("show version").text == (
        "tipring      0.1.0\n"
        "python       3.11.7\n"
        "SIP core     interpreted\n"
        "platform     -\n"
        "running for  42 s\n"
        "dropped      7 datagrams\n"
        "hardware     card 1: si3210 simulated\n"
        "libspandsp   2.0.0\n"
        "libspeexdsp  not installed"
    )
    assert run("show config").text == (
        '[gateway]\ncountry = "cn"\n\n[[line]]\nport = 1\npassword = "******"'
    )
    assert run("show alarms").text == "no alarm"
    assert run("show alarms", alarms=[ALARM]).text == (
        "since                severity  where  what\n"
        "2024-05-01 12:00:00  major     [1:2]  no telephone"
    )


@pytest.mark.parametrize("wrong", [None, {"card": 1}, [{"card": "x"}], ["x"]])
def test_an_answer_of_another_kind_is_an_error_in_words(wrong: object) -> None:
    with pytest.raises((CommandError, ControlError), match="is not understood"):
        run("show port status", ports=wrong)


def test_durations_and_figures_are_written_as_people_read_them() -> None:
    assert [span(s) for s in (None, 0.04, 9.94, 10, 3599.4, 3600, 86399)] == [
        "-", "0.0 s", "9.9 s", "10 s", "3599 s", "1 h 00 m", "23 h 59 m",
    ]  # fmt: skip
    assert (figure(None, "V"), figure(-0.04), figure(1, "mA")) == ("-", "-0.0", "1.0 mA")
