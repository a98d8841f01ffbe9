"""[registers] of site.toml: register maps of Modbus devices that an installer wrote, each a TOML file of its own.

    [registers]  files = ["maps/my-detector.toml", ..]  (relative to the file)

A map ``my-detector`` makes the driver ``modbus-my-detector``. What a map may say: drivers/modbus.py, and
drivers/maps/generic-gas.toml to copy.
"""

from collections.abc import Mapping
from pathlib import PurePath

from drivers.driver import Driver, shipped
from drivers.modbus import driver
from drivers.modbus_map import BadMap
from rules.document import Mistake, Mistakes, read


def drivers(files: Mapping[str, str], mistakes: list[Mistake]) -> dict[str, Driver]:
    """Name of a file -> its text, to all drivers by name: the shipped ones and theirs."""
    found = shipped()
    for file, text in files.items():
        try:
            made = driver(read(text, file).data, PurePath(file).stem)
        except Mistakes as wrong:
            mistakes += wrong.mistakes
        except BadMap as bad:
            document = read(text, file)
            mistakes += [
                Mistake(file, document.line(*path), what, "see drivers/modbus.py") for path, what in bad.mistakes
            ]
        else:
            if made.name in found:
                what = f'there is a driver "{made.name}" already'
                mistakes.append(Mistake(file, 1, what, 'write another name = "…" at its top'))
            found.setdefault(made.name, made)
    return found
