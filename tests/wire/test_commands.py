"""One-shot commands, typed at a prompt against a gateway that runs (contract 2, 3)."""

from __future__ import annotations

import subprocess

import pytest

from tests.wire.stage import House, until

TABLE = """\
[card:port]  register-status  call-status  physical-status  peer-number  call-direction
[1:1]        reg-ok:Activ     Idle         ON-HOOK
[1:2]        reg-ok:Activ     Idle         ON-HOOK
"""
KEYS = {"card", "port", "register_status", "admin_status", "call_status", "physical_status",
        "peer_number", "call_direction", "registrar", "expires_in_s", "last_error",
        "next_attempt_in_s", "cause"}  # fmt: skip


def _said(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_status_table_as_text_and_as_json(house: House) -> None:
    assert _said(house.types("show", "port", "status")) == TABLE
    assert _said(house.types("sh", "po", "st")) == TABLE, "words may be shortened"
    first, second, _ = TABLE.splitlines()
    assert _said(house.types("show", "card", "1", "port", "1", "status")).splitlines() == [
        first, second
    ]  # fmt: skip
    rows = house.types_json("show", "port", "status")
    assert [(row["card"], row["port"], row["register_status"]) for row in rows] == [
        (1, 1, "reg-ok"), (1, 2, "reg-ok")
    ]  # fmt: skip
    assert all(row.keys() >= KEYS for row in rows)


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        ("show card 9 port 1 status", 1, "% card 9 not present (cards: 1)"),
        ("show port 7 status", 1, "% port 7 not present (ports: 1 2)"),
        ("register 7", 1, "% port 7 not present (ports: 1 2)"),
        ("phone 9 lift", 1, "% port 9 not present (ports: 1 2)"),
        ("fly", 2, "% unknown command: fly; try help"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    house: House, words: str, status: int, complaint: str
) -> None:
    done = house.types(*words.split())
    assert (done.returncode, done.stdout, done.stderr) == (status, "", complaint + "\n")


def test_without_a_gateway_commands_say_so(house: House) -> None:
    done = house.types("show", "port", "status", "--socket", str(house.folder / "none.sock"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "none.sock" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_call_made_by_typing_shows_in_tables_and_ladder(house: House) -> None:
    _said(house.types("phone", "1", "lift"))
    assert house.types_json("phone", "1", "hear", "1")["heard"] == "dial-tone"
    _said(house.types("phone", "1", "dial", "102"))
    until("telephone 2 rings", lambda: house.types_json("phone", "2", "state")["ringing"])
    _said(house.types("phone", "2", "lift"))
    until("they talk", lambda: "Talking" in house.row(1) and "Talking" in house.row(2))
    lines = _said(house.types("show", "port", "status")).splitlines()
    assert " ".join(lines[1].split()) == "[1:1] reg-ok:Activ Talking OFF-HOOK 102 Outgoing"
    assert " ".join(lines[2].split()) == "[1:2] reg-ok:Activ Talking OFF-HOOK 101 Incoming"
    assert {row["codec"] for row in house.types_json("show", "call")} == {"PCMA"}
    _said(house.types("phone", "2", "hang-up"))
    _said(house.types("phone", "1", "hang-up"))
    house.is_idle()
    ladder = _said(house.types("ladder", "1", "--last", "1"))
    order = ("off-hook", "dial-tone", "INVITE", "ringback", "200", "ACK", "BYE", "on-hook")
    rest = iter(ladder.splitlines())
    assert [word for word in order if any(word in line for line in rest)] == list(order)
    assert house.types_json("show", "calls", "1")[-1]["peer_number"] == "102"
    assert "No alarm" in _said(house.types("show", "alarms")).capitalize()
    bundle = str(house.folder / "call.zip")
    call = house.types_json("show", "calls", "1")[-1]["call"]
    _said(house.types("trace", "call", str(call), "--save", bundle))
    told = _said(house.types("replay", bundle, "--tolerance", "5"))
    assert "no difference" in told, "what a real service has recorded is lived through again (U11)"


def test_a_line_is_taken_out_of_service_and_back(house: House) -> None:
    assert _said(house.types("line", "2", "disable")) == "port 2: disabled\n"
    until("the binding is gone", lambda: house.row(2) == "unreg:Deact Idle DOWN")
    row = _said(house.types("show", "port", "2", "status")).splitlines()[1]
    assert " ".join(row.split()) == "[1:2] unreg:Deact Idle DOWN"
    assert house.phone(2, "state")["line_v"] == 0
    house.calls(1, "102")
    until("it is refused", lambda: house.row(1) == "reg-ok:Activ Busy OFF-HOOK 102 Outgoing")
    assert house.asks("history")[-1]["sip_status"] == 480
    house.phone(1, "hang-up")
    assert _said(house.types("line", "2", "enable")) == "port 2: enabled\n"
    house.is_idle()


def test_a_binding_is_removed_and_made_by_hand(house: House) -> None:
    assert _said(house.types("deregister", "2")) == "port 2: removing the binding\n"
    until("the binding is gone", lambda: house.row(2) == "unreg:Activ Idle ON-HOOK")
    assert _said(house.types("register", "2")) == "port 2: registering\n"
    house.is_idle()


def test_a_configuration_is_checked_before_it_is_used(house: House) -> None:
    good = house.config
    assert _said(house.types("config", "check", str(good))) == f"{good}: ok\n"
    bad = house.folder / "bad.toml"
    bad.write_text(good.read_text().replace("ports = 2", 'ports = "two"'))
    done = house.types("config", "check", str(bad))
    number = good.read_text().splitlines().index("ports = 2") + 1
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{bad}:{number}: card")
    shown = _said(house.types("show", "config"))
    assert "demo-secret" not in shown
    assert 'password = "******"' in shown


def test_the_copper_is_measured(house: House) -> None:
    (line,) = [house.types_json("show", "line", "1")]
    state = house.types_json("phone", "1", "state")
    assert line["linefeed"] == "forward-active"
    assert abs(abs(line["line_v"]) - abs(state["line_v"])) < 3
