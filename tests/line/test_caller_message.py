"""What displays are sent: every caller survives being put into octets and taken out again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.line.caller_message import (
    UNKNOWN,
    WITHHELD,
    Caller,
    Form,
    Keys,
    call_setup,
    caller,
    keys,
    messages_waiting,
)
from firmware.line.callerid_kinds import KINDS

WHEN = st.from_regex(r"(0[1-9]|1[0-2])[0-3][0-9][0-2][0-9][0-5][0-9]", fullmatch=True)
NUMBERS = st.text("0123456789*#", max_size=20)
NAMES = st.binary(max_size=50)
CALLERS = st.builds(Caller, WHEN, NUMBERS, NAMES, st.sampled_from("PO"))


def parameters(message: bytes) -> dict[int, bytes]:
    """A message of parameters, taken apart by the book."""
    kind, length, content = message[0], message[1], message[2:]
    assert kind & 0x80 or kind == 0x40
    assert length == len(content)
    found: dict[int, bytes] = {}
    while content:
        size = content[1]
        assert content[0] not in found
        assert len(content) >= 2 + size
        found[content[0]], content = content[2 : 2 + size], content[2 + size :]
    return found


@given(CALLERS)
def test_a_message_of_parameters_says_all_of_a_caller(who: Caller) -> None:
    message = call_setup(Form.MULTIPLE, who)
    assert message[0] == 0x80
    found = parameters(message)
    assert found.pop(1) == who.when.encode()
    if who.number:
        assert found.pop(2) == who.number.encode()
    else:
        assert found.pop(4) == who.absence.encode()
    if who.name:
        assert found.pop(7) == who.name
    elif not who.number:
        assert found.pop(8) == who.absence.encode()
    assert found == {}


@given(CALLERS)
def test_a_single_message_has_date_and_number_in_fixed_places(who: Caller) -> None:
    message = call_setup(Form.SINGLE, who)
    assert message[0] == 0x04
    assert message[1] == len(message) - 2
    assert message[2:10].decode() == who.when
    assert message[10:].decode() == (who.number or who.absence)


@given(CALLERS)
def test_a_japanese_message_has_the_number_only_and_doubles_a_dle(who: Caller) -> None:
    message = call_setup(Form.NTT, who)
    assert message[0] == 0x40
    assert message[1] == len(message) - 2
    body = message[2:]
    assert body.count(b"\x10") % 2 == 0
    plain = body.replace(b"\x10\x10", b"\x10")
    kind, value = (2, who.number) if who.number else (4, who.absence)
    assert plain == bytes((kind, len(value))) + value.encode()


@given(CALLERS, st.sampled_from([kind.keys for kind in KINDS.values()]))
def test_keys_begin_and_end_with_their_signs(who: Caller, codes: Keys) -> None:
    pressed = keys(codes, who)
    assert set(pressed) <= set("0123456789ABCD#")
    digits = "".join(c for c in who.number if c.isdigit())
    if digits:
        assert pressed == codes.start + digits + codes.stop
    else:
        assert pressed == (codes.private if who.absence == "P" else codes.unknown)
    assert pressed[-1] in "C#"


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["latin-1", "gb2312"]))
def test_whatever_the_network_says_of_a_caller_fits_a_display(
    number: str, name: str, charset: str
) -> None:
    """A08: only digits, and printable characters of the agreed set, reach the telephone."""
    who = caller(number, name, "01020304", charset=charset, name_bytes=15, number_digits=20)
    assert set(who.number) <= set("0123456789*#")
    assert len(who.number) <= 20
    assert len(who.name) <= 15
    shown = who.name.decode(charset)
    assert shown.isprintable()
    for form in Form:
        assert len(call_setup(form, who)) <= 257


@pytest.mark.parametrize(
    ("number", "absence"), [(WITHHELD, "P"), (UNKNOWN, "O"), ("", "O"), ("sip-user", "O")]
)
def test_why_there_is_no_number(number: str, absence: str) -> None:
    """CLI-07: private is not the same as unknown."""
    who = caller(number, "", "", charset="latin-1", name_bytes=15, number_digits=20)
    assert (who.number, who.absence) == ("", absence)


@pytest.mark.parametrize("count", [0, 1, 3, 300])
def test_the_lamp_is_lit_and_put_out_by_each_form_of_message(count: int) -> None:
    """GR-30: 82 with the indicator FF or 00, or 06 with three letters; ETSI counts as well."""
    lit = bytes([0xFF if count else 0])
    assert parameters(messages_waiting(Form.MULTIPLE, count)) == {0x0B: lit}
    counted = parameters(messages_waiting(Form.MULTIPLE, count, counted=True))
    assert counted == {0x0B: lit, 0x13: bytes([min(count, 255)])}
    assert messages_waiting(Form.SINGLE, count) == b"\x06\x03" + (b"BBB" if count else b"ooo")


def test_a_japanese_telephone_has_no_lamp() -> None:
    with pytest.raises(ValueError, match="no lamp"):
        messages_waiting(Form.NTT, 1)


@pytest.mark.parametrize(("form", "digits"), [(Form.NTT, 130), (Form.SINGLE, 250)])
def test_what_does_not_fit_is_refused(form: Form, digits: int) -> None:
    with pytest.raises(ValueError, match="octets"):
        call_setup(form, Caller("01020304", "1" * digits))
