"""What is told of site files, ladders and the machine around them, in Chinese: rules/sentence.py says how.

site.py     the tables of site.toml, and the files that it names
machine.py  what the machine around the file says: ttys, keys, certificates, Bluetooth
ladders.py  ladder files and their stories; rule files as commands take them
backtest.py recorded data and stores
help/       the help pages of the commands
drivers.py  what is told of a driver on trial, and of lines that cannot be opened: values stand in it already
frames.py   why drivers refuse a frame: a catalogue of its own
others.py   what drivers say of maps and addresses: the values stand in it already; so do those of gateway/refusals.py
"""

import re
from typing import Final

from gateway.chinese import backtest, ladders, machine, site
from gateway.chinese.drivers import DRIVERS
from gateway.chinese.others import OTHERS
from gateway.refusals import CHINESE as REFUSALS
from rules import chinese
from rules.sentence import Catalogue

__all__ = ["CATALOGUE", "ROOMS"]


def _named(template: str) -> str:
    """A refusal's values have numbers; these have names."""
    return re.sub(r"\{(\d)\}", r"{value\1}", template)


ROOMS: Final = (*chinese.ROOMS, site.CHINESE, machine.CHINESE, ladders.CHINESE, backtest.CHINESE)
_REFUSED = {_named(english): _named(said) for english, said in REFUSALS.items()}
CATALOGUE: Final = Catalogue(
    {english: said for room in ROOMS for english, said in room.items()},
    {**DRIVERS, **OTHERS, **chinese.OTHERS, **_REFUSED},
)
