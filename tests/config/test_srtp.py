"""Encrypted voice and the way that its keys take (row C22, RFC 4568 section 8.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.config.load import Loaded, parse
from firmware.errors import ConfigError
from firmware.settings import agent_settings, wants_handshakes
from firmware.sip.events import Address
from tests.config.test_mistakes import GOOD


def loaded(srtp: str, *, transport: str = "udp", more: str = "") -> Loaded:
    text = GOOD.replace("[sip]", f'[sip]\ntransport = "{transport}"')
    return parse(f'{text}\n[rtp]\nsrtp = "{srtp}"\n{more}', "t.toml", Path("/nowhere"))


@pytest.mark.parametrize("srtp", ["optional", "required"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_keys_are_told_where_nobody_can_read_them(srtp: str, transport: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(srtp, transport=transport)
    (problem,) = refused.value.problems
    assert problem.startswith('t.toml:21: rtp.srtp: needs [sip] transport = "tls"')
    assert "srtp_without_tls" in problem


@pytest.mark.parametrize("srtp", ["off", "optional", "required"])
def test_with_tls_there_is_nothing_to_say(srtp: str) -> None:
    found = loaded(srtp, transport="tls")
    assert not [warning for warning in found.warnings if "srtp" in warning]
    assert agent_settings(found.config, Address("192.0.2.1", 5060)).srtp == srtp


def test_a_lab_may_do_without_and_is_told_what_that_means() -> None:
    found = loaded("required", more="srtp_without_tls = true\n")
    (warning,) = [warning for warning in found.warnings if "srtp" in warning]
    assert warning.startswith("t.toml:22: rtp.srtp_without_tls: ")
    assert "decrypt" in warning
    quiet = loaded("off", more="srtp_without_tls = true\n").warnings
    assert not [warning for warning in quiet if "srtp" in warning]


def test_other_words_are_refused() -> None:
    with pytest.raises(ConfigError) as refused:
        loaded("yes", transport="tls")
    (problem,) = refused.value.problems
    assert problem == "t.toml:21: rtp.srtp: 'yes' is not one of: off, optional, required, dtls"


def test_a_line_may_be_encrypted_otherwise_than_the_others() -> None:
    """And is told so where its line stands."""
    text = GOOD + '\n[rtp]\nsrtp = "dtls"\n'
    found = parse(text.replace("[[line]]", '[[line]]\nsrtp = "off"', 1), "t.toml", Path())
    settings = agent_settings(found.config, Address("192.0.2.1", 5060))
    assert settings.srtp == "dtls"
    assert settings.lines[0].srtp == "off"
    assert not wants_handshakes(found.config)
    assert wants_handshakes(parse(text, "t.toml", Path()).config)
    with pytest.raises(ConfigError) as refused:
        parse(GOOD.replace("[[line]]", '[[line]]\nsrtp = "required"', 1), "t.toml", Path())
    (problem,) = refused.value.problems
    assert re.match(r't.toml:\d+: line\[0\].srtp: needs \[sip\] transport = "tls"', problem)


def test_a_handshake_needs_no_tls_and_it_is_said_what_that_means() -> None:
    """RFC 5763 section 5: a fingerprint is as good as the way that it takes."""
    (warning,) = [text for text in loaded("dtls").warnings if "srtp" in text]
    assert warning.startswith("t.toml:21: rtp.srtp: who can change our signalling")
    assert not [text for text in loaded("dtls", transport="tls").warnings if "srtp" in text]
