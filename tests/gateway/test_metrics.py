"""Figures for Prometheus: true, whole, and well formed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.box.metrics import Metric, MetricsServer
from firmware.config.load import parse
from firmware.errors import ConfigError
from tests.gateway.test_renewal import BEFORE
from tests.gateway.test_trace_bundle import talks
from tests.world import World

SAMPLE = re.compile(
    r'tipring_[a-z_]+(\{([a-z_]+="([^"\\\n]|\\[\\n"])*",?)*\})? (-?[0-9.e+-]+|NaN)'
)


def read(world: World) -> dict[str, float]:
    """Every sample by its name and labels."""
    found: dict[str, float] = {}
    for line in MetricsServer(world.desk.handlers, world.gateway).text.splitlines():
        if not line.startswith("#"):
            assert SAMPLE.fullmatch(line), line
            name, _, value = line.rpartition(" ")
            assert name not in found
            found[name] = float(value)
    return found


def test_the_figures_follow_what_happens() -> None:
    with World(exchange=True).registers() as world:
        one = '{port="1",number="101"}'
        before = read(world)
        assert before[f"tipring_port_in_service{one}"] == 1
        assert before[f"tipring_line_registered{one}"] == 1
        assert before[f"tipring_port_off_hook{one}"] == 0
        assert before["tipring_calls"] == 0
        world.person(1).lifts()
        world.waits(0.5)
        assert read(world)[f"tipring_port_off_hook{one}"] == 1
        world.person(1).hangs_up()
        world.waits(1.0)
        talks(world)
        after = read(world)
        ended = 'tipring_calls_ended_total{port="1",direction="outgoing",cause="NORMAL"}'
        assert after[ended] == 1
        assert after["tipring_talk_seconds_total"] > 4
        assert after['tipring_sbc_in_use{server="10.0.0.9:5060"}'] == 1


def test_every_figure_has_a_name_a_kind_and_a_help() -> None:
    with World() as world:
        text = MetricsServer(world.desk.handlers, world.gateway).text
    names = re.findall(r"^# TYPE (\S+) (?:gauge|counter)$", text, re.MULTILINE)
    assert names == re.findall(r"^# HELP (\S+) \S.*\.$", text, re.MULTILINE)
    assert len(names) == len(set(names)) > 10


def test_labels_cannot_break_a_line() -> None:
    strange = Metric("tipring_x", "gauge", "X.", (({"name": 'a"b\\c\nd'}, 1),))
    assert str(strange).splitlines()[2] == 'tipring_x{name="a\\"b\\\\c\\nd"} 1'


@pytest.mark.parametrize("listen", ["here", "127.0.0.1", "host:9187", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(ConfigError, match=r"metrics\.listen"):
        parse(f'{BEFORE}\n[metrics]\nlisten = "{listen}"\n', "t.toml", Path())
