"""Quiet: silences at work on the open incidents."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gateway.ladder.access import may, roles_of
from gateway.ladder.acts import Act, Refused
from gateway.ladder.climb import Climb
from gateway.ladder.deadlines import Deadlines
from gateway.ladder.incident import Incident, Piece
from gateway.ladder.made import Setting
from gateway.ladder.page import News
from gateway.ladder.post import Post
from gateway.ladder.registry import Registry
from gateway.ladder.silences import ABOUT, CHIRP, MOST, WAITING, Silence, ask, confirm
from rules.alert import Alert


class Quiet:
    """What is nobody's concern now, and what becomes of it when that ends."""

    def __init__(self, setting: Setting, registry: Registry, climb: Climb, post: Post, deadlines: Deadlines) -> None:
        self._setting, self._registry, self._climb = setting, registry, climb
        self._post, self._deadlines = post, deadlines
        self.silences: dict[str, Silence] = {}
        self._followed: Mapping[str, str] = {}

    # -- silences ----------------------------------------------------------------------------------------------

    def ask(
        self, act: Act, alert: str, severities: Iterable[str], homes: Collection[str], person: str, now: float
    ) -> None:
        """Begin a silence, or wait until two persons are proven to agree; ``person`` is who asks, "" where that isn't
        proven, ``homes`` are those it is about. Raises Refused."""
        if len(self.silences) >= MOST:
            raise Refused(f"there are {MOST} silences already; end one first")
        waiting = sum(one.waits for one in self.silences.values())
        made = ask(act, alert, act.life_safety or "emergency" in severities, person, now)
        if made.waits and waiting >= WAITING:
            why = "silences wait for a second person already; let one of them be confirmed, or end it"
            raise Refused(f"{waiting} {why}")
        self.silences[made.id] = made
        self._setting.note(now, "silence", silence=made.id, by=made.by, waits=made.waits, seconds=made.seconds)
        self._begin(made, now)
        if made.waits:
            self._ask_for_a_second(made, homes, now)

    def confirm(self, id_: str, person: str, now: float) -> None:
        """Somebody who is proven agrees; raises Refused."""
        silence = self._silence(id_)
        confirm(silence, person, now)
        said = {"by": silence.by, "agreed": list(silence.agreed), "waits": silence.waits, "seconds": silence.seconds}
        self._setting.note(now, "silence", silence=id_, **said)
        self._begin(silence, now)

    def end(self, id_: str, now: float, why: str) -> None:
        """It is over; what still goes on under it is told now. Raises Refused when there is none."""
        self._silence(id_)
        del self.silences[id_]
        self._deadlines.put("silence", id_, None)
        self._post.codes.drop((ABOUT + id_,))
        self._setting.note(now, "silence-over", silence=id_, why=why)
        for incident in [one for one in self._registry.open.values() if one.silence == id_]:
            self._settle(incident, now)

    def _silence(self, id_: str) -> Silence:
        if id_ not in self.silences:
            raise Refused("there is no such silence")
        return self.silences[id_]

    def _begin(self, silence: Silence, now: float) -> None:
        self._deadlines.put("silence", silence.id, silence.due())
        self._setting.made.sound = True
        if not silence.waits:
            for incident in list(self._registry.open.values()):
                self._settle(incident, now)

    def _ask_for_a_second(self, silence: Silence, homes: Collection[str], now: float) -> None:
        """All who may confirm get a code; whoever asked too, unless it is proven that it was they."""
        directory = self._setting.directory
        news: News = "silence-asked-calls" if self._covers_calls(silence) else "silence-asked"
        about, text = (ABOUT + silence.id,), f"{self._named(silence)} · {silence.seconds / 60:.0f} min · {silence.id}"
        for name in directory.people:
            if name not in silence.agreed and may("confirm", roles_of(name, "", homes, directory)):
                self._post.say(name, "reminder", now, news, silence.by, text, about)

    def _named(self, silence: Silence) -> str:
        """What it is about, by the names that people gave."""
        directory = self._setting.directory
        home = silence.home or directory.places.get(silence.device, "")
        room = directory.rooms.get(silence.device, "") or silence.device
        return " · ".join(filter(None, (directory.homes.get(home, home), room, silence.rule, silence.reason)))

    def _covers_calls(self, silence: Silence) -> bool:
        """Whether calls for help are under it: it names their rule, or one of them."""
        incident = self._registry.find(silence.alert)
        piece = incident.pieces.get(silence.alert) if incident else None
        return any(map(self._setting.is_call, (silence.rule, piece.rule if piece else "")))

    def _covers_all(self, silence: Silence, incident: Incident) -> bool:
        return all(self._covers(silence, piece) for piece in incident.pieces.values())

    def _covers(self, silence: Silence, piece: Piece) -> bool:
        """Whether this alert is under it. A call for help is only where the silence says so: whoever silences a smoke
        detector, or all of a home, doesn't mean that nobody may ask for help there."""
        meant = silence.rule or silence.alert or not self._setting.is_call(piece.rule)
        return bool(meant) and silence.covers(piece)

    def due(self, id_: str, now: float) -> None:
        """A silence ends, or will soon."""
        silence = self.silences.get(id_)
        if silence is None:
            return
        if silence.waits or silence.reminded or now >= silence.until:
            self.end(id_, now, "nobody confirmed it" if silence.waits else "its time is over")
            return
        silence.reminded = True
        self._deadlines.put("silence", id_, silence.due())
        if silence.by in self._setting.directory.people:
            self._post.say(silence.by, "reminder", now, "silence-ends", "", self._named(silence))
        self._setting.note(now, "silence-ends", silence=id_, to=silence.by)

    def _settle(self, incident: Incident, now: float) -> None:
        """An incident rests when one silence covers all of it, and begins anew when none does any more."""
        over = next((one.id for one in self.silences.values() if self._covers_all(one, incident)), "")
        if over == incident.silence:
            return
        before, incident.silence = incident.silence, over
        self._registry.mark(incident)
        self._setting.made.sound = True
        if over:
            self._climb.halt(incident)
            self._setting.note(now, "silenced", incident=incident.id, silence=over)
        elif before and not incident.answered:
            self._climb.begin(incident, now)

    def look(self, incident: Incident, now: float) -> None:
        """An incident is new or changed: is it covered?"""
        if self.silences or incident.silence:
            self._settle(incident, now)

    def rename(self, names: Mapping[str, str], now: float) -> None:
        """These homes are called otherwise, old -> new, and the same people live there: what is silenced there stays
        so."""
        self._followed = names
        for silence in self.silences.values():
            if silence.home in names:
                was, silence.home = silence.home, names[silence.home]
                self._setting.note(now, "renamed", silence=silence.id, home=silence.home, was=was)

    def follows(self, old: str, new: str) -> bool:
        """Whether silences went along with that name: each alert there is covered as it was."""
        return self._followed.get(old) == new

    # -- sirens ------------------------------------------------------------------------------------------------

    def is_quiet(self, alert: Alert, now: float) -> bool:
        """Whether no siren should sound for it: it is silenced, or a test that has sounded."""
        incident = self._registry.find(alert.id)
        if incident is None:
            return False
        if incident.test:
            piece = incident.pieces.get(alert.id)
            return now >= (piece.since if piece else alert.since) + CHIRP
        return bool(incident.silence)

    # -- the checkpoint ----------------------------------------------------------------------------------------

    def row(self) -> dict[str, object]:
        """For the checkpoint."""
        return {"silences": [one.row() for one in self.silences.values()]}

    def load(self, row: Any) -> None:
        """From the checkpoint; raises ValueError, TypeError or KeyError for anything else."""
        silences = [Silence.of(one) for one in row["silences"]]
        self.silences = {one.id: one for one in silences}

    def resume(self) -> None:
        """Deadlines out of the state, after it was loaded."""
        for silence in self.silences.values():
            self._deadlines.put("silence", silence.id, silence.due())
