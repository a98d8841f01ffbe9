"""[registers] and [topics] of site.toml: maps that an installer wrote, each a TOML file of its own.

    [registers]  files = ["maps/my-detector.toml", ..]  (relative to the file): registers of Modbus devices
    [topics]     files = ["maps/my-sensor.toml", ..]    (relative to the file): topics of sensors on a broker

A map ``my-detector`` makes the driver ``modbus-my-detector``, or ``json-my-sensor``. What a map may say:
drivers/modbus.py and drivers/topic_map.py, and drivers/maps/generic-gas.toml, drivers/topic_maps/generic.toml to copy.
What a map may well mean so, and more often doesn't (a quantity that no rule looks at), is told by `doubts`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePath
from typing import Final

from drivers import modbus, topic_map
from drivers.bthome_objects import OBJECTS
from drivers.driver import Driver
from drivers.shipped import shipped
from drivers.table import BadMap
from rules.document import Mistake, Mistakes, read
from rules.quantities import KNOWN
from rules.sentence import Sentence
from rules.spelling import nearest

_MANUALS: Final = {1: 1, 2: 10_001, 3: 40_001, 4: 30_001}
"""Function -> the number that manuals print for its first register."""
_PRINTED: Final = 9_999
"""So many registers a manual can number with five digits."""


def drivers(registers: Mapping[str, str], topics: Mapping[str, str], mistakes: list[Mistake]) -> dict[str, Driver]:
    """Name of a file -> its text, of either kind, to all drivers by name: the shipped ones and theirs."""
    found = shipped()
    for file, text in registers.items():
        _add(file, text, modbus.driver, "drivers/modbus.py", found, mistakes)
    for file, text in topics.items():
        _add(file, text, topic_map.driver, "drivers/topic_map.py", found, mistakes)
    return found


def _add(
    file: str,
    text: str,
    make: Callable[[Mapping[str, object], str], Driver],
    manual: str,
    found: dict[str, Driver],
    mistakes: list[Mistake],
) -> None:
    try:
        made = make(read(text, file).data, PurePath(file).stem)
    except Mistakes as wrong:
        mistakes += wrong.mistakes
    except BadMap as bad:
        document = read(text, file)
        mistakes += [
            Mistake.of(file, document.line(*path), Sentence(what), "see {manual}", manual=manual)
            for path, what in bad.mistakes
        ]
    else:
        if made.name in found:
            what = Sentence('there is a driver "{made}" already', made=made.name)
            mistakes.append(Mistake(file, 1, what, 'write another name = "…" at its top'))
        found.setdefault(made.name, made)


def doubts(file: str, text: str, rules: Collection[str]) -> Iterator[Mistake]:
    """Of a sound map: quantities that neither Anju nor a rule knows, and registers numbered as in a manual.

    ``rules``: the quantities that the site's rules look at. A detector that says ``smoke_alarm`` would alarm nobody.
    """
    document = read(text, file)
    said = (one.says or () for one in shipped().values())
    known = KNOWN.union(rules, (one.quantity for one in OBJECTS.values()), *said)
    values = document.data.get("value")
    for at, value in enumerate(values if isinstance(values, list) else ()):
        place, quantity = ("value", at), value.get("quantity")
        if quantity is not None and quantity not in known:
            what = Sentence(
                'no rule looks at "{quantity}": whatever the device says there, nobody is alarmed', quantity=quantity
            )
            remedy = _remedy(quantity, known)
            yield Mistake(file, document.line(*place, "quantity"), what, remedy)
        function = value.get("function", document.data.get("function", 3))
        register, first = value.get("register"), _MANUALS.get(function, 1)
        if first > 1 and isinstance(register, int) and first <= register <= first + _PRINTED:
            what = Sentence("register {register}, not the manual's {register}, is asked for", register=register)
            remedy = Sentence(
                "for the manual's {register} write base = 1 and register = {own}",
                register=register,
                own=register - first + 1,
            )
            yield Mistake(file, document.line(*place, "register"), what, remedy)


def _remedy(quantity: str, known: Collection[str]) -> str:
    """The nearest name that begins alike: of "smoke_alarm" that is "smoke", not "co_alarm"."""
    alike = [name for name in known if name.split("_")[0] == quantity.split("_")[0]]
    guess = nearest(quantity, alike or known)
    return (
        guess
        if guess.startswith("did")
        else Sentence('a new one wants a rule of your own: quantities = ["…"] at its top')
    )
