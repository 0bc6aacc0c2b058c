"""The calls of the agent: found by number, by dialog, and by the INVITE that began them."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.sip.call.machine import CallMachine
from firmware.sip.call.phases import Phase
from firmware.sip.dialog import DialogId
from firmware.sip.message import Request, Response

Beginning = tuple[str, str, int, int]
"""Call-ID, From tag, CSeq number and line of an INVITE that came in."""


class Calls:
    """Every call that is not yet finished on the wire."""

    def __init__(self) -> None:
        self._by_id: dict[int, CallMachine] = {}
        self._by_dialog: dict[DialogId, CallMachine] = {}
        self._dialogs: dict[int, list[DialogId]] = {}
        self._of_line: dict[int, list[CallMachine]] = {}
        self._begun: set[Beginning] = set()
        self._open: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[CallMachine]:
        return iter(self._by_id.values())

    @property
    def ending(self) -> bool:
        """Some call has ended for its owner, and goes on on the wire."""
        return any(not m.call.live and m.call.phase is not Phase.OVER for m in self)

    def add(self, machine: CallMachine) -> None:
        self._by_id[machine.call.id] = machine
        self._open[machine.call.id] = 0
        self._of_line.setdefault(machine.call.party.line, []).append(machine)

    def began(self, machine: CallMachine, invite: Request) -> None:
        """Note the INVITE of a peer that began this call."""
        self._begun.add(beginning(invite, machine.call.party.line))

    def merged(self, invite: Request, line: int) -> bool:
        """Whether the INVITE has come to this line by another way before (section 8.2.2.2).

        A line is a user agent of its own: a hunt group that rings two of them with one
        INVITE means both.
        """
        return beginning(invite, line) in self._begun

    def get(self, call: int) -> CallMachine | None:
        return self._by_id.get(call)

    def live(self, line: int) -> int:
        """How many calls of a line have not ended for its owner."""
        known = self._of_line.get(line, [])
        known[:] = [machine for machine in known if machine.call.live]  # none comes back to life
        return len(known)

    def index(self, dialog: DialogId, machine: CallMachine) -> None:
        self._by_dialog[dialog] = machine
        self._dialogs.setdefault(machine.call.id, []).append(dialog)

    def find(self, dialog: DialogId) -> CallMachine | None:
        return self._by_dialog.get(dialog)

    def ghost(self, response: Response) -> CallMachine | None:
        """The call whose INVITE, given up long ago, this 2xx answers; None: there is none."""
        asked = response.call_id, response.from_.tag
        ours = next((m for m in self._by_id.values() if m.call.asked == asked), None)
        return ours or self.find(DialogId.of_response(response))

    def opened(self, machine: CallMachine) -> None:
        """Count a transaction of the call."""
        self._open[machine.call.id] += 1

    def closed(self, machine: CallMachine) -> None:
        """A transaction of the call has ended: count it no more."""
        self._open[machine.call.id] -= 1
        self.forget_if_done(machine)

    def forget_if_done(self, machine: CallMachine) -> None:
        """Forget a call that is over once its transactions are."""
        call = machine.call
        if call.phase is not Phase.OVER:
            return
        if self._open.get(call.id, 1) or machine.deadline is not None:
            return
        del self._by_id[call.id], self._open[call.id]
        for dialog in self._dialogs.pop(call.id, ()):
            if self._by_dialog.get(dialog) is machine:
                del self._by_dialog[dialog]
        self.live(call.party.line)
        if call.invite is not None:
            self._begun.discard(beginning(call.invite, call.party.line))


def beginning(invite: Request, line: int) -> Beginning:
    return invite.call_id, invite.from_.tag, invite.cseq.number, line
