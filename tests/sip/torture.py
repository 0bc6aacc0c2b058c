"""The torture messages of RFC 4475 and what the message layer must make of each.

Re-typed; Content-Length is computed wherever it is not itself the torture. `MESSAGES` holds
all 49 by the names the RFC gives them.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.sip import torture_application, torture_invalid, torture_valid

REFUSED = {
    "badinv01": 400,
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "scalarlg": 400,
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "escruri": 400,
    "regbadct": 400,
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    "bigcode": 400,
    "insuf": 400,
    "multi01": 400,
    "mcl01": 400,
}
"""The status of the `SipError`; for a response it means: drop. What is not here is accepted."""


@dataclass(frozen=True)
class Torture:
    """One message; `refused` is None if it must be accepted."""

    name: str
    data: bytes
    refused: int | None


MESSAGES = {
    name: Torture(name, data, REFUSED.get(name))
    for group in (torture_valid.GROUP, torture_invalid.GROUP, torture_application.GROUP)
    for name, data in group.items()
}
