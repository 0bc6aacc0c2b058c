"""What a record from the middle takes for given: lines that are bound, servers that live."""

from __future__ import annotations

from firmware.errors import SipError
from firmware.gateway import Gateway
from firmware.replay.record import Record
from firmware.sip.events import Address, Deregister, Register, RegisterStatus
from firmware.sip.message import Request, parse, respond
from firmware.sip.servers import Drill, GoBack, Inquire
from firmware.status import AdminStatus, RegistrationStatus
from firmware.trace.marks import Lane, Mark

FOREVER = 86400
"""s: granted to every binding, so that none has to be refreshed."""


class Standby:
    """Answers REGISTER, OPTIONS and SUBSCRIBE in place of the servers.

    Args:
        record: with the state to bring about.
    """

    def __init__(self, record: Record) -> None:
        self._lines = {row.number: row for row in record.life.state.registrations}
        self._refused: dict[str, int] = {
            number: row.last_code
            for number, row in self._lines.items()
            if record.life.state.known and row.register_status is not RegisterStatus.REGISTERED
        }
        """The answer to a line's REGISTER; 0: none."""
        self._record = record
        self._routes = _routes(record)

    def answers(self, data: bytes) -> bytes:
        """What a server says to a message of ours; nothing, if the record has to say it."""
        try:
            request = parse(data)
        except SipError:
            return b""
        if not isinstance(request, Request):
            return b""
        match request.method:
            case "OPTIONS":
                return respond(request, 200, to_tag="standby").encode()
            case "SUBSCRIBE":
                granted = [("Expires", str(FOREVER))]
                return respond(request, 200, to_tag="standby", headers=granted).encode()
            case "REGISTER":
                return self._registered(request)
        return b""

    def _registered(self, request: Request) -> bytes:
        number = request.to.uri.partition(":")[2].partition("@")[0]
        status = self._refused.get(number, 200)
        if not status:
            return b""
        if status != 200:
            return respond(request, status, to_tag="standby").encode()
        contacts = [("Contact", f"<{c.uri}>;expires={FOREVER}") for c in request.contacts]
        headers = [
            *contacts,
            *(("Service-Route", route) for route in self._routes.get(number, ())),
        ]
        return respond(request, 200, to_tag="standby", headers=headers).encode()

    def prepare(self, gateway: Gateway) -> None:
        """Bring the state about that the record begins with."""
        state = self._record.life.state
        for server in state.servers:
            if state.known and server.state == "dead":
                gateway.tell_agent(Drill(server.index, FOREVER))
            else:
                gateway.tell_agent(Inquire(server.index))
        for row in state.ports if state.known else ():
            port = gateway.ports.get(row.port)
            if port is None:
                continue
            if row.admin_status is AdminStatus.DEACTIVATED:
                gateway.set_enabled(port, on=False)
            if row.messages_waiting is not None:
                port.messages(row.messages_waiting)

    def told(self, gateway: Gateway, mark: Mark) -> None:
        """The record says that a server or a binding changed: so it does."""
        words = mark.what.split()
        port = gateway.ports.get(mark.port)
        if mark.lane is not Lane.HOUSE:
            return
        match words:
            case ["enabled" | "disabled"] if port:
                gateway.set_enabled(port, on=mark.what == "enabled")
            case ["sbc", rank, "dead"]:
                gateway.tell_agent(Drill(int(rank), FOREVER))
            case ["sbc", rank, "alive" | "unknown"]:
                gateway.tell_agent(Drill(int(rank), 0))
                gateway.tell_agent(Inquire(int(rank)))
            case ["reg-ok"] | ["reg-fail"] if line := self._line(mark.port):
                self._refused.pop(line.number, None)
                if words != ["reg-ok"]:
                    self._refused[line.number] = 403
                gateway.tell_agent(Register(mark.port))
            case ["drill", *_] | ["fail", "back"]:
                told(gateway, mark)
            case ["messages" | "no", "wait" | "messages"] if mark.port in gateway.ports:
                count = mark.detail.partition(" ")[0]
                gateway.ports[mark.port].messages(int(count) if count.isdecimal() else 0)

    def _line(self, port: int) -> RegistrationStatus | None:
        return next((row for row in self._lines.values() if row.port == port), None)


def told(gateway: Gateway, mark: Mark) -> None:
    """The operator wanted something of lines or servers."""
    match mark.what.split():
        case ["register"]:
            gateway.tell_agent(Register(mark.port))
        case ["deregister", *everybody]:
            gateway.tell_agent(Deregister(mark.port, bool(everybody)))
        case ["drill", "sbc", rank, "down", seconds]:
            gateway.tell_agent(Drill(int(rank), float(seconds)))
        case ["fail", "back"]:
            gateway.tell_agent(GoBack())


def _routes(record: Record) -> dict[str, list[str]]:
    """The Route lines of the first INVITE of each line: its registrar wanted them."""
    found: dict[str, list[str]] = {}
    numbers = {row.port: row.number for row in record.life.state.registrations}
    for mark in record.marks:
        if mark.lane is Lane.SIP and mark.outward and mark.what == "INVITE" and mark.port:
            lines = mark.detail.split("\r\n")
            routes = [
                line.partition(":")[2].strip() for line in lines if line.startswith("Route:")
            ]
            found.setdefault(numbers.get(mark.port, ""), routes)
    return found


def place(text: str, local: Address) -> Address:
    """Where a message came from, as a mark says it."""
    host, _, port = text.rpartition(":")
    return Address(host.strip("[]"), int(port), local.transport)
