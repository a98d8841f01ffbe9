"""What a story says: readings given, alert changes expected, in virtual time.

[[story]]
name = "a pan burns"
rules = ["smoke"]                                     # all of the file, if left out
given = [
    {at = "1m", device = "smoke-1", smoke = true},
    {every = "15m", until = "13h", device = "smoke-1", battery_pct = 80},
    {at = "2m", restart = "1h"},                      # the gateway is down for an hour
    {at = "2h", mode = "away", for = "3d"},           # the home is in this mode, so long or from here on; armed = true
    {at = "4h", gap = "6h", of = "water-1"},          # nothing of it is heard; of all devices, without of
    {at = "5h", clock = "+3h"},                       # the clock on the wall jumps; "lost": nobody knows the time
    {at = "3h", reset = "smoke"},                     # a person resets; refused = true if that must fail
]
expect = [{at = "1m", rule = "smoke", state = "firing"}]
starts = "mon 21:00"                                  # what the wall shows at 0, and more of where it plays: scene.py
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, cast, get_args

from drivers.reading import Scalar
from rules.alert import Reason, State
from rules.document import Table, duration, nearest
from rules.quantities import KNOWN, declared
from rules.scene import Scene, read_scene
from rules.sentence import Sentence, strung
from rules.wall import HOME, MODES

MOST = 100_000
"""Steps of one story, at most."""

_SPAN = ("from", "until")
_WORDS = ("at", "every", *_SPAN, "flags", "alarm", "device")
_KINDS = ("restart", "reset", "mode", "gap", "clock", "device")
FLAGS = ("hearsay", "retained", "replay")


class Step(NamedTuple):
    """One thing that happens in a story, at a moment in seconds."""

    at: float
    device: str = ""
    values: tuple[tuple[str, Scalar], ...] = ()
    flags: tuple[str, ...] = ()
    alarm: bool = False
    """The frame waits for an acknowledgement, so that it has a source."""
    restart: float = 0.0
    reset: str = ""
    refused: bool = False
    mode: str = ""
    armed: bool = False
    lasts: float = math.inf
    """Seconds after which the mode ends by itself."""
    gap: float = 0.0
    """Seconds in which nothing of ``device``, or of all if that is empty, is heard."""
    clock: float | None = None
    """Seconds by which the time on the wall jumps; infinite: from now on nobody knows it."""


class Expected(NamedTuple):
    """An alert change. An empty field is not compared."""

    at: float
    rule: str
    state: State
    device: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One test of some rules."""

    name: str
    line: int
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
    expected: tuple[Expected, ...]
    until: float
    silent_after: dict[str, float] = field(default_factory=dict)
    """Device -> supervision budget in seconds; the other devices aren't supervised."""
    scene: Scene = field(default_factory=Scene)


def read(table: Table, known: Collection[str] = ()) -> Story:
    """A story from its table; mistakes are noted there, names of rules that aren't among the known ones too."""
    name = table.text("name")
    rules = table.texts("rules")
    for missing in [one for one in rules if known and one not in known]:
        table.mistake("rules", "there is no rule {missing}", nearest(missing, known), missing=missing)
    given = [step for inner in table.tables("given") for step in _steps(inner)]
    expected = [_expected(inner) for inner in table.tables("expect")]
    if "expect" not in table:
        table.mistake("", '"expect" is missing', "write expect = [] if nothing must happen")
    _missed(table, {step.device for step in given if step.values})
    supervised = table.table("silent_after")
    budgets = {device: supervised.seconds(device, low=1.0) for device in supervised.data}
    until = table.seconds("until", 0.0)
    _cast(table, expected, rules or known)
    last = max([until, *(step.at for step in given), *(change.at for change in expected)])
    given.sort(key=lambda step: step.at)
    return Story(name, table.line(), rules, tuple(given), tuple(expected), last, budgets, read_scene(table))


def _cast(table: Table, expected: list[Expected], playing: Collection[str]) -> None:
    """Note what no rule of this story can do."""
    for inner, change in zip(table.tables("expect"), expected, strict=True):
        inner.known |= inner.data.keys()
        if playing and change.rule and change.rule not in playing:
            inner.mistake("rule", "{rule} doesn't play in this story", nearest(change.rule, playing), rule=change.rule)


def _missed(table: Table, devices: Collection[str]) -> None:
    """Note gaps of devices that say nothing in this story: nothing would be missed."""
    for inner in table.tables("given"):
        device = inner.data.get("of")
        if "gap" in inner and isinstance(device, str) and device not in devices:
            what = '"{device:.60}" says nothing in this story, so nothing of it is missed'
            inner.mistake("of", what, nearest(device, devices), device=device)
        inner.known |= inner.data.keys()


def _steps(table: Table) -> Iterator[Step]:
    said = [kind for kind in _KINDS if kind in table]
    moments = list(_moments(table))
    step = Step(0.0)
    if len(said) != 1:
        what = "this step says {kinds}" if said else "this step says nothing"
        kinds = strung(said, "{one} and {other}")
        table.mistake("", what, "write one of: {known}", kinds=kinds, known=("device", *_KINDS[:-1]))
    elif said[0] == "restart":
        step = step._replace(restart=table.seconds("restart"))
    elif said[0] == "reset":
        step = step._replace(reset=table.text("reset"), refused=table.flag("refused", False))
    elif said[0] == "mode":
        step = _mode(table)
    elif said[0] == "gap":
        step = step._replace(gap=table.seconds("gap"), device=table.text("of", "") if "of" in table else "")
    elif said[0] == "clock":
        step = step._replace(clock=_jump(table))
    else:
        ways = {key: way for key in _quantities(table) if (way := _way(table, key)) is not None}
        step = _reading(table)
        for number, moment in enumerate(moments):
            share = number / max(1, len(moments) - 1)
            going = tuple((key, round(first + share * (last - first), 9)) for key, (first, last) in ways.items())
            yield step._replace(at=moment, values=(*step.values, *going))
        return
    for moment in moments:
        yield step._replace(at=moment)


def _quantities(table: Table) -> list[str]:
    """The keys of a reading that are no words of the step."""
    return [key for key in table.data if key not in {*_WORDS, *_SPAN, *_KINDS}]


def _way(table: Table, key: str) -> tuple[float, float] | None:
    """From where to where a value goes, evenly, with ``every``: ``water_m3 = [12, 12.5]``."""
    said = table.data[key]
    if not isinstance(said, list):
        return None
    plain = [one for one in said if isinstance(one, int | float) and not isinstance(one, bool)]
    numbers = [float(one) for one in plain if abs(one) < 1e300]
    if len(said) == len(numbers) == 2 and "every" in table:
        return numbers[0], numbers[1]
    what = "{key} goes from a number to a number, with every"
    table.mistake(key, what, "write every, until and {key} = [12, 12.5]", key=key)
    return None


def _mode(table: Table) -> Step:
    mode, lasts = table.text("mode", choices=MODES), math.inf
    if "for" in table:
        lasts = table.seconds("for", low=1.0)
        if mode == HOME:
            table.mistake("for", "mode home lasts until another one comes", "remove for")
    return Step(0.0, mode=mode, armed=table.flag("armed", False), lasts=lasts)


def _reading(table: Table) -> Step:
    flags, alarm = table.texts("flags", choices=FLAGS), table.flag("alarm", False)
    device = table.text("device")
    said = [key for key in table.data if key not in table.known]
    values = [(key, None if isinstance(table.data[key], list) else table.value(key)) for key in said]
    table.known |= set(said)
    if not values:
        table.mistake("", "{device} says nothing", "add a quantity and its value, such as smoke = true", device=device)
    known = KNOWN | declared(table.document.data)
    for key, _ in values:
        if key.partition("#")[0] not in known:
            table.mistake(key, 'no driver gives "{key}"', _meant(key, known), key=key)
    return Step(0.0, device, tuple((key, value) for key, value in values if value is not None), flags, alarm)


def _meant(key: str, known: Collection[str]) -> str:
    """What a key beside a device may have been meant for: a quantity, or a word of the step."""
    if key in _SPAN:
        return Sentence('it belongs to every: write every = "5m"')
    return nearest(key, {*known, *_WORDS})


def _jump(table: Table) -> float:
    said = table.text("clock")
    if said == "lost":
        return math.inf
    try:
        return {"+": 1.0, "-": -1.0}[said[:1]] * duration(said[1:])
    except (ValueError, KeyError):
        table.mistake("clock", '"{said}" is no jump of the clock', 'write clock = "+3h", "-1d" or "lost"', said=said)
        return 0.0


def _moments(table: Table) -> Iterator[float]:
    if "every" not in table:
        table.known |= {"from", "until"} - table.data.keys()
        yield table.seconds("at")
        return
    every, first = table.seconds("every", low=0.001), table.seconds("from", 0.0)
    until = table.seconds("until", low=first)
    if every <= 0 or (until - first) / every > MOST:
        table.mistake(
            "every", "that is more than {most} readings", "write a longer every, or an earlier until", most=MOST
        )
        return
    for count in range(int((until - first) / every + 1e-9) + 1):
        yield round(first + count * every, 6)


def _expected(table: Table) -> Expected:
    return Expected(
        table.seconds("at"),
        table.text("rule"),
        cast(State, table.text("state", choices=get_args(State))),
        table.text("device", "") if "device" in table else "",
        table.text("reason", choices=get_args(Reason)) if "reason" in table else "",
    )
