"""[registers] and [topics] of site.toml: maps that an installer wrote, each a TOML file of its own.

    [registers]  files = ["maps/my-detector.toml", ..]  (relative to the file): registers of Modbus devices
    [topics]     files = ["maps/my-sensor.toml", ..]    (relative to the file): topics of sensors on a broker

A map ``my-detector`` makes the driver ``modbus-my-detector``, or ``json-my-sensor``. What a map may say:
drivers/modbus.py and drivers/topic_map.py, and drivers/maps/generic-gas.toml, drivers/topic_maps/generic.toml to copy.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePath

from drivers import modbus, topic_map
from drivers.driver import Driver
from drivers.shipped import shipped
from drivers.table import BadMap
from rules.document import Mistake, Mistakes, read


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
        mistakes += [Mistake(file, document.line(*path), what, f"see {manual}") for path, what in bad.mistakes]
    else:
        if made.name in found:
            what = f'there is a driver "{made.name}" already'
            mistakes.append(Mistake(file, 1, what, 'write another name = "…" at its top'))
        found.setdefault(made.name, made)
