"""Allowances: which message may go now, and what is held back so that what comes can still be read.

Each addressee has three: for what calls them to an emergency, for news of one, and for the rest; what exceeds them, or
comes in somebody's quiet hours, is collected and comes as one digest. Who lives in a home, or cares for it, hears of
its emergencies at once, whatever has come before. News of an emergency comes also when that is over meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping

from gateway.ladder.budget import FIRST, Budget, Held, sort_of
from gateway.ladder.deadlines import Deadlines
from gateway.ladder.incident import Incident
from gateway.ladder.made import Setting
from gateway.ladder.page import Kind
from gateway.ladder.policy import URGENT
from gateway.ladder.words import HOME
from gateway.site.people import AT_HOME
from rules.renamed import carry

QUIET = 300.0
"""Seconds between two looks whether somebody's quiet hours are over."""

Find = Callable[[str], Incident | None]
"""An incident by its id, open or over a moment ago."""


CALLING: frozenset[Kind] = frozenset({"page", "question"})
"""What calls somebody. What follows is news, and news can be had for the asking: a visit told a hundred times."""


class Allowances:
    """The budgets of all addressees, and what waits in them."""

    def __init__(self, setting: Setting, deadlines: Deadlines, find: Find) -> None:
        self._setting, self._deadlines, self._find = setting, deadlines, find
        self.budgets: dict[str, Budget] = {}
        """By addressee."""
        self._dirty: set[str] = set()
        """Those whose rows changed since the last checkpoint."""

    def spend(self, incident: Incident, to: str, kind: Kind, now: float) -> bool:
        """May this addressee be told of this incident now? If so it is taken off the allowance."""
        if kind in CALLING and self._is_free(incident, to):
            return True
        budget = self.budgets.setdefault(to, Budget())
        self._dirty.add(to)
        sort = self.sort(incident, kind)
        if any(held.sort == sort for held in budget.held.values()) or self._is_quiet(to, incident.severity, now):
            return False
        return budget.spend(now, sort)

    def sort(self, incident: Incident, kind: Kind) -> int:
        """Which allowance a message about this takes from."""
        return sort_of(kind, incident.severity, at_home=any(incident.homes))

    def hold(self, to: str, held: Held, now: float) -> None:
        """Keep it for the next digest."""
        budget = self.budgets.setdefault(to, Budget())
        self._dirty.add(to)
        budget.hold(held)
        self._plan(to, budget, held, now)

    def take(self, to: str, now: float) -> list[Held]:
        """What was held back and may be told now, as far as it still matters; the rest waits on."""
        budget = self.budgets.get(to)
        if budget is None or not budget.held:
            return []
        self._dirty.add(to)
        budget.due = None
        budget.held = {key: held for key, held in budget.held.items() if self._matters(to, held)}
        ready = [held for held in budget.held.values() if not self._is_quiet(to, self._severity(held), now)]
        sorts = {held.sort for held in ready}
        if not (ready and budget.spend(now, next(sort for sort in FIRST if sort in sorts))):
            ready = []
        for held in ready:
            del budget.held[held.key]
        for held in budget.held.values():
            self._plan(to, budget, held, now)
        return ready

    def rename(self, voices: Mapping[str, str]) -> None:
        """The voices of homes that are called otherwise."""
        changed = carry(self.budgets, voices)
        for to in sorted(changed):
            self._deadlines.put("held", to, self.budgets[to].due if to in self.budgets else None)
        self._dirty |= changed

    def put_off(self, to: str, at: float) -> None:
        """The gateway was away: what should have been looked at meanwhile is looked at now."""
        self.budgets[to].due = at
        self._dirty.add(to)

    def are_quiet(self, to: str, incidents: Iterable[str], now: float) -> bool:
        """Whether these are quiet hours to somebody, and none of these incidents is a reason to disturb them."""
        known = [incident for id_ in incidents if (incident := self._find(id_)) is not None]
        return bool(known) and all(self._is_quiet(to, one.severity, now) for one in known)

    def is_urgent(self, held: Iterable[Held]) -> bool:
        """Whether any of it is urgent."""
        return any(self._severity(one) in URGENT for one in held)

    def resume(self) -> None:
        """Deadlines out of the state, after it was loaded."""
        for to, budget in self.budgets.items():
            self._deadlines.put("held", to, budget.due)

    def rows(self) -> dict[str, object]:
        """Rows of the checkpoint that changed."""
        changed = {to: self.budgets.get(to) for to in sorted(self._dirty)}
        rows: dict[str, object] = {f"b:{to}": budget and budget.row() for to, budget in changed.items()}
        self._dirty.clear()
        return rows

    # -- inside ------------------------------------------------------------------------------------------------

    def _is_free(self, incident: Incident, to: str) -> bool:
        """Whether no allowance stands between this incident and this addressee."""
        if to.startswith(f"{HOME}:"):
            return True
        near = self._setting.directory.role_at(to, incident.home) in AT_HOME
        return near and incident.severity == "emergency"

    def _is_quiet(self, to: str, severity: str, now: float) -> bool:
        """Whether these are somebody's quiet hours; nobody's, while the clock isn't known to be right."""
        person, wall = self._setting.directory.people.get(to), self._setting.wall
        if person is None or person.quiet is None or severity in URGENT or not wall.synced:
            return False
        return person.quiet.open_at(wall.local(now))

    def _matters(self, to: str, held: Held) -> bool:
        incident = self._find(held.incident)
        if incident is None or (incident.id != held.incident and to in incident.told):
            return False  # over, or part of what they were told of
        return held.kind == "follow-up" or not incident.rests

    def _severity(self, held: Held) -> str:
        incident = self._find(held.incident)
        return incident.severity if incident else "notice"

    def _plan(self, to: str, budget: Budget, held: Held, now: float) -> None:
        """When what is held back will be looked at again."""
        wait = QUIET if self._is_quiet(to, self._severity(held), now) else budget.wait(now, held.sort)
        due = now + max(wait, 1.0)
        budget.due = due if budget.due is None else min(due, budget.due)
        self._deadlines.put("held", to, budget.due)
