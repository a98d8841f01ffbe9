"""Incident: one cause at one place, the alerts that tell of it, and where it stands on its ladder."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from gateway.ladder.people import Directory
from rules.alert import Alert, Severity

RANK = {"notice": 0, "warning": 1, "urgent": 2, "emergency": 3}
SHOWN = 4
"""Readings of one alert that are shown as evidence, at the most."""
ALSO = 60.0
"""Seconds between two follow-ups that more joined in."""
ANSWERS = 20
"""Answers of one incident that are kept; more are in the journal all the same."""
What = Literal["acknowledge", "fine", "cancelled", "door", "called"]
"""called: a press answers a question, with a call for help that has a ladder of its own."""
WELL = ("fine", "cancelled", "door")
"""Answers that say that nobody has to come."""


class Piece(NamedTuple):
    """One alert of an incident, as of its last change."""

    alert: str
    rule: str
    home: str
    device: str
    severity: Severity
    state: str
    since: float
    at: float
    evidence: tuple[tuple[str, str, Any, float], ...] = ()
    """(device, point, value, gateway time)."""
    sounds: bool = False
    """It wants a siren."""
    cleared_at: float = 0.0
    """When its condition was over last; 0 = never."""

    @classmethod
    def of(cls, alert: Alert, cleared_at: float = 0.0) -> "Piece":
        """A change of an alert."""
        shown = tuple((one.device, one.point, one.value, one.at) for one in alert.evidence[:SHOWN])
        sounds = bool({"siren", "strobe"} & set(alert.act))
        return cls(
            alert.id, alert.rule, alert.home, alert.device, alert.severity, alert.state, alert.since, alert.at,
            shown, sounds, cleared_at,
        )  # fmt: skip


class Answer(NamedTuple):
    """Who answered, how, and when (gateway time)."""

    actor: str
    role: str
    via: str
    at: float
    what: What


@dataclass(slots=True)
class Incident:
    """Ladder and messages run per incident. Times in gateway seconds."""

    id: str
    """Of its first alert."""
    home: str
    """Where; "" is the gateway itself, or many homes."""
    cause: str
    rule: str
    """Of its worst alert."""
    severity: Severity
    ladder: str
    began: float
    pieces: dict[str, Piece] = field(default_factory=dict)
    homes: list[str] = field(default_factory=list)
    """All homes, in the order in which they joined."""
    step: int = 0
    """Index of the step that comes next."""
    round: int = 1
    due: float | None = None
    """When the next step comes; None: nothing comes by itself."""
    asking: bool = False
    """A question to the home is open."""
    answers: list[Answer] = field(default_factory=list)
    answered: bool = False
    """The last of ``answers`` ended the ladder."""
    told: list[str] = field(default_factory=list)
    """Addressees in the order in which they were told."""
    assigned: str = ""
    silence: str = ""
    """Id of the silence under which it rests."""
    test: bool = False
    """Part of a walk-test."""
    reopens: str = ""
    also_at: float = 0.0
    """When others were last told that more joined in."""
    order: int = 0
    """Older incidents have smaller ones."""

    @property
    def answer(self) -> Answer | None:
        """The answer that holds."""
        return self.answers[-1] if self.answered else None

    @property
    def rests(self) -> bool:
        """Nobody needs to be told of it now."""
        return self.answered or bool(self.silence) or self.test or self.is_over

    @property
    def is_over(self) -> bool:
        """Nothing of it is open any more."""
        return all(piece.state == "resolved" for piece in self.pieces.values())

    @property
    def is_wide(self) -> bool:
        """It is of many homes."""
        return not self.home and len(self.homes) > 1

    def is_due_for_more(self, now: float) -> bool:
        """Whether it is long enough ago that others were told that more joined in."""
        return not self.also_at or now - self.also_at >= ALSO

    def take(self, piece: Piece) -> bool:
        """Add or renew a piece of evidence; whether that makes it worse than it was."""
        self.pieces[piece.alert] = piece
        if piece.home not in self.homes:
            self.homes.append(piece.home)
        if RANK[piece.severity] <= RANK[self.severity]:
            return False
        self.severity, self.rule = piece.severity, piece.rule
        return True

    def evidence(self, directory: Directory) -> list[dict[str, object]]:
        """All its readings, each with its room; the newest last."""
        shown = {one: None for piece in self.pieces.values() for one in piece.evidence}
        return [
            {"device": device, "room": directory.rooms.get(device, ""), "point": point, "value": value, "at": at}
            for device, point, value, at in sorted(shown, key=lambda one: one[3])[-2 * SHOWN :]
        ]

    def rooms(self, directory: Directory, home: str = "") -> list[str]:
        """The rooms in which it is (in this home), each once; of what has no room, which device, person or part."""
        named = (directory.where(piece.device) for piece in self.pieces.values() if home in ("", piece.home))
        return list(dict.fromkeys(room for room in named if room))

    def row(self) -> list[object]:
        """For the checkpoint."""
        return [
            self.id, self.home, self.cause, self.rule, self.severity, self.ladder, self.began,
            [[*piece[:8], [list(one) for one in piece.evidence], *piece[9:]] for piece in self.pieces.values()],
            list(self.homes), self.step, self.round, self.due, self.asking, [list(one) for one in self.answers],
            self.answered, list(self.told), self.assigned, self.silence, self.test, self.reopens, self.also_at,
            self.order,
        ]  # fmt: skip

    @classmethod
    def of(cls, row: Any) -> "Incident":
        """From the checkpoint; raises ValueError, TypeError or KeyError for anything else."""
        id_, home, cause, rule, severity, ladder, began, pieces, homes, step, round_, due, asking, answers, *rest = row
        answered, told, assigned, silence, test, reopens, also_at, order = rest
        if severity not in RANK:
            raise ValueError("no severity")
        return cls(
            str(id_), str(home), str(cause), str(rule), severity, str(ladder), float(began),
            {str(one[0]): _piece(one) for one in pieces},
            _texts(homes), int(step), int(round_), None if due is None else float(due), asking is True,
            [Answer(*one) for one in answers], answered is True, _texts(told), str(assigned), str(silence),
            test is True, str(reopens), float(also_at), int(order),
        )  # fmt: skip


def _piece(row: Any) -> Piece:
    alert, rule, home, device, severity, state, since, at, evidence, sounds, cleared_at = row
    if severity not in RANK:
        raise ValueError("no severity")
    shown = tuple((str(by), str(point), value, float(when)) for by, point, value, when in evidence)
    return Piece(
        str(alert), str(rule), str(home), str(device), severity, str(state), float(since), float(at), shown,
        sounds is True, float(cleared_at),
    )  # fmt: skip


def _texts(row: Iterable[Any]) -> list[str]:
    return [str(one) for one in row]
