"""How a line's binding stands: what was asked, what came back, what that means, what to check."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.explain.live import Live
from firmware.explain.marks import header, method, parameter, phrase, status
from firmware.explain.verdict import RegistrationExplanation
from firmware.sip.events import RegisterStatus
from firmware.status import RegistrationStatus
from firmware.text import escape, span
from firmware.trace.marks import Mark

MOST = 6
"""Lines of a picture."""
NO_ANSWER, NOT_SENT = "no answer", "cannot be sent"
"""What a registration says for 408 and 503 if no server has said them."""
REFUSED = "credentials refused"
LEFT_ALONE = "to be left alone for"
"""In the error of a line that waits because its server has asked all lines to."""

_ACCOUNT = "user and password of the [[line]], and the user's domain at the server"
_SERVER = "the server's own log; nothing can be mended here"
MEANINGS: dict[int, tuple[str, str]] = {
    401: ("The server asked for credentials and did not take ours.", _ACCOUNT),
    403: (
        "The server knows what we asked and forbids it.",
        "the password of the [[line]] (some registrars refuse a wrong one so), whether the account"
        " is barred, and whether it may register from this address",
    ),
    404: (
        "The server does not know this number at this domain.",
        "number of the [[line]] and [sip] domain",
    ),
    405: ("That server is no registrar.", "the address in [[sip.server]]"),
    408: ("The server, or one behind it, waited in vain for another.", _SERVER),
    416: ("The server does not serve this kind of address.", "[sip] domain"),
    420: ("The server wants an extension that we do not have.", _SERVER),
    423: ("The server wants longer bindings than it may ask of us.", "[sip] expires"),
    480: ("The server is not ready for registrations.", _SERVER),
    500: ("The server failed.", _SERVER),
    501: ("That server is no registrar.", "the address in [[sip.server]]"),
    503: ("The server is overloaded or out of service.", _SERVER),
    504: ("The server waited in vain for another.", _SERVER),
    600: ("The server refuses this line everywhere.", "the account at the server"),
    603: ("The server declines this line.", "the account at the server"),
}
"""By status: what it means for a REGISTER, and what to check."""
BY_CLASS = {
    2: ("The server said yes, but its list of bindings lacks ours.", "the server's own log"),
    3: (
        "The server points to another place, and we do not go there.",
        "the address in [[sip.server]], and [sip] redirect if it is one of your servers",
    ),
    4: ("The server refuses this REGISTER.", "the server's own log"),
    5: ("The server failed.", _SERVER),
    6: ("The server refuses this line everywhere.", "the account at the server"),
}


def explain_registration(
    live: Live, marks: Sequence[Mark], *, stamp: str = ""
) -> RegistrationExplanation:
    """Explain a binding.

    Args:
        live: how the port stands; it has been started.
        marks: all that are kept of the port.
        stamp: local time of the last answer; empty: there was none.
    """
    row = live.registration
    assert row is not None, "a port that was not started has no binding"
    asked = [mark for mark in marks if method(mark) == "REGISTER"][-MOST:]
    means, check = _meaning(row, live.network_fault)
    return RegistrationExplanation(
        card=row.card,
        port=row.port,
        number=row.number,
        register_status=row.register_status,
        sent=escape(_sent(row, asked)),
        came_back=escape(_came_back(row, asked, stamp)),
        means=escape(means),
        next_attempt=_next(row, live.network_fault),
        check=escape(check),
        begun_at=asked[0].at if asked else 0.0,
        marks=tuple(asked),
    )


def condition(row: RegistrationStatus, network_fault: str = "") -> str:
    """A binding in one sentence."""
    if row.register_status is RegisterStatus.NOT_NEEDED:
        return "the port has no [[line]], so it has no registration."
    if network_fault:
        return f"{row.register_status.value}, no network: {network_fault}."
    told = f"{row.register_status.value}"
    if row.registrar and row.register_status is RegisterStatus.REGISTERED:
        told += f" at {row.registrar}"
    if row.answered_ago_s is not None:
        told += f", last REGISTER {_result(row)} {span(row.answered_ago_s)} ago"
    if row.last_error and (row.answered_ago_s is None or LEFT_ALONE in row.last_error):
        told += f", {row.last_error}"
    if row.expires_in_s is not None:
        told += f", the binding ends in {span(row.expires_in_s)}"
    if row.next_attempt_in_s is not None:
        told += f", next attempt in {span(row.next_attempt_in_s)}"
    return told + "."


def _result(row: RegistrationStatus) -> str:
    if row.last_error == NO_ANSWER or row.last_error.startswith(NOT_SENT):
        return row.last_error
    if LEFT_ALONE in row.last_error:
        return str(row.last_code)
    return f"{row.last_code} {row.last_error}".strip()


def _sent(row: RegistrationStatus, asked: Sequence[Mark]) -> str:
    requests = [mark for mark in asked if not status(mark)]
    if row.register_status is RegisterStatus.NOT_NEEDED:
        return "nothing: the port has no [[line]]"
    if not requests:
        never = (
            row.answered_ago_s is None and row.register_status is not RegisterStatus.REGISTERING
        )
        return "nothing so far" if never else "a REGISTER that is no longer kept in the trace"
    last = requests[-1]
    told = f"REGISTER for {_uri(header(last, 'To'))} to {last.peer}"
    shown = header(last, "Authorization") or header(last, "Proxy-Authorization")
    if shown:
        user, realm = parameter(shown, "username"), parameter(shown, "realm")
        return f"{told}, with credentials of user {user} for realm {realm}"
    return f"{told}, without credentials"


def _uri(name_addr: str) -> str:
    return name_addr.partition("<")[2].partition(">")[0] or name_addr


def _came_back(row: RegistrationStatus, asked: Sequence[Mark], stamp: str) -> str:
    if row.answered_ago_s is None:
        return "nothing yet"
    when = f", {span(row.answered_ago_s)} ago ({stamp})"
    if row.last_error == NO_ANSWER:
        return f"nothing, given up{when}"
    if row.last_error.startswith(NOT_SENT):
        return f"nothing, it could not be sent{when}"
    said = next((m for m in reversed(asked) if status(m) == row.last_code), None)
    text = phrase(said) if said else str(row.last_code)
    if row.last_error and row.last_error not in text and LEFT_ALONE not in row.last_error:
        text += f" ({row.last_error})"
    return f"{text}{when}"


def _meaning(row: RegistrationStatus, network_fault: str) -> tuple[str, str]:
    """What it means in words, and what to check."""
    if row.register_status is RegisterStatus.NOT_NEEDED:
        return "This port registers nowhere.", "whether a [[line]] with this port is missing"
    if network_fault:
        return (
            f"There is no way to any server: {network_fault}.",
            "network cable, address and route of this box, DNS, [[sip.server]]",
        )
    if not row.last_error:
        return _good(row)
    means, check = _bad(row)
    if row.register_status is RegisterStatus.REGISTERED:
        return f"{means} The binding of before still holds.", check
    return means, check


def _good(row: RegistrationStatus) -> tuple[str, str]:
    match row.register_status:
        case RegisterStatus.REGISTERED:
            return f"Registered; the binding ends in {span(row.expires_in_s)}.", ""
        case RegisterStatus.REGISTERING:
            return "A REGISTER is out, and its answer is waited for.", ""
    return (
        "The line does not register: its time has not come, or it was de-registered.",
        f"register {row.port} makes it try now",
    )


def _bad(row: RegistrationStatus) -> tuple[str, str]:
    if LEFT_ALONE in row.last_error:
        return f"The server asks all lines to wait: {row.last_error}.", _SERVER
    if row.last_error == NO_ANSWER:
        return (
            "The REGISTER went out and nothing came back.",
            "address and port in [[sip.server]], firewall, whether the server runs",
        )
    if row.last_error.startswith(NOT_SENT):
        return _not_sent(row.last_error.removeprefix(NOT_SENT).removeprefix(": "))
    if not row.last_code and row.answered_ago_s is None:
        return (
            f"No server's address is known: {row.last_error}.",
            "the name in [[sip.server]], and the name service (DNS) of this box",
        )
    if row.last_code in {401, 407}:
        if row.last_error == REFUSED:
            return MEANINGS[401]
        return (
            f"The server asked for credentials that we do not give: {row.last_error}.",
            "realm and algorithm of the challenge (see the ladder)",
        )
    return MEANINGS.get(row.last_code) or BY_CLASS[row.last_code // 100]


def _not_sent(why: str) -> tuple[str, str]:
    """What kept a REGISTER from leaving: the network, or who was met at the other end."""
    told = f": {why}." if why else "."
    if "certificate" in why or "TLS" in why:
        return (
            f"There is no TLS connection to the server that could be trusted{told}",
            "the server's certificate, [sip.tls], [sip] domain, and the date of this box",
        )
    if "Connection refused" in why:  # ICMP: the host is there, nobody is at the port
        return (
            f"Nobody listens at the server's address and port{told}",
            "address and port in [[sip.server]], whether the server runs",
        )
    if "connect" in why:
        return (
            f"There is no connection to the server{told}",
            "address, port and [sip] transport, firewall, whether the server runs",
        )
    return f"The REGISTER could not be sent{told}", "network cable, address and route of this box"


def _next(row: RegistrationStatus, network_fault: str) -> str:
    if row.register_status is RegisterStatus.NOT_NEEDED:
        return "never"
    if network_fault:
        return "as soon as there is a network"
    if row.next_attempt_in_s is not None:
        return f"in {span(row.next_attempt_in_s)}"
    if row.register_status is RegisterStatus.REGISTERING:
        return "now"
    return (
        "as soon as a server's address is known" if row.last_error else f"at register {row.port}"
    )
