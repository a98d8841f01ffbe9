"""What a change of rules would have added to the alerts of a recording, and removed from them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rules.tally import Spell


class Change(NamedTuple):
    """One rule before and after. A spell that overlaps one of the other side is the same, somewhat earlier or later.

    ``water-24h@zhenhai`` is ``water-24h`` with other numbers, so both stand under that name.
    """

    rule: str
    before: int
    after: int
    added: tuple[Spell, ...]
    removed: tuple[Spell, ...]

    @property
    def kept(self) -> int:
        """Spells of before that are there after it, too."""
        return self.before - len(self.removed)


def changes(old: Iterable[Spell], new: Iterable[Spell]) -> list[Change]:
    """Every rule that fired on either side, by id."""
    before, after = _by_place(old), _by_place(new)
    found: dict[str, Change] = {}
    for place in sorted(before.keys() | after.keys()):
        was, now = before.get(place, []), after.get(place, [])
        sofar = found.get(place[0], Change(place[0], 0, 0, (), ()))
        found[place[0]] = Change(
            place[0],
            sofar.before + len(was),
            sofar.after + len(now),
            (*sofar.added, *_apart(now, was)),
            (*sofar.removed, *_apart(was, now)),
        )
    return list(found.values())


def _by_place(spells: Iterable[Spell]) -> dict[tuple[str, str, str], list[Spell]]:
    places: dict[tuple[str, str, str], list[Spell]] = {}
    for spell in sorted(spells, key=lambda spell: (spell.since, spell.until)):
        places.setdefault((spell.rule.partition("@")[0], spell.home, spell.device), []).append(spell)
    return places


def _apart(spells: Sequence[Spell], others: Sequence[Spell]) -> list[Spell]:
    """Those that overlap none of the others; both in the order of time, and no two of one side at the same time."""
    found, index = [], 0
    for spell in spells:
        while index < len(others) and others[index].until < spell.since:
            index += 1
        if index == len(others) or others[index].since > spell.until:
            found.append(spell)
    return found
