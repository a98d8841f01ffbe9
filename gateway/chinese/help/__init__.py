"""The help pages of the commands in Chinese, piece by piece: English -> Chinese. gateway/cli/page.py cuts the pages.

first.py    the first page, and the commands that run and watch a gateway
acts.py     what persons do: alerts, modes, people, homes
past.py     what was: a timeline, a month, the record, the lines, a journal
devices.py  devices and drivers
rules.py    rules, ladders, recorded and made-up data
frame.py    what argparse says around them, and of a command that is written wrongly
"""

from typing import Final

from gateway.chinese.help import acts, devices, first, past, rules
from gateway.chinese.help.frame import FRAME, WRONG
from rules.sentence import Catalogue

__all__ = ["HELP", "ROOMS"]

ROOMS: Final = (first.CHINESE, acts.CHINESE, past.CHINESE, devices.CHINESE, rules.CHINESE)
HELP: Final = Catalogue({english: said for room in (*ROOMS, FRAME) for english, said in room.items()}, WRONG)
"""``chinese`` tells a piece of a page, or what argparse says of a wrong command."""
