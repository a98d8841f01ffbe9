"""The help pages in Chinese: whole, and the same pages."""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.chinese.help import HELP, ROOMS
from gateway.cli import OK, USAGE, main, parser
from gateway.cli.page import is_prose, pieces, retold, wrapped
from gateway.cli.test_cli import COMMANDS
from gateway.words import Language, columns

Out = pytest.CaptureFixture[str]
EXAMPLE = re.compile(r"^  (anju .+?)(?:  |$)", re.MULTILINE)


def pages_of(one: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """It, and those of all its commands."""
    yield one
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from pages_of(inner)


@cache
def english() -> dict[str, str]:
    """All that the help pages say -> the command that says it."""
    found: dict[str, str] = {}
    for name, one in {"anju": parser(), **COMMANDS}.items():
        texts = [piece for text in (one.description, one.epilog) for piece in pieces(text or "")]
        for action in one._actions:
            texts.append(action.help or "")
            if isinstance(action, argparse._SubParsersAction):
                texts += [choice.help or "" for choice in action._choices_actions]
        found |= {text: name for text in texts if text not in ("", argparse.SUPPRESS)}
    return found


def test_all_that_a_help_page_says_has_its_chinese() -> None:
    assert len(english()) >= 300
    for piece, command in english().items():
        assert piece in HELP.ours or not is_prose(piece), (command, piece)


def test_no_chinese_is_of_what_no_page_says() -> None:
    assert {piece for room in ROOMS for piece in room} - english().keys() == set()
    assert sum(map(len, ROOMS)) == len({piece for room in ROOMS for piece in room})


@pytest.mark.parametrize("name", ["", *(name.removeprefix("anju ") for name in COMMANDS)])
def test_a_page_in_chinese_has_the_same_commands_and_no_english_prose(
    name: str, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    monkeypatch.setenv("COLUMNS", "100")
    for lang in ("en", "zh"):
        monkeypatch.setenv("LC_ALL", {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[lang])
        with pytest.raises(SystemExit) as end:
            main([*name.split(), "--help"])
        assert end.value.code == 0
        pages.append(capsys.readouterr().out)
    before, after = pages
    assert EXAMPLE.findall(after) == EXAMPLE.findall(before)
    assert after.startswith("用法：anju")
    assert max(map(columns, after.splitlines())) <= 132
    plain = re.sub(r"^  .*anju .*$|`.*?`|\{.*?\}|\".*?\"", "", after[after.index("\n\n") :], flags=re.MULTILINE)
    assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", plain)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_fits_a_terminal_of_eighty_columns_and_says_the_same(lang: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0
    for one in pages_of(parser(lang)):
        shown = []
        for width in ("200", "80"):
            monkeypatch.setenv("COLUMNS", width)
            shown.append(one.format_help())
        assert "".join(shown[0].split()) == "".join(shown[1].split())
        wide = [line for line in shown[1].splitlines() if columns(line) > 80]
        assert [line for line in wide if not re.match(r" +(.*anju |[{\"])", line)] == [], "but commands and objects"
        count += 1
        if one.prog == "anju decode":
            assert "xy-md02 '01 04 00 01 00 02 20 0b  01 04 04 00 cd 01 f4 6a 6c'\n" in shown[1], "in one line, to be copied"
    assert count >= 40


def test_lang_chooses_the_page_wherever_it_stands(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for words in ("check --lang zh --help", "check --help --lang=zh", "--lang zh check --help", "rules --lang zh --help"):
        with pytest.raises(SystemExit):
            main(words.split())
        assert capsys.readouterr().out.startswith("用法：")
    assert main(["rules", "--lang", "zh", "test", "gas"]) == OK
    assert "通过" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with pytest.raises(SystemExit):
        main(["check", "--lang", "en", "--help"])
    assert capsys.readouterr().out.startswith("usage: ")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_terminal_without_chinese_still_gets_its_page(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", terminal)
    with pytest.raises(SystemExit) as end:
        main(["--lang", lang, "--help"])
    assert end.value.code == 0
    terminal.flush()
    assert b"anju rules test my-rules.toml" in terminal.buffer.getvalue()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nix"], "anju：错误：COMMAND 不能是 'nix'（可用："),
        (["run"], "anju run：错误：缺少参数：--site"),
        (["run", "--site"], "anju run：错误：--site 后面缺少值"),
        (["status", "a", "b"], "anju：错误：多余或未知的参数：b"),
        (["status", "--work", "--strangers"], "anju status：错误：--strangers 不能与 --work 同用"),
        (["alerts", "hush", "a", "--for", "3x"], '错误：--for 必须是时长，如 "5m"、"2h"，现为 \'3x\''),
        (["mode", "a", "away", "--until", "x"], "错误：--until 必须是时间，如 \"2026-10-08 18:00\"，现为 'x'"),
        (["demo", "--pause", "99"], "错误：--pause 必须在 0 至 60 秒之间，现为 '99'"),
        (["decode", "node", "00", "--key", "x"], "错误：--key 不是十六进制"),
        (["scan", "ble", "--seconds", "0"], "错误：--seconds 必须大于 0，不超过一天"),
        (["scan", "serial", "--port", "x", "--addresses", "0"], "写一个地址"),
        (["scan", "serial", "--port", "x", "--speed", "fast"], "错误：--speed 必须是整数，现为 'fast'"),
        (["rules", "check", "--nix\x1b[2J"], "错误：多余或未知的参数：--nix\\x1b[2J"),
    ],
)
def test_a_command_written_wrongly_is_told_in_chinese(words: list[str], said: str, capsys: Out) -> None:
    with pytest.raises(SystemExit) as end:
        main([*words, "--lang", "zh"])
    assert end.value.code == USAGE
    told = capsys.readouterr().err
    assert said in told
    assert told.startswith("用法：anju")


@given(st.text(alphabet='ab {}"，。（中文\n', max_size=60))
def test_a_page_of_which_nothing_is_known_stays_as_it_is_but_for_blank_lines(text: str) -> None:
    kept = [line.rstrip() for line in retold(text, lambda piece: piece).split("\n") if line.strip()]
    assert kept == [line.rstrip() for line in text.split("\n") if line.strip()]


@given(st.text(alphabet="ab ，。（中文", max_size=80), st.integers(8, 30))
def test_a_wrapped_text_is_whole_and_no_line_begins_with_a_comma(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(columns(line) <= width or len(wrapped(line, 1)) == 1 for line in lines)
    if not re.search("(^| )[，。]", text):
        assert not any(line.startswith(("，", "。")) for line in lines)
