# ruff: noqa: D102 - the words stand at the method that is overridden
"""Conditions on the last value of a quantity: ``is``, ``above``, ``below``, ``outside``."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.reading import Reading, Scalar
from rules.conditions.among import Few
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.document import Table, nearest
from rules.known import Known
from rules.picked import ALL, Picked
from rules.quantities import BUTTONS, KNOWN, MOMENTARY, declared
from rules.route import ANY, Band


@dataclass(frozen=True, slots=True)
class Leaf(Condition):
    """A test of one value. The value of a momentary quantity is gone as soon as it was seen."""

    quantity: str

    @property
    def momentary(self) -> bool:
        return self.quantity in MOMENTARY

    @abstractmethod
    def test(self, value: Scalar) -> bool:
        """Does this value make it true? Never raises, whatever the value."""

    @abstractmethod
    def clashes(self, clear: "Leaf") -> bool:
        """Can one value both raise and clear an alert?"""

    def calm(self, quantity: str) -> Band | None:
        return ANY if quantity != self.quantity else None if self.momentary else self.band()

    def sleeps(self) -> bool:
        return not self.momentary and self.band() is not None

    def band(self) -> Band | None:
        """Numbers, from and to, that don't make it true; None if nobody knows."""
        return None

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: self.momentary}

    def live(self, devices: Sequence[Known]) -> Live:
        return (_Event if self.momentary else _Last)(self, devices)


class _Watching(Live):
    __slots__ = ("devices", "leaf", "quantity")

    def __init__(self, leaf: Leaf, devices: Sequence[Known]) -> None:
        self.leaf = leaf
        self.quantity = leaf.quantity
        self.devices = devices

    def holds(self, reading: Reading) -> bool:
        return reading.quantity == self.quantity and self.leaf.test(reading.value)


class _Last(_Watching):
    """True while the last reading of one of the points makes it true."""

    __slots__ = ()

    def step(self, at: float, reading: Reading | None) -> bool:
        test, quantity = self.leaf.test, self.quantity
        return any([test(value) for known in self.devices for value in known.values(quantity)])

    def evidence(self) -> Iterator[Reading]:
        test = self.leaf.test
        for known in self.devices:
            for reading in known.readings(self.quantity):
                if test(reading.value):
                    yield reading


class _Every(_Last):
    """True while the last reading of each of the points makes it true."""

    __slots__ = ()

    def step(self, at: float, reading: Reading | None) -> bool:
        return all([self.leaf.test(value) for known in self.devices for value in known.values(self.quantity)])


class _Event(_Watching):
    """True at the moment of a reading that makes it true."""

    __slots__ = ("seen",)

    def __init__(self, leaf: Leaf, devices: Sequence[Known]) -> None:
        super().__init__(leaf, devices)
        self.seen: Reading | None = None

    def step(self, at: float, reading: Reading | None) -> bool:
        self.seen = reading if reading is not None and self.holds(reading) else None
        return self.seen is not None

    def evidence(self) -> Iterator[Reading]:
        if self.seen is not None:
            yield self.seen


@dataclass(frozen=True, slots=True)
class Every(Condition):
    """The clear side of a rule: not one of the points may still speak against it."""

    leaf: Leaf
    picked: Picked = ALL
    """The devices whose points they are."""

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        """Not a word of its own: a rule makes it of what ``clear`` says."""
        raise NotImplementedError

    def needs(self) -> Mapping[str, bool]:
        return self.leaf.needs()

    def live(self, devices: Sequence[Known]) -> Live:
        return _Every(self.leaf, Few(devices, self.picked) if self.picked else devices)


def quantity_of(table: Table, otherwise: str | None) -> str:
    """The quantity that a condition is about; a mistake is noted if no driver gives it."""
    name = table.text("quantity", otherwise)
    known = KNOWN | declared(table.document.data)
    if name and name not in known:
        remedy = '{nearest} (what a driver of your own gives is named at the top: quantities = ["{name}"])'
        table.mistake("quantity", 'no driver gives "{name}"', remedy, name=name, nearest=nearest(name, known))
    return name


@word
@dataclass(frozen=True, slots=True)
class Is(Leaf):
    """``is = true``, ``is = "press"``, ``is = ["press", "long_press"]``: the value is this, or one of these."""

    word = "is"
    values: tuple[Scalar, ...]

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Is":
        name = quantity_of(table, quantity)
        values: tuple[Scalar, ...]
        if isinstance(table.data["is"], list):
            values = table.texts("is")
            if table.data["is"] == []:
                table.mistake("is", "is names no value", 'write is = ["…"]')
        else:
            one = table.value("is")
            values = () if one is None else (one,)
        for value in values:
            if name == "button" and value not in BUTTONS:
                table.mistake("is", "a button never says {value!r}", nearest(str(value), BUTTONS), value=value)
        return cls(name, values)

    def test(self, value: Scalar) -> bool:
        return value in self.values

    def band(self) -> Band | None:
        return (0.0, 0.0) if self.values == (True,) else (1.0, 1.0) if self.values == (False,) else None

    def clashes(self, clear: Leaf) -> bool:
        return any(clear.test(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Limit(Leaf):
    """A number against a limit; a truth value counts as 0 or 1, a text never reaches a limit."""

    limit: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Limit":
        name = quantity_of(table, quantity)
        if name in MOMENTARY:
            table.mistake(
                cls.word,
                "{name} is an event, it has no size",
                "write is = … in place of {word}",
                name=name,
                word=cls.word,
            )
        return cls(name, table.number(cls.word))


@word
@dataclass(frozen=True, slots=True)
class Above(Limit):
    """``above = 10``: the value is greater than this."""

    word = "above"

    def test(self, value: Scalar) -> bool:
        return not isinstance(value, str) and value > self.limit

    def band(self) -> Band | None:
        return ANY[0], self.limit

    def clashes(self, clear: Leaf) -> bool:
        if isinstance(clear, Below):
            return clear.limit > self.limit
        return isinstance(clear, Above) or clear.clashes(self)


@word
@dataclass(frozen=True, slots=True)
class Below(Limit):
    """``below = 5``: the value is less than this."""

    word = "below"

    def test(self, value: Scalar) -> bool:
        return not isinstance(value, str) and value < self.limit

    def band(self) -> Band | None:
        return self.limit, ANY[1]

    def clashes(self, clear: Leaf) -> bool:
        if isinstance(clear, Above):
            return clear.limit < self.limit
        return isinstance(clear, Below) or clear.clashes(self)


@dataclass(frozen=True, slots=True)
class Span(Leaf):
    """A number against two limits; a truth value counts as 0 or 1."""

    low: float
    high: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Span":
        name = quantity_of(table, quantity)
        low, high = table.span(cls.word)
        if name in MOMENTARY:
            remedy = "write is = … in place of {word}"
            table.mistake(cls.word, "{name} is an event, it has no size", remedy, name=name, word=cls.word)
        return cls(name, low, high)


@word
@dataclass(frozen=True, slots=True)
class Outside(Span):
    """``outside = [18, 26]``: the value is less than the first or greater than the second number."""

    word = "outside"

    def test(self, value: Scalar) -> bool:
        return not isinstance(value, str) and (value < self.low or value > self.high)

    def band(self) -> Band | None:
        return self.low, self.high

    def clashes(self, clear: Leaf) -> bool:
        """Any limit shares its far end with this one."""
        if isinstance(clear, Inside):
            return clear.low < self.low or clear.high > self.high
        return any(self.test(value) for value in clear.values) if isinstance(clear, Is) else True


@word
@dataclass(frozen=True, slots=True)
class Inside(Span):
    """``inside = [25, 45]``: the value is neither less than the first nor greater than the second number."""

    word = "inside"

    def test(self, value: Scalar) -> bool:
        return not isinstance(value, str) and self.low <= value <= self.high

    def clashes(self, clear: Leaf) -> bool:
        if isinstance(clear, Inside):
            return clear.low <= self.high and clear.high >= self.low
        if isinstance(clear, Above | Below):
            return clear.test(self.high if isinstance(clear, Above) else self.low)
        return any(self.test(value) for value in clear.values) if isinstance(clear, Is) else clear.clashes(self)
