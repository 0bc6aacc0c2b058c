"""Prometheus asks the service over HTTP, if the configuration lets it."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from tests.interop.programs import free_port
from tests.wire.stage import House, until


def test_figures_are_served_at_the_address_that_was_named_and_nowhere_else() -> None:
    port = free_port("127.0.0.1")
    with House(f'\n[metrics]\nlisten = "127.0.0.1:{port}"\n') as house:
        house.opens()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            text = answer.read().decode()
        assert 'tipring_line_registered{port="1",number="101"} 1' in text
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)
        house.config.write_text(house.config.read_text().replace(f":{port}", f":{port}x"))
        assert "metrics.listen" in house.types("config", "apply").stderr
        until("it works on", lambda: house.row(1).startswith("reg-ok"))
