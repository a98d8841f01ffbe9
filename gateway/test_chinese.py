"""What is told of mistakes and stories is said in Chinese too: found in the sources, so that nothing is forgotten."""

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from gateway.chinese import CATALOGUE, ROOMS

ROOT = Path(__file__).parents[1]
PLACES = ("rules", "rules/conditions", "gateway/site", "gateway/ladder", "gateway/cli", "gateway/ports/ble",
         "gateway/backtest")  # fmt: skip
SAYS = {"Sentence": (0,), "strung": (1,), "Mistake": (2, 3), "of": (2, 3), "mistake": (1, 2), "_take": (2,),
        "_note": (2, 3), "_noted": (3, 4), "Bad": (2, 3), "_Wrong": (0,), "Doubt": (1, 2)}  # fmt: skip
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
    for file in [file for room in PLACES for file in sorted((ROOT / room).glob("*.py"))]:
        if not file.name.startswith(("test_", "conftest")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
            for function in [tree, *functions]:
                for call in calls(function):
                    hidden = unseen(call, function) if file.name not in PASSING_ON else ()
                    wrong += [f"{file.relative_to(ROOT)}:{node.lineno}" for node in hidden]
                    for text in sentences(call, function):
                        where = f"{file.relative_to(ROOT)}:{text.lineno}"
                        if isinstance(text, ast.JoinedStr):
                            wrong.append(where)
                        else:
                            found.append(Said(where, str(text.value), values(call)))
    return found, wrong


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
        given = [one for one in ast.walk(function) if isinstance(one, ast.Assign) and node.id in names(one)]
        return bool(given) and all(node.id in names(one.value) or is_seen(one.value, function) for one in given)
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.Call)


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
        for assigned in ast.walk(function):
            if isinstance(assigned, ast.Assign):
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
