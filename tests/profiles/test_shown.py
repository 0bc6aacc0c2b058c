"""``show profile``: what is in force, in units, and whose word each value is; as it is printed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from firmware import profiles
from firmware.cli import main
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context, Options
from firmware.cli.main import run as tipring
from firmware.profiles.facts import of_profile
from firmware.status import to_json
from tests.world import World

GOLDEN = Path(__file__).with_name("golden")

assert main  # fills the table


class Desk:
    """A daemon without a socket between."""

    def __init__(self, world: World) -> None:
        self._world = world

    def call(self, method: str, **params: object) -> object:
        return to_json(self._world.asks(method, **params))


def shows(words: str, world: World | None = None) -> Answer:
    context = Context(Options(environment={}))
    if world is not None:
        context.__dict__["control"] = Desk(world)
    return TABLE.execute(words.split(), context)


def matches(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


def sources(answer: Answer) -> dict[str, str]:
    return {f"{fact['group']} {fact['what']}": fact["source"] for fact in answer.data["facts"]}


def test_a_country_is_shown_in_words() -> None:
    matches("cn", shows("show profile cn").text)


def test_a_file_says_what_is_its_own_and_what_it_has_taken(tmp_path: Path) -> None:
    made = tmp_path / "gr.toml"
    sample = str(Path(__file__).with_name("indications.conf"))
    assert tipring(["profile", "import", sample, "gr", "--save", str(made)]) == 0
    text = shows(f"show profile {made}").text.replace(f"{tmp_path}/", "")
    matches("gr", text)


@pytest.mark.parametrize("country", profiles.countries())
def test_every_value_of_every_country_is_shown_once(country: str) -> None:
    facts = of_profile(profiles.load(country))
    keys = [(fact.group, fact.what) for fact in facts]
    assert len(keys) == len(set(keys))
    assert all(fact.value and fact.source for fact in facts)


LINE = "rx_gain_db = -3.0\npolarity_reversal = true\ndisconnect_ms = 500\nhook.pulse_max_ms = 85"
MORE = "[services]\ncaller_id = false\n"


def test_what_is_in_force_on_a_port_names_the_setting_that_says_so() -> None:
    with World(ports=1, country="us", line=LINE, more=MORE) as world:
        answer = shows("show profile port 1", world)
        matches("us-port-1", answer.text)
        found = sources(answer)
    with World(ports=1, country="us", line='caller_id = "dtmf-se"') as world:
        (told,) = (
            (fact["value"], fact["source"])
            for fact in shows("show profile port 1", world).data["facts"]
            if fact["what"] == "caller_id"
        )
    assert told[0].startswith("dtmf-se: DTMF before the first ring")
    assert told[1] == "[[line]] caller_id"
    assert found["line law"] == found["hook flash_min_ms"] == "us"
    assert found["caller-id caller_id"] == "[services] caller_id"
    assert found["dialling digit_map"] == "[dialling] digit_map"
    assert found["line rx_gain_db"] == "[[line]] rx_gain_db"
    assert found["hook pulse_max_ms"] == "[line.hook] pulse_max_ms"
    assert found["dialling short"] == "default"


def test_what_was_adapted_while_the_gateway_runs_is_said() -> None:
    with World(ports=1) as world:
        port = world.gateway.ports[1]
        port.settings = replace(
            port.settings, windows=replace(port.settings.windows, pulse_max=0.095)
        )
        facts = shows("show profile port 1", world).data["facts"]
    changed = [(f["what"], f["value"]) for f in facts if f["source"] == "adapted"]
    assert changed == [("pulse_max_ms", "open 95 ms at most in a call")]


def test_what_the_line_circuit_does_instead_is_said() -> None:
    """Japan rings with 16.67 Hz, an Ag1171 with 20 and more."""
    with World(ports=1, country="jp", variant="ag1171") as world:
        facts = shows("show profile port 1", world).data["facts"]
    adapted = [(f["value"], f["source"]) for f in facts if f["group"] == "adapted"]
    assert adapted[0] == ("20 Hz in place of 16.67", "Ag1171")
    assert ("impedance japan is not in an Ag1171: 600 ohm used", "Ag1171") in adapted


def test_without_a_port_it_is_what_holds_for_all_lines() -> None:
    with World(ports=1, country="us", line="rx_gain_db = -3.0", digit_map="") as world:
        answer = shows("show profile", world)
    found = sources(answer)
    assert answer.text.startswith("United States (us)\n")
    assert found["dialling digit_map"] == "us"
    assert "line rx_gain_db" not in found
