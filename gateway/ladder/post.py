"""Post: what is sent to whom by which channel, and what became of it.

A message that isn't confirmed in HAND_ON seconds, or fails, goes to the addressee's next channel, news when it
fails; when none is left that is a silent step, and a trouble. What exceeds an addressee's allowances comes
later, as one digest.
"""

from collections.abc import Iterable
from dataclasses import replace

from gateway.ladder.allowances import Allowances, Find
from gateway.ladder.budget import REST, Held
from gateway.ladder.codes import Codes
from gateway.ladder.deadlines import Deadlines
from gateway.ladder.incident import Incident
from gateway.ladder.letter import Letters
from gateway.ladder.made import Setting
from gateway.ladder.page import HELD_BACK, Kind, News, Report
from gateway.ladder.people import Way
from gateway.ladder.policy import URGENT
from gateway.ladder.sent import FINAL, Sent
from gateway.ladder.words import HOME

HAND_ON = 60.0
"""Seconds without a confirmation after which the next channel is tried."""
KEPT = 86_400.0
"""Seconds for which a message is known after it was sent, so that a late "seen" finds it."""
MOST = 20_000
"""Messages known at once."""
CALLS: frozenset[Kind] = frozenset({"page", "question", "digest"})
"""What somebody has to hear: it goes on to the next channel when nobody confirms it, and that nobody could be told is a
trouble. A test that fails says so of its channel, and nothing more."""
NEWS: frozenset[Kind] = frozenset({"follow-up", "reminder"})
"""What goes on to the next channel when it fails."""

Topic = tuple[str, Kind, tuple[str, ...], str]
"""To whom, what kind of message, about which incidents, which news."""


class Post:
    """All messages of one gateway. ``find`` gives an incident by its id, open or over a moment ago."""

    def __init__(self, setting: Setting, deadlines: Deadlines, find: Find) -> None:
        self.setting, self._deadlines, self._find = setting, deadlines, find
        self.sent: dict[str, Sent] = {}
        self.allowances = Allowances(setting, deadlines, find)
        self.codes = Codes()
        self.silent: set[str] = set()
        """Addressees who had to be told and could not be."""
        self._newest: dict[Topic, str] = {}
        """Of what was told to whom, the message that told it last: only that one is handed on."""
        self.dirty: set[str] = set()
        """Messages whose rows changed since the last checkpoint."""
        self.letters = Letters(setting, self.codes)

    def tell(
        self, incident: Incident, to: str, kind: Kind, now: float, *, step: str = "", by: Iterable[str] = (),
        once: bool = False, news: News | None = None, who: str = "", text: str = "",
    ) -> None:  # fmt: skip
        """Tell one addressee of one incident: now, or with the next digest."""
        ways = self.setting.directory.ways(to, by, others=incident.severity in URGENT)
        told = Sent("", to, kind, (incident.id,), step, now, once=once, left=ways, by=tuple(by))
        if news is not None:
            told.news = (news, who, text)
        if self.allowances.spend(incident, to, kind, now):
            self._send(told, now)
            return
        sort = self.allowances.sort(incident, kind)
        self.allowances.hold(to, Held(incident.id, kind, step, sort, once, told.news, told.by), now)

    def say(
        self, to: str, kind: Kind, now: float, news: News | None = None, who: str = "", text: str = "",
        about: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Tell one addressee something that is about no incident: a test, the end of a silence. What it is about stands
        in ``about``, if it is to be answered with a code."""
        told = Sent("", to, kind, about, "", now, left=self.setting.directory.ways(to))
        if news is not None:
            told.news = (news, who, text)
        self._send(told, now)

    def test(self, to: str, now: float) -> None:
        """A test message by each channel of somebody: the second one is needed on the day on which the first fails."""
        for way in self.setting.directory.ways(to):
            self._send(Sent("", to, "test", (), "", now, left=(way,)), now)

    def told(self, to: str, kind: Kind, since: float) -> int:
        """How often somebody was sent this kind of message from then on; by all their channels at once counts once."""
        mine = [sent.at for sent in self.sent.values() if (sent.to, sent.kind) == (to, kind)]
        return len({at for at in mine if at > since})

    def report(self, report: Report, now: float) -> bool:
        """What became of a message -> whether that is news."""
        sent = self.sent.get(report.message)
        goes_on = sent is not None and (sent.due is not None or (sent.kind in NEWS and sent.state == "sent"))
        if sent is None or not sent.learn(report.state):
            return False
        self.dirty.add(sent.id)
        kept = {"why": report.why} if report.why else {}
        self.setting.note(now, report.state, message=sent.id, to=sent.to, channel=sent.channel, **sent.about(), **kept)
        if report.state in FINAL:
            sent.due = None
            self._deadlines.put("hand-on", sent.id, None)
            self._hear(sent.to)
        elif report.why == HELD_BACK:
            self._wait(sent, now)
        elif goes_on:
            self.hand_on(sent.id, now, report.state)
        return True

    def hand_on(self, id_: str, now: float, why: str) -> None:
        """This message did not arrive: by the next channel, as long as somebody needs to know."""
        sent = self.sent.get(id_)
        if sent is None:
            return
        sent.due = None
        self.dirty.add(id_)
        self._deadlines.put("hand-on", id_, None)
        if not self._is_meant(sent) or (sent.once and why == "unconfirmed"):
            return
        if self._newest.get(_topic(sent)) != id_:
            return  # told again since, and that one is seen to
        if self._is_told_as_whole(sent, now):
            return
        if self.allowances.are_quiet(sent.to, sent.incidents, now):
            self._wait(sent, now)
            return
        sent.state = "handed" if sent.state == "sent" else sent.state
        ways = self.setting.directory.ways(sent.to, sent.by, others=not sent.once)
        left = tuple(way for way in sent.left if way in ways)
        self._send(replace(sent, at=now, left=left, replaces=id_, due=None, state="sent"), now)

    def _is_told_as_whole(self, sent: Sent, now: float) -> bool:
        """Whether what it is about became part of a thing of many homes that goes to its addressee this very moment."""
        whole = self._whole(sent)
        going = [one for one in self.sent.values() if whole and one.at == now and one.replaces]
        return any((one.to, one.kind) == (sent.to, sent.kind) and self._whole(one) == whole for one in going)

    def _whole(self, sent: Sent) -> set[str]:
        """The things of many homes that it is about, if it is about nothing else."""
        found = [self._find(id_) for id_ in sent.incidents]
        return {one.id for one in found if one} if all(one and one.is_wide for one in found) else set()

    def _wait(self, sent: Sent, now: float) -> None:
        """Its addressee's quiet hours have begun while it was under way: a person is told when they are over."""
        sent.due = None
        self._deadlines.put("hand-on", sent.id, None)
        for id_ in sent.incidents if sent.to in self.setting.directory.people else ():
            self.allowances.hold(sent.to, Held(id_, sent.kind, sent.step, REST, sent.once, sent.news, sent.by), now)

    def flush(self, to: str, now: float) -> None:
        """What was held back for somebody, as far as it still matters, in one message."""
        for sent in self._digest(to, self.allowances.take(to, now), now):
            self._send(sent, now)

    def _digest(self, to: str, held: list[Held], now: float) -> list[Sent]:
        """What is of one incident alone is told as it would have been."""
        held = [one._replace(incident=found.id) for one in held if (found := self._find(one.incident)) is not None]
        held = list({one.key: one for one in held}.values())  # what became part of one thing is told once
        incidents = tuple(dict.fromkeys(one.incident for one in held))
        others = self.allowances.is_urgent(held)
        if len(incidents) < 2:
            return [
                Sent("", to, one.kind, incidents, one.step, now, one.once,
                     self.setting.directory.ways(to, one.by, others=others), one.by, one.news)
                for one in held
            ]  # fmt: skip
        first, once = held[0], all(one.once for one in held)
        left = self.setting.directory.ways(to, first.by, others=others)
        news = tuple((one.incident, *one.news) for one in held if one.news is not None)
        return [Sent("", to, "digest", incidents, first.step, now, once, left, first.by, items=news)]

    def list(self, to: str, incidents: list[Incident], step: str, by: tuple[str, ...], now: float) -> None:
        """The list of the day: at most once, whatever else was told."""
        left = self.setting.directory.ways(to, by, others=not by)
        self._send(Sent("", to, "digest", tuple(one.id for one in incidents), step, now, True, left, by), now)

    def wanted(self, id_: str) -> bool:
        """Whether a message should still be sent: what is answered or over is not told as if it were now."""
        sent = self.sent.get(id_)
        return sent is not None and sent.state in ("sent", "handed", "failed") and self._is_meant(sent)

    def forget(self, now: float) -> None:
        """Drop what was sent long ago."""
        old = [id_ for id_, sent in self.sent.items() if sent.due is None and sent.at < now - KEPT]
        for id_ in old:
            self._drop(id_)
        self.codes.forget(now - KEPT, lambda id_: self._find(id_) is not None)

    def _drop(self, id_: str) -> None:
        topic = _topic(self.sent.pop(id_))
        if self._newest.get(topic) == id_:
            del self._newest[topic]
        self.dirty.add(id_)
        self._deadlines.put("hand-on", id_, None)

    def put_off(self, id_: str, at: float) -> float:
        """The gateway was away: when the next channel is tried. Below an emergency the sender gets its time anew."""
        sent = self.sent[id_]
        known = [one for name in sent.incidents if (one := self._find(name)) is not None]
        sent.due = at if any(one.severity == "emergency" for one in known) else at + HAND_ON
        self.dirty.add(id_)
        return sent.due

    def hasten(self, at: float) -> None:
        """Nobody knows for how long the gateway was away: messages of an emergency go on to the next channel now."""
        for sent in self.sent.values():
            if sent.due is not None and sent.due > at and self.put_off(sent.id, at) > at:
                sent.due = at + HAND_ON
            self._deadlines.put("hand-on", sent.id, sent.due)

    def resume(self) -> None:
        """Order and deadlines out of the state, after it was loaded."""
        known = sorted(self.sent.values(), key=lambda sent: (sent.at, len(sent.id), sent.id))
        self.sent.clear()
        self.sent |= {sent.id: sent for sent in known}
        self._newest = {_topic(sent): sent.id for sent in known}
        for sent in self.sent.values():
            self._deadlines.put("hand-on", sent.id, sent.due)
        self.allowances.resume()

    def rows(self) -> dict[str, object]:
        """Rows of the checkpoint that changed; None deletes one."""
        changed = {id_: self.sent.get(id_) for id_ in sorted(self.dirty)}
        self.dirty.clear()
        return {f"s:{id_}": sent and sent.row() for id_, sent in changed.items()} | self.allowances.rows()

    # -- inside ------------------------------------------------------------------------------------------------

    def _send(self, sent: Sent, now: float) -> None:
        incidents = [one for id_ in sent.incidents if (one := self._find(id_)) is not None]
        way: Way | None = sent.left[0] if sent.left else None
        if way is None:
            self._fall_silent(sent, now)
            return
        sent.id, sent.channel, sent.left = self.letters.name(), way.channel, sent.left[1:]
        sent.due = now + HAND_ON if sent.kind in CALLS else None
        body = self.letters.body(sent, incidents, now)
        self.sent[sent.id] = sent
        self._newest[_topic(sent)] = sent.id
        if len(self.sent) > MOST:
            self._drop(next(iter(self.sent)))
        self.dirty.add(sent.id)
        self._deadlines.put("hand-on", sent.id, sent.due)
        self.setting.made.letters.append(self.letters.letter(incidents, body))
        kept = {"news": sent.news[0]} if sent.news else {}
        replaces = {"replaces": sent.replaces} if sent.replaces else {}
        self.setting.note(
            now,
            "told",
            message=sent.id,
            to=sent.to,
            channel=sent.channel,
            what=sent.kind,
            **sent.about(),
            **kept,
            **replaces,
        )
        for incident in incidents:
            if sent.to not in incident.told:
                incident.told.append(sent.to)

    def _fall_silent(self, sent: Sent, now: float) -> None:
        """Nobody could be reached: said aloud, because it is worse than a channel that is down."""
        self.setting.note(now, "silent", to=sent.to, what=sent.kind, **sent.about())
        if sent.kind not in CALLS or not self._is_known(sent.to):
            return
        if not self.silent:
            self.setting.made.silent = True
        self.silent.add(sent.to)

    def use(self) -> None:
        """Other people from now on: nobody need be able to reach those who are gone."""
        for to in sorted(self.silent):
            if not self._is_known(to):
                self._hear(to)

    def _is_known(self, to: str) -> bool:
        directory = self.setting.directory
        return to in directory.people or (to.startswith(f"{HOME}:") and to.partition(":")[2] in directory.homes)

    def _hear(self, to: str) -> None:
        if to in self.silent:
            self.silent.discard(to)
            if not self.silent:
                self.setting.made.silent = False

    def _is_meant(self, sent: Sent) -> bool:
        """Whether it still has to be told."""
        if not sent.incidents or sent.kind in ("follow-up", "reminder"):
            return True
        known = [one for id_ in sent.incidents if (one := self._find(id_)) is not None]
        if sent.kind == "question":
            return any(incident.asking and not incident.rests for incident in known)
        return any(not incident.rests for incident in known)


def _topic(sent: Sent) -> Topic:
    return sent.to, sent.kind, sent.incidents, sent.news[0] if sent.news else ""
