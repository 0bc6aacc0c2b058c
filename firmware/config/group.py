"""Who registers for the whole box, if its lines do not register each for itself (REG-20)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec

from firmware.config.lines import KeyPath
from firmware.config.secret import first_line
from firmware.config.values import Secret

Report = Callable[[KeyPath, str], None]
NUMBER = r"^[A-Za-z0-9_.!~*'()&=+$,;?/-]*$"


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One registration for all lines (implicit registration); the network knows their numbers."""

    number: Annotated[str, msgspec.Meta(pattern=NUMBER)] = ""
    """The user part of its address of record; empty: each line registers for itself."""
    auth_user: str = ""
    """For digest authentication; empty: the number. Of lines without a password, too."""
    password: Secret = Secret()
    password_file: str = ""
    """Holds the password in its first line; it is read into `password`."""

    @property
    def user(self) -> str:
        return self.auth_user or self.number

    def credentials(self, user: str, password: Secret) -> tuple[str, str]:
        """User and password that a line answers challenges with: its own, if it has them."""
        if password or not self.number:
            return user, password.reveal()
        return self.user, self.password.reveal()


def check_group(group: Group, folder: Path, wrong: Report) -> Group:
    """Say what is wrong; relative names of files begin in `folder`.

    Returns:
        The same with its password read.
    """
    if group != Group() and not group.number:
        wrong(("sip", "group"), "number is missing: nobody would register")
    if not group.password_file:
        return group
    place = ("sip", "group", "password_file")
    if group.password:
        wrong(place, "password stands here too: one of the two")
        return group
    told = first_line(folder / group.password_file, lambda why: wrong(place, why))
    return msgspec.structs.replace(group, password=Secret(told))


def lint_group(group: Group, odd: Report) -> None:
    """Report what works and is hardly meant."""
    if group.number and not group.password:
        odd(("sip", "group"), "no password: the registrar must know this box by address")
