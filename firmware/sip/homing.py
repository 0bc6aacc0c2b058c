"""Which server is chosen for the box, and which server each line uses (HB-04 to HB-06).

The chosen server is the most preferred that lives, to begin with. It stays chosen until it
dies, or until a more preferred one may be gone back to (`FailBack`). A line follows the choice
at once if its own server is dead; from a server that lives it goes only while its telephone is
not in use.

Nothing here is told to anybody: `firmware.sip.failover` looks at what has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.sip.events import AgentSettings, Server
from firmware.sip.servers import FailBack, Life
from firmware.sip.targets import Target, Targets

LOOK_AGAIN = 1.0
"""s until a telephone that is in use is looked at again."""


class Homing:
    """The choice of servers.

    Args:
        settings: of the agent.
        targets: the servers in order of preference.
        returns_at: from when on lines may go back to a server, in monotonic seconds; None: it has
            not answered often enough yet.
        occupied: whether a line's telephone is in use.

    Attributes:
        chosen: the server that lines shall use; None: there is none.
        look_at: when `review` may come to another result without anything having happened, in
            monotonic seconds; None: never.
    """

    def __init__(
        self,
        settings: AgentSettings,
        targets: Targets,
        returns_at: Callable[[Server], float | None],
        occupied: Callable[[int], bool],
    ) -> None:
        self.chosen: Server | None = None
        self.look_at: float | None = None
        self._automatic = settings.fail_back is FailBack.AUTO
        self._targets = targets
        self._returns_at = returns_at
        self._occupied = occupied
        self._homes: dict[int, Server | None] = {line.line: None for line in settings.registering}
        self._not_before: dict[int, float] = {}
        self._called_back: set[int] = set()

    @property
    def lines(self) -> Iterable[int]:
        """The lines that have a server, or wait for one."""
        return self._homes

    def home(self, line: int) -> Server | None:
        """The server that the line uses, as last reviewed; None: there is none."""
        return self._homes[line]

    def target(self, line: int) -> Target | None:
        """What is known of that server."""
        return self._target(self._homes[line])

    def call_back(self) -> None:
        """Let all lines go to the most preferred server that lives, whatever `FailBack` says."""
        self._called_back = set(self._homes)

    def settle(self, line: int, server: Server, not_before: float) -> None:
        """Note that a line uses this server by itself; it is not sent away before that instant."""
        self._homes[line] = server
        self._not_before[line] = not_before

    def add(self, line: int) -> None:
        """Begin anew with a line."""
        self._homes[line] = None

    def forget(self, line: int) -> None:
        """There is no such line any more."""
        self._homes.pop(line, None)
        self._not_before.pop(line, None)

    def review(self, now: float) -> None:
        """Choose again, for the box and for every line."""
        self.look_at = None
        self._choose(now)
        for line in self._homes:
            self._homes[line] = self._home(line, now)

    def _choose(self, now: float) -> None:
        usable = [target for target in self._targets if target.living]
        usable = usable or [target for target in self._targets if target.usable]
        chosen = next((target for target in usable if target.server == self.chosen), None)
        if chosen is None:
            self.chosen = usable[0].server if usable else None
            return
        unproven = chosen.life is Life.UNKNOWN
        if not unproven and not self._called_back and not self._automatic:
            return
        for target in usable[: usable.index(chosen)]:
            if self._called_back or self._ready(target, now):
                self.chosen = target.server
                return

    def _ready(self, target: Target, now: float) -> bool:
        """Whether a server has lived for long enough to go back to it."""
        returns_at = self._returns_at(target.server)
        if returns_at is not None and returns_at > now:
            self._look_again(returns_at)
        return returns_at is not None and returns_at <= now

    def _home(self, line: int, now: float) -> Server | None:
        """The server that the line shall use from now on."""
        home = self._homes[line]
        if home == self.chosen:
            self._called_back.discard(line)
            return home
        here, there = self._target(home), self._target(self.chosen)
        if here is not None and here.usable and there is not None:
            driven_out = not here.living and there.living
            if not driven_out and not self._may_go(line, now):
                return home
        self._called_back.discard(line)
        self._not_before.pop(line, None)
        return self.chosen

    def _may_go(self, line: int, now: float) -> bool:
        """Whether a line may leave a server that lives for the one chosen."""
        if line not in self._called_back:
            if not self._automatic:
                return False
            not_before = self._not_before.get(line, now)
            if not_before > now:
                self._look_again(not_before)
                return False
        if self._occupied(line):
            self._look_again(now + LOOK_AGAIN)
            return False
        return True

    def _look_again(self, at: float) -> None:
        if self.look_at is None or at < self.look_at:
            self.look_at = at

    def _target(self, server: Server | None) -> Target | None:
        return next((target for target in self._targets if target.server == server), None)
