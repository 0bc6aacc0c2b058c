"""I3 and half of I5: final answers get their ACK, dialogs their one BYE, CSeq grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.gateway import Gateway
from firmware.sip.events import Address
from firmware.sip.message import Request, Response
from tests.simulation.laws.law import A_HAIR, Law, Passing

PATIENCE = 32.0
"""64*T1."""
DialogName = tuple[str, str, str]
"""Call-ID, our tag, their tag."""


@dataclass(slots=True)
class _Invite:
    """An INVITE of the gateway, one transaction."""

    sent: float
    peer: Address
    reliable: bool
    """By a connection: a refusal is acknowledged once (timer D is zero)."""
    provisional: bool = False
    cancelled: float | None = None
    failed: float | None = None
    answered: float | None = None
    status: int = 0

    def must_hear(self, now: float, status: int) -> bool:
        """Whether an answer that comes now still has to be acknowledged."""
        success = status < 300
        if self.answered is not None:
            same = success is (self.status < 300) and (success or not self.reliable)
            return same and now < self.answered + PATIENCE - A_HAIR
        if self.failed is not None:
            return success and now < self.failed + PATIENCE - A_HAIR
        if not success:
            given_up = self.cancelled if self.provisional else self.sent
            return given_up is None or now < given_up + PATIENCE - A_HAIR
        ends = [self.sent] if not self.provisional else []
        ends += [self.cancelled] if self.cancelled is not None else []
        return not ends or now < max(ends) + 2 * PATIENCE - A_HAIR


@dataclass(slots=True)
class _Dialog:
    """A dialog that a 2xx to INVITE made."""

    since: float
    must_end: bool = True
    """False: of a 2xx that comes when nobody has to hear it any more. Who does may say BYE."""
    byes: set[str] = field(default_factory=set)
    """Branches of the gateway's own, those that were challenged left out."""
    ended: bool = False
    acked: bool = False


class Dialogs(Law):
    """Watches INVITE, ACK and BYE."""

    def begins(self, gateway: Gateway) -> None:  # noqa: ARG002 - a new one knows nothing
        self._judge(at_rest=False)
        self._invites: dict[str, _Invite] = {}
        self._dialogs: dict[DialogName, _Dialog] = {}
        self._numbers: dict[DialogName, int] = {}
        self._branches: set[tuple[str, str]] = set()
        self._acked: list[Request] = []
        self._due: Response | None = None

    def sent(self, passing: Passing) -> None:
        message, now = passing.message, passing.at
        if isinstance(message, Response):
            if message.cseq.method == "INVITE" and 200 <= message.status < 300:
                self._opened(now, (message.call_id, message.to.tag, message.from_.tag))
        elif message is not None and message.method == "ACK":
            self._acked.append(message)
        elif message is not None:
            self._asked(now, message, passing.peer)

    def refused(self, passing: Passing) -> None:
        self.sent(passing)
        self._fails(lambda _: True)

    def lost(self, peer: Address) -> None:
        self._fails(lambda invite: invite.peer == peer)

    def _fails(self, which: Callable[[_Invite], bool]) -> None:
        for invite in self._invites.values():
            if invite.answered is None and invite.failed is None and which(invite):
                invite.failed = self.now

    def coming(self, passing: Passing) -> None:
        message = passing.message
        self._acked.clear()
        self._due = None
        if isinstance(message, Request):
            name = message.call_id, message.to.tag, message.from_.tag
            if name in self._dialogs:
                self._dialogs[name].ended |= message.method == "BYE"
                self._dialogs[name].acked |= message.method == "ACK"
        elif isinstance(message, Response) and len(message.vias) == 1:
            if message.cseq.method == "INVITE":
                self._answered(passing.at, message)
            elif message.cseq.method == "BYE" and message.status in {401, 407}:
                name = message.call_id, message.from_.tag, message.to.tag
                if name in self._dialogs:
                    self._dialogs[name].byes.discard(message.via.branch)

    def came(self, _passing: Passing) -> None:
        due = self._due
        if due is not None and not any(_acknowledges(ack, due) for ack in self._acked):
            self.breaks("I3", f"{due.status} to INVITE was not acknowledged")

    def ends(self) -> None:
        self._judge(at_rest=True)

    # ours

    def _asked(self, now: float, request: Request, target: Address) -> None:
        branch = request.via.branch
        if request.method == "CANCEL":
            if branch in self._invites and self._invites[branch].cancelled is None:
                self._invites[branch].cancelled = now
            return
        if (branch, request.method) in self._branches:
            return
        self._branches.add((branch, request.method))
        self._counted(request, target)
        if request.method == "INVITE":
            reliable = self.world.plan.transport == "tcp"
            self._invites[branch] = _Invite(now, target, reliable)
        elif request.method == "BYE":
            name = request.call_id, request.from_.tag, request.to.tag
            dialog = self._dialogs.get(name)
            if dialog is None:
                self.breaks("I3", f"a BYE in no dialog: {name}")
                return
            dialog.byes.add(branch)
            if len(dialog.byes) > 1:
                self.breaks("I3", f"{len(dialog.byes)} BYEs in one dialog: {name}")

    def _counted(self, request: Request, target: Address) -> None:
        """CSeq grows within a dialog, and from the INVITE that begins it.

        The same INVITE may go to the next server (RFC 3263 section 4.3).
        """
        number, beginning = request.cseq.number, (request.call_id, request.from_.tag, "")
        if request.method == "INVITE" and not request.to.tag:
            whose = request.call_id, request.from_.tag, f"at {target}"
            before = self._numbers.get(whose, -1)
            self._numbers[beginning] = number
        else:
            whose = request.call_id, request.from_.tag, request.to.tag
            before = self._numbers.get(whose, self._numbers.get(beginning, -1))
        if number <= before:
            self.breaks("I5", f"{request.method}: CSeq {number} after {before}")
        self._numbers[whose] = number

    def _answered(self, now: float, response: Response) -> None:
        invite = self._invites.get(response.via.branch)
        if invite is None:
            return
        if response.status < 300 and response.to.tag:  # of the INVITE that this dialog began with
            name = response.call_id, response.from_.tag, response.to.tag
            self._numbers.setdefault(name, response.cseq.number)
        if response.status < 200:
            invite.provisional |= now < invite.sent + PATIENCE  # later it has been given up
            return
        name = response.call_id, response.from_.tag, response.to.tag
        if not invite.must_hear(now, response.status):
            if response.status < 300:
                self._dialogs.setdefault(name, _Dialog(now, must_end=False))
            return
        self._due = response
        if response.status < 300:
            self._opened(now, name)
            self._dialogs[name].acked = True
        if invite.answered is None:
            invite.answered, invite.status = now, response.status

    # dialogs

    def _opened(self, now: float, name: DialogName) -> None:
        self._dialogs.setdefault(name, _Dialog(now)).must_end = True

    def _judge(self, *, at_rest: bool) -> None:
        """Every dialog has been ended by somebody.

        A service that is stopped cannot wait for an ACK, and without it there is no BYE.
        """
        for name, dialog in getattr(self, "_dialogs", {}).items():
            if not dialog.must_end or dialog.byes or dialog.ended:
                continue
            if at_rest or dialog.acked:
                at = dialog.since - self.world.born
                self.breaks("I3", f"no BYE in the dialog of {at:.3f} s: {name}")


def _acknowledges(ack: Request, response: Response) -> bool:
    same = (ack.call_id, ack.cseq.number, ack.to.tag) == (
        response.call_id, response.cseq.number, response.to.tag,
    )  # fmt: skip
    return same and (response.status < 300 or ack.via.branch == response.via.branch)
