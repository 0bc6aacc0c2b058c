"""Which flow a test proves, and against whom: what docs/reference/interop.md is made of."""

from __future__ import annotations

import pytest


def proves(flow: str, peer: str) -> pytest.MarkDecorator:
    """Mark a test that needs `peer`, a program we did not write, and proves `flow` with it."""
    return pytest.mark.interop(flow=flow, peer=peer)
