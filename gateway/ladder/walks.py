"""Walk-tests: alarms of a home sound for two seconds and reach nobody, for an hour at the most.

One person alone begins one, so it must hide nothing that is no test: what burns on, and who calls for help again and
again, is told to everybody while it lasts. It is announced to the home, and so is its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.ladder.acts import Act
from gateway.ladder.buttons import Buttons
from gateway.ladder.climb import Climb
from gateway.ladder.deadlines import Deadlines
from gateway.ladder.incident import Incident, Piece
from gateway.ladder.made import Setting
from gateway.ladder.page import News
from gateway.ladder.post import Post
from gateway.ladder.registry import Registry
from gateway.ladder.silences import BURNS, CHIRP, CRIES
from gateway.ladder.words import HOME
from rules.alert import Alert
from rules.renamed import carry

SAID = 1800.0
"""Seconds within which a resident isn't written to again that alarms are tested: sensors are added one by one."""


@dataclass(slots=True)
class WalkTest:
    """One of a home. ``until`` in gateway seconds."""

    home: str
    by: str
    until: float
    heard: list[str] = field(default_factory=list)
    """Devices that were heard to alarm."""
    presses: dict[str, int] = field(default_factory=dict)
    """Device -> how often its button was pressed."""


class Walks:
    """The walk-tests at work on the open incidents."""

    def __init__(
        self, setting: Setting, registry: Registry, climb: Climb, post: Post, deadlines: Deadlines, buttons: Buttons
    ) -> None:
        self._setting, self._registry, self._climb = setting, registry, climb
        self._post, self._deadlines, self._buttons = post, deadlines, buttons
        self.tests: dict[str, WalkTest] = {}

    def walk(self, act: Act, now: float) -> None:
        """Begin or end the walk-test of a home."""
        self.end(act.home, now, act.actor, said=not act.seconds)  # one that goes on and on would keep alarms from all
        if not act.seconds:
            return
        self.tests[act.home] = WalkTest(act.home, act.actor, now + act.seconds)
        self._deadlines.put("walk", act.home, now + act.seconds)
        self._setting.note(now, "walk-test", home=act.home, by=act.actor, seconds=act.seconds)
        self._announce(act.home, "walk-test", now, act.actor, f"{act.seconds / 60:.0f}")

    def _announce(self, home: str, news: News, now: float, by: str = "", text: str = "") -> None:
        """By the home's own voice; to its residents that it begins, too."""
        told = (HOME, "resident") if news == "walk-test" else (HOME,)
        for to in self._setting.directory.who(told, home):
            if to.startswith(HOME) or not self._post.told(to, "reminder", now - SAID):
                self._post.say(to, "reminder", now, news, by, text)

    def end(self, home: str, now: float, by: str = "", *, said: bool = True) -> None:
        """Alarms are alarms again; what still burns now is no test."""
        test = self.tests.pop(home, None)
        if test is None:
            return
        self._deadlines.put("walk", home, None)
        self._setting.note(now, "walk-test-over", home=home, by=by, heard=list(test.heard))
        self._setting.made.sound = True
        if said:
            self._announce(home, "walk-test-over", now)
        for incident in [one for one in self._registry.open_in.get(home, {}).values() if one.test]:
            if self._burning(incident):
                self._take_for_real(incident, now, "the walk-test is over")
            self._reset(incident)

    def rename(self, names: Mapping[str, str], now: float) -> None:
        """These homes are called otherwise, old -> new, and the same people live there: their walk-tests go on."""
        for old in names.keys() & self.tests.keys():
            self._deadlines.put("walk", old, None)
        for home in sorted(carry(self.tests, names) & self.tests.keys()):
            test = self.tests[home]
            if test.home != home:
                self._setting.note(now, "renamed", home=home, was=test.home)
            test.home = home
            self._deadlines.put("walk", home, test.until)

    # -- what alarms meanwhile ---------------------------------------------------------------------------------

    def is_test(self, alert: Alert) -> bool:
        """Whether a new alert is part of a walk-test."""
        test = self.tests.get(alert.home)
        return test is not None and not self._is_cry(test, alert)

    def _is_cry(self, test: WalkTest, alert: Alert) -> bool:
        """One more press; whether it says that somebody needs help. Who tests a button presses it once, or twice."""
        if not self._setting.is_call(alert.rule):
            return False
        test.presses[alert.device] = test.presses.get(alert.device, 0) + 1
        return test.presses[alert.device] >= CRIES

    def begin(self, incident: Incident, alert: Alert) -> None:
        """Something alarms in a walk-test: it sounds for two seconds, and then is watched."""
        self._hear(alert)
        self._deadlines.put("chirp", incident.id, alert.at + CHIRP)

    def change(self, incident: Incident, alert: Alert) -> None:
        """Something of a walk-test is over, which no person has to reset; or a button was pressed again."""
        self._hear(alert)
        test = self.tests.get(alert.home)
        if alert.state == "cleared":
            self._reset(incident)
        elif alert.reason == "still" and test is not None and self._is_cry(test, alert):
            self._take_for_real(incident, alert.at, "pressed again and again", told=alert.id)

    def chirped(self, id_: str, now: float) -> None:
        """A test alarm has sounded long enough; a button's is over with it, and what burns on for long is no test."""
        self._setting.made.sound = True
        incident = self._registry.open.get(id_)
        if incident is None or not incident.test:
            return
        burning = self._burning(incident)
        if burning and now >= (due := min(piece.since for piece in burning) + BURNS):
            self._take_for_real(incident, now, "it burns on")
        elif burning:
            self._deadlines.put("chirp", id_, due)
        self._reset(incident)

    def _hear(self, alert: Alert) -> None:
        test = self.tests.get(alert.home)
        if test is not None and alert.device and alert.device not in test.heard:
            test.heard.append(alert.device)

    def _burning(self, incident: Incident) -> list[Piece]:
        pieces = incident.pieces.values()
        return [one for one in pieces if one.state == "firing" and not self._is_momentary(one)]

    def _take_for_real(self, incident: Incident, now: float, why: str, told: str = "") -> None:
        """From now on it is an alarm like any other; whoever hushed a test hasn't hushed this. ``told``: the alert of
        which the change that led to it is told as an alarm's already."""
        incident.test = False
        self._registry.mark(incident)
        real = [one.alert for one in incident.pieces.values() if one.state == "firing"]
        self._setting.note(now, "no-test", incident=incident.id, alerts=real, why=why)
        self._setting.made.real += [one for one in real if one != told]
        self._setting.made.sound = True
        self._buttons.unhush(incident.home)
        self._climb.begin(incident, now)

    def _reset(self, incident: Incident) -> None:
        over = [one.alert for one in incident.pieces.values() if one.state == "cleared" or self._is_momentary(one)]
        self._setting.made.resets += over

    def _is_momentary(self, piece: Piece) -> bool:
        rule = self._setting.rules.get(piece.rule)
        return bool(rule and rule.momentary)

    # -- the checkpoint ----------------------------------------------------------------------------------------

    def row(self) -> dict[str, object]:
        """For the checkpoint."""
        tests = [[one.home, one.by, one.until, list(one.heard), dict(one.presses)] for one in self.tests.values()]
        return {"tests": tests}

    def load(self, row: Any) -> None:
        """From the checkpoint, also one that counted no presses; raises ValueError, TypeError or KeyError."""
        tests = [
            WalkTest(
                str(home), str(by), float(until), list(map(str, heard)),
                {str(device): int(n) for some in presses for device, n in some.items()},
            )
            for home, by, until, heard, *presses in row["tests"]
        ]  # fmt: skip
        self.tests = {one.home: one for one in tests}

    def resume(self) -> None:
        """Deadlines out of the state, after it was loaded."""
        for test in self.tests.values():
            self._deadlines.put("walk", test.home, test.until)
        for incident in self._registry.open.values():
            if incident.test:
                self._deadlines.put("chirp", incident.id, incident.began + CHIRP)
