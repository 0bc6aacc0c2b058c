"""[gateway] country may name a file beside the configuration: read whole, refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware import profiles
from firmware.config.load import read
from firmware.errors import ConfigError
from firmware.tone import Tone
from tests.config.test_mistakes import GOOD

GREECE = """\
name = "Greece"
base = "de"
emergency = ["100", "112"]

[tones]
dial-tone = "425/200,0/300,425/700,0/800"
busy = "425/300,0/300"

[hook]
flash_min_ms = 80
"""


def written(folder: Path, profile: str, name: str = "gr.toml") -> Path:
    (folder / name).write_text(profile, encoding="utf-8")
    config = folder / "tipring.toml"
    config.write_text(GOOD.replace('country = "cn"', f'country = "{name}"'), encoding="utf-8")
    return config


def problems(folder: Path, profile: str) -> list[str]:
    path = written(folder, profile)
    with pytest.raises(ConfigError) as refused:
        read(path)
    return [one.replace(f"{folder}/", "") for one in refused.value.problems]


def test_a_file_beside_the_configuration_is_a_country(tmp_path: Path) -> None:
    config = read(written(tmp_path, GREECE)).config
    assert config.gateway.country == str(tmp_path / "gr.toml")
    profile, base = profiles.load(config.gateway.country), profiles.load("de")
    assert (profile.name, profile.country) == ("Greece", "gr.toml")
    assert profile.hook.flash_min == 0.08
    assert (profile.hook.flash_max, profile.ring) == (base.hook.flash_max, base.ring)
    assert len(profile.tones[Tone.DIAL].segments) == 4
    assert profile.tones[Tone.RINGBACK] == base.tones[Tone.RINGBACK]
    origins = [profile.origin(k) for k in ("emergency", "law", "hook.flash_min_ms", "ring.hz")]
    assert origins == ["gr.toml", "de", "gr.toml", "de"]
    assert "name" not in profile.taken


def test_a_file_without_a_base_says_everything_itself(tmp_path: Path) -> None:
    (wrong,) = problems(tmp_path, 'name = "Greece"\n[ring]\nhz = 25\n')
    assert wrong.startswith("tipring.toml:2: gateway.country: gr.toml:1: law: missing; ")
    assert "gr.toml:2: ring: cadence_ms must list pairs" in wrong
    assert "gr.toml:1: tones: missing" in wrong


@pytest.mark.parametrize(
    ("given", "instead", "says"),
    [
        ('"425/300,0/300"', '"425/300,0/"', "gr.toml:7: tones: busy: 0/: the duration must"),
        ("[hook]", "howler = 5\n[hook]", "gr.toml:9: tones: howler: must be text, or a table"),
        ("flash_min_ms", "flash_min", "gr.toml:10: hook: unknown: flash_min"),
        ("= 80", "= 40", "gr.toml:10: hook: must hold: flash_min is at least 50 ms"),
        ('"de"', '"xx"', "gr.toml:2: base: 'xx' is not one of: "),
        ('"de"', "5", "gr.toml:2: base: 5 is not one of: "),
        ('["100", "112"]', "[100]", "gr.toml:3: emergency: must be a list of numbers in quotes"),
        ("emergency", 'impedance = "750"\nemergency', "gr.toml:3: impedance: '750' is not one of"),
        ('name = "Greece"\n', "", "gr.toml:1: name: missing"),
        ("[tones]", "[tones", "gr.toml:5: syntax: "),
        ("[tones]", "tones = 5\n[tons]", "gr.toml:5: tones: "),
    ],
)
def test_a_mistake_of_the_file_is_told_with_its_own_line(
    tmp_path: Path, given: str, instead: str, says: str
) -> None:
    assert given in GREECE
    (wrong,) = problems(tmp_path, GREECE.replace(given, instead))
    assert wrong.startswith("tipring.toml:2: gateway.country: ")
    assert says in wrong


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "tipring.toml"
    config.write_text(GOOD.replace('"cn"', '"nowhere.toml"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"nowhere\.toml:1: file: No such file or directory"):
        read(config)
    (tmp_path / "nowhere.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match=r"nowhere\.toml:1: file: not UTF-8 text"):
        read(config)
    (tmp_path / "nowhere.toml").write_text("#" * (profiles.ENOUGH + 1))
    with pytest.raises(ConfigError, match=r"file: more than \d+ bytes"):
        read(config)


@pytest.mark.parametrize("country", profiles.countries())
def test_our_own_countries_build_on_others_that_are_there(country: str) -> None:
    """No circles, no strangers, and what was taken is said."""
    profile = profiles.load(country)
    assert country not in profile.taken.values()
    assert set(profile.taken.values()) <= set(profiles.countries())
    assert not {"digit_map", "emergency"} & profile.taken.keys()
