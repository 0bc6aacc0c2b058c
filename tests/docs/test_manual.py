"""The manual page is roff that no text can break."""

from __future__ import annotations

import re

from firmware.cli.command import TABLE
from tests.docs.pages.manual import bold, make, paragraphs, plain

REQUESTS = re.compile(r'\.\\" |\.(TH|SH|TP|TQ|IP|B|BR|RI)\b')


def test_every_command_is_in_it_and_every_line_with_a_dot_is_a_request() -> None:
    page = make()
    assert all(bold(command.usage) in page for command in TABLE.commands)
    requests = [line for line in page.splitlines() if line.startswith((".", "'"))]
    assert [line for line in requests if not REQUESTS.match(line)] == []


def test_text_is_no_request_and_has_no_escape() -> None:
    assert plain(".so /etc/passwd") == "\\&.so /etc/passwd"
    assert plain('\'tis --x "y" a\\b') == "\\&'tis \\-\\-x \\(dqy\\(dq a\\eb"
    assert paragraphs("One\nline.\n\nTwo.") == "One line.\n.IP\nTwo."
