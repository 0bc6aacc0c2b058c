"""``profile import`` and ``profile check``: files in, files out, mistakes by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware import profiles
from firmware.cli import tables
from firmware.config.load import read
from firmware.profiles.facts import of_profile
from tests.cli.test_main import tipring
from tests.config.test_mistakes import GOOD

SAMPLE = Path(__file__).parents[1] / "profiles" / "indications.conf"


def test_an_imported_country_is_printed_and_checked(tmp_path: Path) -> None:
    status, out, err = tipring("profile", "import", str(SAMPLE), "gr")
    assert (status, err) == (
        0,
        f"{SAMPLE}:55: warning: unobtainable is played once, then silence\n"
        "gr.toml: warning: emergency and digit_map are those of de\n",
    )
    assert 'dial-tone = "425/200,0/300,425/700,0/800"  # line 48' in out
    assert "# from de: impedance = " in out
    assert "# Not used: dialrecall, record" in out
    (tmp_path / "gr.toml").write_text(out, encoding="utf-8")
    status, told, err = tipring("profile", "check", str(tmp_path / "gr.toml"))
    assert (status, err) == (0, "")
    taken = out.count("# from de: ")
    assert told == f"{tmp_path}/gr.toml: Greece, ok; {taken} values are of de\n"


def test_the_file_that_is_saved_can_be_the_country_of_a_configuration(tmp_path: Path) -> None:
    made = str(tmp_path / "in.toml")
    words = ("profile", "import", str(SAMPLE), "in", "--base", "uk", "--save", made)
    status, out, err = tipring(*words)
    taken = Path(made).read_text(encoding="utf-8").count("# from uk: ")
    assert (status, out) == (0, f"{made}: India, 6 tones; {taken} values are of uk\n")
    assert err.endswith(f"\n{made}: warning: emergency and digit_map are those of uk\n")
    config = tmp_path / "tipring.toml"
    config.write_text(GOOD.replace('"cn"', '"in.toml"'), encoding="utf-8")
    config.chmod(0o640)
    assert tipring("config", "check", str(config))[:2] == (0, f"{config}: ok\n")
    profile = profiles.load(read(config).config.gateway.country)
    assert (profile.name, profile.ring.cadence_ms) == ("India", (400, 200, 400, 2000))
    status, _, err = tipring(*words)
    assert (status, err) == (1, f"% {made}: is there already\n")


def test_as_json_everything_is_said() -> None:
    status, out, _ = tipring("profile", "import", str(SAMPLE), "ca", "--json")
    said = json.loads(out)
    assert (status, said["country"], said["base"], said["file"]) == (0, "ca", "ca", "")
    assert (said["name"], said["unused"]) == (
        "United States / North America",
        ["dialrecall", "record"],
    )
    assert "ring.hz" in said["taken"]
    profiles.parse(said["profile"], "ca.toml")


def test_an_entry_of_the_sample_that_is_wrong_is_left_to_the_base() -> None:
    status, out, err = tipring("profile", "import", str(SAMPLE), "cn")
    assert (status, "# from cn: stutter-dial-tone = " in out) == (0, True)
    assert err == (
        f"{SAMPLE}:18: warning: stutter-dial-tone not taken: two tones that beat at 25 Hz; the "
        "special dial tone of China is 450 Hz, 400 ms on and 40 ms off\n"
    )


def test_what_cannot_be_imported_is_refused_by_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.conf"
    wrong.write_text("[gr]\ndial = 425x\nbusy = 425/\n")
    status, out, err = tipring("profile", "import", str(wrong))
    assert (status, out) == (1, "")
    assert err == (
        f"{wrong}:2: dial: 425x: not a frequency, a sum of them, or 0\n"
        f"{wrong}:3: busy: 425/: the duration must be whole milliseconds\n"
    )
    wrong.write_bytes(b"[gr]\ndial = \xff")
    assert tipring("profile", "import", str(wrong))[2] == f"{wrong}:2: file: not UTF-8 text\n"
    gone = tmp_path / "gone.conf"
    assert tipring("profile", "import", str(gone))[2] == (
        f"{gone}:1: file: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--base", "xx"), 1, "no profile 'xx'; there are: "),
        (("--base",), 2, "--base wants a country by its two letters"),
        (("--save", "gr.conf"), 1, "gr.conf: the name of a profile ends in .toml"),
        (("--save", "/nowhere/gr.toml"), 1, "/nowhere/gr.toml: No such file or directory"),
    ],
)
def test_options_that_cannot_be_followed(words: tuple[str, ...], status: int, says: str) -> None:
    got, out, err = tipring("profile", "import", str(SAMPLE), "gr", *words)
    assert (got, out) == (status, "")
    assert says in err


def test_a_profile_with_mistakes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "xx.toml"
    path.write_text('name = "X"\nbase = "de"\ncolour = 5\nlaw = "G729"\n')
    status, out, err = tipring("profile", "check", str(path))
    assert (status, out) == (1, "")
    assert err == f"{path}:4: law: must be PCMA or PCMU\n{path}:3: colour: unknown\n"


def test_a_profile_is_as_narrow_as_the_terminal() -> None:
    facts = of_profile(profiles.load("de"))
    for width in (80, 100):
        shown = tables.profile("Germany (de)", facts, width).splitlines()
        assert max(map(len, shown)) <= width
    assert max(map(len, tables.profile("Germany (de)", facts).splitlines())) > 80
