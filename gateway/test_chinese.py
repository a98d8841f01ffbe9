"""What is told of mistakes and stories is said in Chinese too: found in the sources, so that nothing is forgotten."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from gateway.chinese import CATALOGUE, ROOMS
from gateway.chinese.frames import WHYS

ROOT = Path(__file__).parents[1]
DRIVERS = ROOT / "drivers"
SPEAKS = re.compile(r"\b(Mistakes?|mistake|Sentence|Doubt|Bad)\b")
"""In a file that tells a person something."""
SAYS = {"Sentence": (0,), "strung": (1,), "Mistake": (2, 3), "of": (2, 3), "mistake": (1, 2), "_take": (2,),
        "_note": (2, 3), "_noted": (3, 4), "Bad": (2, 3), "NoReading": (0,), "Doubt": (1, 2)}  # fmt: skip
"""Name of what is called -> which of its arguments are sentences."""


PASSING_ON = ("document.py", "mistake.py", "sentence.py")
"""Files of rules/ whose functions take a template and its values from their callers."""


class Said(NamedTuple):
    """A sentence in the sources, or what stands in place of one."""

    where: str
    text: str
    values: frozenset[str] | None
    """Of those that are put in; None: it is said as it is."""


@cache
def said() -> tuple[list[Said], list[str]]:
    """All sentences, and the places where something stands in place of one that can't be seen through."""
    found, wrong = list[Said](), list[str]()
    for file in [file for floor in ("rules", "gateway") for file in sorted((ROOT / floor).rglob("*.py"))]:
        source = file.read_text(encoding="utf-8")
        if SPEAKS.search(source) and not file.name.startswith(("test_", "conftest")):
            tree = ast.parse(source)
            for function in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
                for call in calls(function):
                    listen(call, function, file, found, wrong)
    return found, wrong


def listen(call: ast.Call, function: ast.AST, file: Path, found: list[Said], wrong: list[str]) -> None:
    """Note what one call says."""
    place = file.relative_to(ROOT)
    hidden = unseen(call, function) if file.name not in PASSING_ON else ()
    given = [text for keyword in call.keywords for text in texts(keyword.value, function)]
    english = [text for text in given if isinstance(text, ast.Constant) and " " in str(text.value)]
    wrong += [
        f"{place}:{node.lineno}" for node in [*hidden, *packed(call), *english]
    ]  # put in, words are sentences too
    for text in sentences(call, function):
        if isinstance(text, ast.JoinedStr):
            wrong.append(f"{place}:{text.lineno}")
        else:
            found.append(Said(f"{place}:{text.lineno}", str(text.value), values(call)))


def calls(function: ast.AST) -> Iterator[ast.Call]:
    """Of what says something, in this function and not in one inside it."""
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.Call) and name_of(node) in SAYS:
            yield node
        if not isinstance(node, ast.FunctionDef):
            yield from calls(node)


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def values(call: ast.Call) -> frozenset[str] | None:
    """What a call puts in, as far as it can be seen."""
    known = {"_take": {"key", "table"}, "strung": {"one", "other"}}.get(name_of(call), set())
    named = {keyword.arg for keyword in call.keywords if keyword.arg}
    return frozenset(named | known) or None


def sentences(call: ast.Call, function: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    for place in SAYS[name_of(call)]:
        for argument in call.args[place : place + 1]:
            yield from texts(argument, function)


def unseen(call: ast.Call, function: ast.AST) -> Iterator[ast.expr]:
    """What values are put into though it comes from elsewhere: it may hold braces of its own."""
    if name_of(call) in ("mistake", "of", "Sentence") and call.keywords:
        for place in SAYS[name_of(call)]:
            yield from [node for node in call.args[place : place + 1] if not is_seen(node, function)]


def is_seen(node: ast.expr, function: ast.AST) -> bool:
    """Is it a literal, what a call makes, or a name that is nothing else in its function?"""
    if isinstance(node, ast.IfExp):
        return is_seen(node.body, function) and is_seen(node.orelse, function)
    if isinstance(node, ast.Name):
        given = [one for one in assigned_in(function) if node.id in names(one)]
        return bool(given) and all(node.id in names(one.value) or is_seen(one.value, function) for one in given)
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.Call)


def packed(call: ast.Call) -> list[ast.expr]:
    """Arguments that can't be told apart: a sentence among them could be one that was put together before."""
    return [node for node in call.args if isinstance(node, ast.Starred) and name_of(call) != "Doubt"]


@cache
def assigned_in(function: ast.AST) -> list[ast.Assign]:
    return [one for one in ast.walk(function) if isinstance(one, ast.Assign)]


def names(node: ast.AST) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node]
    return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}


def texts(node: ast.expr, function: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The literals that an expression may be, through the names of its function; what a call makes is seen there."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield from [node] if not isinstance(node, ast.Constant) or node.value else []
    elif isinstance(node, ast.IfExp | ast.BoolOp):
        for part in (node.body, node.orelse) if isinstance(node, ast.IfExp) else node.values:
            yield from texts(part, function)
    elif isinstance(node, ast.Name):
        for assigned in assigned_in(function):
            yield from named(assigned, node.id, function)


def named(assigned: ast.Assign, name: str, function: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    for target in assigned.targets:
        pairs = [(target, assigned.value)]
        if isinstance(target, ast.Tuple) and isinstance(assigned.value, ast.Tuple):
            pairs = list(zip(target.elts, assigned.value.elts, strict=True))
        for one, value in pairs:
            if isinstance(one, ast.Name) and one.id == name and name not in names(value):
                yield from texts(value, function)


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_each_sentence_has_its_chinese_with_the_same_values() -> None:
    found, _ = said()
    assert len(found) >= 450
    for one in found:
        assert one.text in CATALOGUE.ours, one
        chinese = CATALOGUE.ours[one.text]
        if any(f"{{{name}" in one.text for name in one.values or ()):
            assert fields(one.text) <= (one.values or set()), one
            assert fields(chinese) == fields(one.text), one
        else:
            assert "{{" not in one.text + chinese, one  # nothing is put in, so braces stand as they are


def test_no_sentence_is_an_f_string_or_comes_from_elsewhere() -> None:
    assert said()[1] == []


def test_no_chinese_is_of_a_sentence_that_nobody_says() -> None:
    texts = {one.text for one in said()[0]}
    assert set(CATALOGUE.ours) - texts == set()
    assert sum(map(len, ROOMS)) == len(CATALOGUE.ours)


def spoken(file: Path, *called: str) -> list[str]:
    """What others may say: the first or second argument of such calls, "X" for each value."""
    found = []
    for call in [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]:
        if name_of(call) in called:
            said = [one for one in call.args if isinstance(one, ast.JoinedStr | ast.Constant)]
            found += ["".join(map(sample, one.values)) for one in said if isinstance(one, ast.JoinedStr)]
            found += [one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [text for text in found if " " in text]


def sample(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "X"


def test_what_the_drivers_say_of_a_map_and_the_library_of_toml_has_its_chinese() -> None:
    toml = spoken(Path(tomllib.__file__).with_name("_parser.py"), "suffixed_err", "TOMLDecodeError")
    maps = [text for name in ("modbus_map", "topic_map", "table") for text in spoken(DRIVERS / f"{name}.py", "wrong")]
    assert len(toml) >= 20
    assert len(maps) >= 30
    for text in {*toml, *maps} - {"X (at X)", "X X"}:  # a message and its place; a key, and one of two things about it
        told = CATALOGUE.chinese(text)
        assert re.search("[\u4e00-\u9fff]", told), text
        assert told.count("X") == text.count("X"), text


def test_why_a_driver_refuses_a_frame_has_its_chinese() -> None:
    whys = {why for file in DRIVERS.glob("*.py") if file.name[:5] != "test_" for why in spoken(file, "BadFrame")}
    assert len(whys) >= 75
    for why in whys:
        told = WHYS.chinese(why)
        assert re.search("[\u4e00-\u9fff]", told), why


def test_no_pattern_of_others_takes_anothers_place() -> None:
    for english, chinese in CATALOGUE.others.items():
        text = re.sub(r"\{\w+\}", "7", english)
        assert CATALOGUE.chinese(text) == re.sub(r"\{\w+\}", "7", chinese), english
        assert fields(chinese) <= fields(english), english
    assert len(CATALOGUE.others) >= 130


def test_what_others_say_is_told_apart_at_once_however_long_it_is() -> None:
    for text in (": " * 100_000, "Cannot declare " * 20_000):
        assert CATALOGUE.chinese(text) == text
    assert CATALOGUE.chinese("a.csv: the journal can't be read: disk: gone") == "a.csv：the journal 无法读取：“disk: gone”"


def test_no_english_is_left_in_the_chinese() -> None:
    for english, chinese in CATALOGUE.ours.items():
        plain = re.sub(r'`.*?`|".*?"|“.*?”|\{.*?\}|\[.*?\]|\w+ = \w+|chmod 600', "", chinese)
        assert not re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", plain), english
