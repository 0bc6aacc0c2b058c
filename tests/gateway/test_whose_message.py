"""Whose a message is: the ladder of a port has all of its calls, however they are addressed."""

from __future__ import annotations

from tests.world import World


def test_a_call_whose_to_is_our_contact_is_on_the_ladder_of_its_port() -> None:
    """A back-to-back user agent makes a To of its own; Sippy's is the URI that it calls."""
    with World() as world:
        world.registers()
        world.sbc.calls("102", to=world.sbc.contacts["102"])
        world.sbc.gets_answer(180, "INVITE")
        said = [mark.what for mark in world.marks if mark.port == 2]
        assert "INVITE" in said
        assert "180" in said
