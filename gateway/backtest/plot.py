"""The timeline of a back-test as an SVG: for each home when readings came, and when each rule fired, gravest first.

Of a comparison it shows what comes, what goes, and what stays: filled with a +, hollow and dashed with a −, a thin grey
bar. Colours on white have a contrast of 4.5 or more (WCAG 2.2, 1.4.3); nothing is told by colour alone: severities
differ in height and are named, changes differ in shape and sign. Blue and orange are told apart by the colour-blind.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape

from gateway.backtest.outcome import Outcome
from gateway.backtest.report import lasting, piece
from gateway.words import Language, columns, say, severity
from rules.backtest import BUDGET
from rules.recording import Recorded
from rules.tally import Spell

COLOURS = {"emergency": "#b00020", "urgent": "#a03a00", "warning": "#6b5900", "notice": "#1c5c9c"}
HEIGHTS = {"emergency": 16, "urgent": 13, "warning": 10, "notice": 7}
CHANGED = {"+": "#00558c", "−": "#a03a00", "=": "#767676"}
"""Added, removed and unchanged."""
TEXT, FAINT, GRID, HEARD = "#1b1b1b", "#595959", "#d0d0d0", "#767676"
LANES = 120
"""Lines drawn at most."""
BARS = 20_000
"""Bars drawn at most; the later ones of the fullest lines are left out."""
WIDTH, LEFT, RIGHT, TOP, LANE = 1280, 340, 24, 92, 24
TICKS = 12
MARK = 8.0
"""Points from one + to the next, at least."""
_WORDS = {"+": "plot-added", "−": "plot-removed", "=": "plot-kept"}
_STEPS = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
"""Seconds; days and months come after these."""
_DAYS, _MONTHS = (1, 2, 7, 14), (1, 2, 3, 6, 12, 24, 60, 120, 240)


@dataclass(frozen=True, slots=True)
class _Lane:
    """One line: a home's readings, or a rule in that home at a device."""

    label: str
    strong: bool
    heard: Sequence[tuple[float, float]] = ()
    spells: Sequence[Spell] = ()
    signs: Sequence[str] = ()
    """Of each of them whether it is added, removed or unchanged; none of what is not compared."""

    @property
    def changes(self) -> bool:
        """Is something of it other than before?"""
        return bool({"+", "−"} & set(self.signs))


def svg(outcome: Outcome, lang: Language) -> str:
    """The picture, whole."""
    return "\n".join(_Picture(outcome, lang).draw()) + "\n"


class _Picture:
    def __init__(self, outcome: Outcome, lang: Language) -> None:
        self.outcome, self.lang, self.zone = outcome, lang, outcome.zone
        self.since, until = outcome.span
        self.until = max(until, self.since + 1.0)
        lanes = list(self._lanes())
        self.lanes, self.more = lanes[:LANES], len(lanes) - LANES
        self.bars = BARS
        self.bottom = TOP + LANE * len(self.lanes)

    def draw(self) -> Iterator[str]:
        """Line by line."""
        height = self.bottom + 56
        since, until = (f"{self._local(at):%Y-%m-%d %H:%M}" for at in (self.since, self.until))
        title = say("plot-title", self.lang, since=since, until=until)
        told = self._told()
        language = {"zh": "zh-CN", "en": "en"}[self.lang]
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            f' lang="{language}" role="img" aria-labelledby="title told" font-size="13" fill="{TEXT}"'
            " font-family=\"system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif\">"
        )
        yield f'<title id="title">{escape(title)}</title><desc id="told">{escape(told)}</desc>'
        yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        yield f'<text x="16" y="28" font-size="18" font-weight="600">{escape(title)}</text>'
        yield f'<text x="16" y="48" fill="{FAINT}">{escape(told)}</text>'
        yield from self._axis()
        for number, lane in enumerate(self.lanes):
            yield from self._lane(lane, TOP + LANE * number)
        if self.more > 0:
            more = say("plot-more", self.lang, lanes=self.more)
            yield f'<text x="16" y="{self.bottom + 18}" fill="{FAINT}">{escape(more)}</text>'
        yield from self._legend(height - 16)
        yield "</svg>"

    def _told(self) -> str:
        homes, compared = self.outcome.test.homes, self.outcome.compared
        if compared is None:
            return say("plot-told", self.lang, homes=homes, alerts=len(self.outcome.test.spells))
        added = sum(len(one.added) for one in compared)
        removed = sum(len(one.removed) for one in compared)
        kept = sum(one.kept for one in compared)
        return say("plot-compared", self.lang, homes=homes, added=added, removed=removed, kept=kept)

    def _signed(self) -> list[tuple[str, Spell]]:
        """Every spell, and whether it is added, removed or unchanged."""
        compared = self.outcome.compared
        if compared is None:
            return [("", spell) for spell in self.outcome.test.spells]
        added = {id(spell) for change in compared for spell in change.added}
        signed = [("+" if id(spell) in added else "=", spell) for spell in self.outcome.test.spells]
        return signed + [("−", spell) for change in compared for spell in change.removed]

    def _lanes(self) -> Iterator[_Lane]:
        """Homes with changes come first, else those with the gravest alerts; variants of a rule are one line."""
        fired: dict[str, dict[tuple[str, str], list[tuple[str, Spell]]]] = {}
        grave, rules = list(COLOURS), [*self.outcome.old, *self.outcome.rules]
        order = {rule.id: (grave.index(rule.severity), n) for n, rule in enumerate(rules)}
        titles = {rule.id.partition("@")[0]: rule.title[self.lang] for rule in rules}
        signed = self._signed()
        signed.sort(key=lambda one: (order[one[1].rule], one[1].device, one[1].since))
        for sign, spell in signed:
            place = titles[spell.rule.partition("@")[0]], spell.device
            fired.setdefault(spell.home, {}).setdefault(place, []).append((sign, spell))
        lanes = {home.name: [_lane_of(words, found) for words, found in fired.get(home.name, {}).items()]
                 for home in self.outcome.homes}  # fmt: skip
        homes = list(self.outcome.homes)
        homes.sort(key=lambda home: _gravity(lanes[home.name]))
        for home in homes:
            yield _Lane(home.name, True, heard=self._heard(home))
            yield from sorted(lanes[home.name], key=lambda lane: not lane.changes)

    def _heard(self, home: Recorded) -> list[tuple[float, float]]:
        """When readings came. Gaps too narrow to be seen are closed."""
        found = home.heard(max(BUDGET, (self.until - self.since) / (WIDTH - LEFT)))
        home.release()
        return found

    def _lane(self, lane: _Lane, top: float) -> Iterator[str]:
        middle = top + LANE / 2
        weight = ' font-weight="600"' if lane.strong else ""
        label = escape(_short(lane.label, 44 if lane.strong else 30))
        yield f'<text x="{16 if lane.strong else 30}" y="{middle + 4.5}"{weight}>{label}</text>'
        if lane.strong:
            yield f'<line x1="16" x2="{WIDTH - RIGHT}" y1="{top}" y2="{top}" stroke="{GRID}"/>'
        for since, until in lane.heard:
            left, width = self._place(since, until)
            yield f'<rect x="{left}" y="{middle - 2}" width="{width}" height="4" fill="{HEARD}"/>'
        signs = lane.signs or [""] * len(lane.spells)
        marked = dict.fromkeys(CHANGED, -MARK)
        for sign, spell in sorted(zip(signs, lane.spells, strict=True), key=lambda one: one[0] != "=")[: self.bars]:
            yield from self._bar(sign, spell, middle)
            left = self._x(spell.since)
            if sign in ("+", "−") and left - marked[sign] >= MARK:  # so many beside each other are one sign
                marked[sign] = left
                yield from _mark(sign, left, middle)
        self.bars = max(0, self.bars - len(lane.spells))
        if lane.spells:
            grave = lane.spells[0].severity
            counts = Counter(signs)
            changes = " ".join(f"{sign}{counts[sign]}" for sign in CHANGED if counts[sign])
            count = f"{severity(grave, self.lang)} {changes or f'× {len(lane.spells)}'}"
            place = f'x="{LEFT - 10}" y="{middle + 4.5}" text-anchor="end"'
            yield f'<text {place} fill="{FAINT if lane.signs else COLOURS[grave]}">{count}</text>'

    def _bar(self, sign: str, spell: Spell, middle: float) -> Iterator[str]:
        """When it fired; and before it, thin, since when the evidence says that it was coming."""
        left, width = self._place(spell.since, spell.until)
        height = {"=": 8, "": HEIGHTS[spell.severity]}.get(sign, 12)
        length = lasting(spell.until - spell.since) if spell.ended else say("backtest-open", self.lang)
        told = say("plot-bar", self.lang, rule=spell.rule, home=spell.home, device=spell.device,
                   since=f"{self._local(spell.since):%Y-%m-%d %H:%M}", length=length)  # fmt: skip
        changed = [say(_WORDS[sign], self.lang)] if sign else []
        told = "\n".join([*changed, told, *(piece(reading, self.zone) for reading in spell.evidence)])
        colour = CHANGED.get(sign) or COLOURS[spell.severity]
        began = self._x(max(self.since, min([spell.since, *(reading.at for reading in spell.evidence)])))
        if left - began >= 1:
            yield f'<line x1="{began}" x2="{left}" y1="{middle}" y2="{middle}" stroke="{colour}" stroke-width="1.5"/>'
        yield (
            f'<rect x="{left}" y="{middle - height / 2}" width="{width}" height="{height}" rx="1"'
            f" {_fill(sign, colour)}><title>{escape(told)}</title></rect>"
        )

    def _place(self, since: float, until: float) -> tuple[float, float]:
        """(left, width) of a time; wide enough to be seen."""
        left = self._x(since)
        return left, round(max(2.0, self._x(until) - left), 1)

    def _x(self, at: float) -> float:
        share = (at - self.since) / (self.until - self.since)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def _axis(self) -> Iterator[str]:
        for at, label in ticks(self.since, self.until, self.zone):
            x = self._x(at)
            yield f'<line x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{self.bottom}" stroke="{GRID}"/>'
            yield f'<text x="{x}" y="{TOP - 14}" text-anchor="middle" fill="{FAINT}">{label}</text>'

    def _legend(self, y: float) -> Iterator[str]:
        x = 16
        lines = [("", HEARD, 4.0, say("plot-heard", self.lang)), ("", TEXT, 1.5, say("plot-lead", self.lang))]
        if self.outcome.compared is None:
            lines += [("", colour, HEIGHTS[name], severity(name, self.lang)) for name, colour in COLOURS.items()]
        else:
            height = {"=": 8.0}
            lines += [(sign, CHANGED[sign], height.get(sign, 12.0), say(_WORDS[sign], self.lang)) for sign in CHANGED]
        for sign, colour, height_of, word in lines:
            fill = _fill(sign, colour)
            yield f'<rect x="{x}" y="{y - 4 - height_of / 2}" width="22" height="{height_of}" {fill}/>'
            if sign in ("+", "−"):
                yield from _mark(sign, x, y - 4)
            yield f'<text x="{x + 28}" y="{y}">{escape(word)}</text>'
            x += 150

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self.zone)


def _lane_of(words: tuple[str, str], found: Sequence[tuple[str, Spell]]) -> _Lane:
    signs = [sign for sign, _ in found if sign]
    return _Lane(" · ".join(filter(None, words)), False, spells=[spell for _, spell in found], signs=signs)


def _gravity(lanes: Sequence[_Lane]) -> tuple[bool, int]:
    """The less, the more it matters that a home is among those that are drawn."""
    grave = [list(COLOURS).index(lane.spells[0].severity) for lane in lanes]
    return not any(lane.changes for lane in lanes), min(grave, default=len(COLOURS))


def _fill(sign: str, colour: str) -> str:
    if sign == "−":
        return f'fill="#ffffff" stroke="{colour}" stroke-width="1.5" stroke-dasharray="3 2"'
    return f'fill="{colour}"'


def _mark(sign: str, x: float, middle: float) -> Iterator[str]:
    """A sign in a disc that is full or empty, to the left of its bar."""
    inside, ink = ("#ffffff", CHANGED[sign]) if sign == "−" else (CHANGED[sign], "#ffffff")
    yield f'<circle cx="{x}" cy="{middle}" r="7" fill="{inside}" stroke="{CHANGED[sign]}" stroke-width="1.5"/>'
    lines = f"M{x - 4} {middle}h8" + (f"M{x} {middle - 4}v8" if sign == "+" else "")
    yield f'<path d="{lines}" stroke="{ink}" stroke-width="2"/>'


def _short(text: str, most: int) -> str:
    """So many columns of it."""
    while columns(text) > most:
        text = text.removesuffix("…")[:-1] + "…"
    return text


def ticks(since: float, until: float, zone: tzinfo) -> list[tuple[float, str]]:
    """Moments to mark, at most TICKS and a few, at round times on the wall of the zone, with what to write there."""
    length = until - since
    start = datetime.fromtimestamp(since, zone)
    for step in _STEPS:
        if length / step <= TICKS:
            return _steps(start, until, step)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    for days in _DAYS:
        if length / (days * 86400) <= TICKS:
            moments = (midnight + timedelta(days=days * count) for count in range(TICKS + 3))
            return _within(moments, since, until, "%m-%d")
    months = next((count for count in _MONTHS if length / (count * 30 * 86400) <= TICKS), _MONTHS[-1])
    first = midnight.replace(day=1)
    moments = (_month(first, months * count) for count in range(TICKS + 3))
    return _within(moments, since, until, "%Y-%m")


def _steps(start: datetime, until: float, step: int) -> list[tuple[float, str]]:
    seconds = start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6
    first = start.timestamp() - seconds % step
    moments = (datetime.fromtimestamp(first + step * count, start.tzinfo) for count in range(TICKS + 3))
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 3 * 3600 else "%m-%d %H:%M"
    return _within(moments, start.timestamp(), until, form)


def _within(moments: Iterator[datetime], since: float, until: float, form: str) -> list[tuple[float, str]]:
    return [(at, f"{moment:{form}}") for moment in moments if since <= (at := moment.timestamp()) <= until]


def _month(first: datetime, count: int) -> datetime:
    month = first.year * 12 + first.month - 1 + count
    return first.replace(year=month // 12, month=month % 12 + 1)
