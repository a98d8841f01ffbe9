"""The parser of commands whose reader reads Chinese: its help pages, and what it says of a command written wrongly."""

import argparse
import shutil
from collections.abc import Iterable
from typing import Any, NoReturn

from gateway.cli.page import Page, retold, shown_width, wrapped
from gateway.words import printable

LONGEST = 200
"""Characters of what was written wrongly that are said again."""


class _Page(Page):
    """A page whose pieces come from the catalogue. What is not in it stays English."""

    def __init__(self, prog: str, **more: Any) -> None:
        wide = {"width": shutil.get_terminal_size().columns - 5}  # argparse takes 用法： for three
        super().__init__(prog, **{**wide, **more})

    def start_section(self, heading: str | None) -> None:
        super().start_section(heading and _told(heading))

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, _told("usage: ") if prefix is None else prefix)

    def laid(self, text: str) -> str:
        return retold(text, _told, shown_width())

    def add_argument(self, action: argparse.Action) -> None:
        for one in (action, *self._iter_indented_subactions(action)):
            one.help = one.help and (one.help if one.help == argparse.SUPPRESS else _told(one.help))
        super().add_argument(action)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text, width)


class Parser(argparse.ArgumentParser):
    """As argparse's; so are those of its commands."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{**more, "formatter_class": _Page})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        self.exit(2, f"{self.format_usage()}{self.prog}：错误：{printable(_told(message))}\n")


def _told(english: str) -> str:
    from gateway.chinese.help import HELP

    return HELP.chinese(english)
