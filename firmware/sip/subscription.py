"""One line's subscription to its mailbox (RFC 3842, RFC 6665).

It lives while the line is registered, at the server where that is. The dialog begins with
the first NOTIFY or the 2xx, whichever comes first (RFC 6665 section 4.4.1); from then on only
that notifier is listened to. What is refused is tried again, rarely.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from firmware.machine import Timers, word
from firmware.sip import retry
from firmware.sip.compose import Composer
from firmware.sip.credentials import Attempt
from firmware.sip.dialog import Dialog, DialogId
from firmware.sip.digest import Authenticator, Outcome
from firmware.sip.events import Address, MailboxReport
from firmware.sip.grammar import clamped
from firmware.sip.message import Request, Response
from firmware.sip.summary import MEDIA_TYPE, PACKAGE, waiting
from firmware.sip.tokens import call_id, first_cseq, tag
from firmware.sip.tu import Abandon, Ask, Unanswered

EXPIRES = 3600
"""Seconds of a subscription that we ask for."""
LONGEST = 86400
"""Most seconds that a 423 may raise that to."""
AT_ONCE = frozenset({"deactivated", "timeout"})
"""Reasons to end a subscription after which it is begun again at once (RFC 6665 section 4.1.3)."""


class Timer(Enum):
    AGAIN = auto()  # time to refresh, or to try again


@word
class Bound:
    """The line is registered: its requests go to this address, by these routes (an input)."""

    target: Address
    routes: tuple[str, ...]


class Unbound:
    """The line is not registered (an input)."""


@word
class Notified:
    """A NOTIFY in our dialog, or what may begin it (an input); `status` says what it gets."""

    request: Request


Input = Bound | Unbound | Notified | Response | Unanswered
Output = Ask | Abandon | MailboxReport


@dataclass(frozen=True, slots=True)
class Account:
    """The line whose mailbox it is, and its credentials."""

    line: int
    name: str
    """The address of record, which is also the mailbox."""
    token: str
    """The user part of the line's Contact."""
    authenticator: Authenticator


class Subscription:
    """Keeps one line subscribed.

    Args:
        account: whose.
        composer: writes the requests.
        base: of the waits after failures, in seconds.
    """

    def __init__(self, account: Account, composer: Composer, base: float) -> None:
        self.account = account
        self.status = 200
        """Status of our answer to the last NOTIFY."""
        self._composer = composer
        self._base = base
        self._way: Bound | None = None
        self._sent: Request | None = None
        self._dialog: Dialog | None = None
        self._expires = EXPIRES
        self._failures = 0
        self._attempt = Attempt(account.authenticator)
        self._timers: Timers[Timer] = Timers()
        self._new_names()

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def owns(self, notify: Request) -> bool:
        """Whether a NOTIFY is of this subscription: by Call-ID and both tags (section 4.4.1)."""
        if self._way is None or (notify.call_id, notify.to.tag) != (self._call_id, self._tag):
            return False
        return self._dialog is None or self._dialog.id.remote_tag == notify.from_.tag

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case Bound():
                if event == self._way:
                    return []
                outputs = self._forget()
                self._way = event
                return outputs + self._begin()
            case Unbound():
                outputs, self._way = self._forget(), None
                return outputs
            case Notified(request):
                return self._notified(request, now)
            case Response() if self._sent and event.via.branch == self._sent.via.branch:
                return self._answered(self._sent, event, now)
            case Unanswered(request, status) if request is self._sent:
                self._sent = None
                return self._failed(status, None, now)
        return []

    def tick(self, now: float) -> list[Output]:
        if self._timers.pop_due(now) is None or self._way is None:
            return []
        return self._begin() if self._dialog is None else self._refresh()

    # what we ask

    def _new_names(self) -> None:
        dice = self._composer.dice
        self._call_id, self._tag, self._cseq = call_id(dice), tag(dice), first_cseq(dice)

    def _forget(self) -> list[Output]:
        """Drop the subscription; a late NOTIFY gets 481, which ends it at the server."""
        sent, self._sent, self._dialog = self._sent, None, None
        self._timers.stop(Timer.AGAIN)
        self._failures = 0
        self._new_names()
        return [] if sent is None else [Abandon(sent)]

    def _begin(self) -> list[Output]:
        assert self._way is not None, "nobody to ask"
        name, uri = f"<{self.account.name}>", self.account.name
        request = self._composer.request(
            "SUBSCRIBE",
            uri,
            names=(("From", f"{name};tag={self._tag}"), ("To", name), ("Call-ID", self._call_id)),
            cseq=self._cseq,
            routes=self._way.routes,
            more=self._wish(uri),
        )
        return self._send(request)

    def _refresh(self) -> list[Output]:
        assert self._dialog is not None, "it is refreshed in its dialog"
        more = self._wish(self._dialog.target)
        return self._send(self._dialog.request("SUBSCRIBE", self._composer, more=more))

    def _wish(self, uri: str) -> tuple[tuple[str, str], ...]:
        return (
            ("Contact", self._composer.contact(self.account.token)),
            ("Event", PACKAGE),
            ("Expires", str(self._expires)),
            ("Accept", MEDIA_TYPE),
            *self.account.authenticator.credentials("SUBSCRIBE", uri),
        )

    def _send(self, request: Request, attempt: Attempt | None = None) -> list[Output]:
        assert self._way is not None, "nobody to ask"
        self._attempt = attempt or Attempt(self.account.authenticator)
        self._sent, self._cseq = request, request.cseq.number
        return [Ask(request, self._way.target)]

    # what comes of it

    def _answered(self, sent: Request, response: Response, now: float) -> list[Output]:
        status = response.status
        if status < 200:
            return []
        if status in {401, 407} and self._attempt.refused(sent, response) is Outcome.RETRY:
            credentials = self.account.authenticator.credentials("SUBSCRIBE", sent.uri)
            again = self._composer.again(sent, self._next_cseq(), credentials)
            return self._send(again, self._attempt)
        self._sent = None
        if status < 300:
            self._attempt.succeeded(response)
            self._failures = 0
            if self._dialog is None:
                self._dialog = Dialog.as_caller(sent, response)
            self._last(response.expires or EXPIRES, now)
            return []
        least = response.seconds("Min-Expires") or 0
        if status == 423 and self._expires < least <= LONGEST:
            self._expires = least
            self._next_cseq()
            return self._begin() if self._dialog is None else self._refresh()
        if status == 481 and self._dialog is not None:  # the notifier has forgotten us
            self._forget()
            return self._begin()
        return self._failed(status, response.retry_after, now)

    def _failed(self, status: int, asked: int | None, now: float) -> list[Output]:
        """Begin anew after a while; until then the last news stands."""
        failures = self._failures + 1
        dice = self._composer.dice
        self._forget()
        self._failures = failures
        wait = retry.wait_after(status, asked, failures, self._base, dice)
        self._timers.start(Timer.AGAIN, now + wait)
        return [MailboxReport(self.account.line, None, f"{status} to SUBSCRIBE")]

    def _notified(self, notify: Request, now: float) -> list[Output]:
        """Section 4.1.3: the dialog first, then what is said in it."""
        state, _, rest = (notify.headers.get("Subscription-State") or "").partition(";")
        if not state.strip():
            self.status = 400
            return []
        dialog = self._dialog or self._dialog_of(notify)
        if not dialog.takes(notify):
            self.status = 500
            return []
        self._dialog = dialog
        dialog.retarget(notify)
        self.status = 200
        count = waiting(notify)
        said: list[Output] = []
        if count is not None:
            said.append(MailboxReport(self.account.line, count))
        parameters = _parameters(rest)
        if state.strip().lower() == "terminated":
            return said + self._ended(parameters, now)
        left = clamped(parameters.get("expires", ""))
        if left is not None:
            self._last(left, now)
        return said

    def _dialog_of(self, notify: Request) -> Dialog:
        """Make the dialog from a NOTIFY that came before the 2xx to our SUBSCRIBE."""
        contacts = notify.contacts
        return Dialog(
            DialogId(self._call_id, self._tag, notify.from_.tag),
            local=notify.headers.get("To") or "",
            remote=notify.headers.get("From") or "",
            target=contacts[0].uri if contacts else notify.from_.uri,
            routes=tuple(str(route) for route in notify.record_routes),
            cseq=self._cseq,
        )

    def _ended(self, parameters: dict[str, str], now: float) -> list[Output]:
        """The notifier has ended it, and may say why, and when to come again."""
        outputs = self._forget()
        reason = parameters.get("reason", "").lower()
        asked = clamped(parameters.get("retry-after", ""))
        if reason in AT_ONCE or not reason:
            wait = min(float(asked or 1), retry.LONGEST_RETRY_AFTER)
        else:
            self._failures = 1
            wait = retry.wait_after(403, asked, 1, self._base, self._composer.dice)
        self._timers.start(Timer.AGAIN, now + wait)
        return outputs

    def _last(self, seconds: int, now: float) -> None:
        """Note how long it lasts, to refresh it in time."""
        wait = retry.refresh_wait(seconds, self._composer.dice)
        self._timers.start(Timer.AGAIN, now + max(wait, retry.LEAST_REFRESH))

    def _next_cseq(self) -> int:
        """The next CSeq number: of the dialog, or of the SUBSCRIBE that is to begin one."""
        if self._dialog is not None:
            self._cseq = self._dialog.next_cseq(self._composer)
        else:
            self._cseq += 1
        return self._cseq


def _parameters(text: str) -> dict[str, str]:
    """``reason=timeout;retry-after=5`` by name."""
    pairs = (item.partition("=") for item in text.split(";") if item.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
