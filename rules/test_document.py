"""Positions of keys, and tables that report all mistakes at once."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import Document, Mistake, Mistakes, duration, nearest, open_document, read
from rules.positions import Key, lines

SAMPLE = (
    '''# a comment with [brackets]
a.b = 1

[[s]]
x = [ {q = 1},
  {q = 2, r = """a ]
[no.table]
""" }, # hi ]
]
'y z' = 1979-05-27T07:32:00Z
[s."t.u"]
"k\\u0041" = 'it'''
    + "'"
    + """
[[s]]
port = 5
[[s.deep]]
n = 1
[s.deep.inner]
m = {}
e = []
"""
)


def test_every_key_has_its_line() -> None:
    at = read(SAMPLE.replace("'it'", "'it'"), "f").line
    assert at("a", "b") == 2
    assert at("s", 0) == 4
    assert at("s", 0, "x", 0, "q") == 5
    assert at("s", 0, "x", 1, "r") == 6
    assert at("s", 0, "y z") == 10
    assert at("s", 0, "t.u", "kA") == 12
    assert at("s", 1, "port") == 14
    assert at("s", 1, "deep", 0, "inner", "m") == 18
    assert at("s", 1, "deep", 0, "inner", "e") == 19


def test_a_path_that_is_not_there_falls_back_to_what_is_around_it() -> None:
    document = read("[devices.kitchen]\nport = 1\n", "f")
    assert document.line("devices", "kitchen", "missing", "deeper") == 1
    assert document.line("nothing") == 1
    assert document.line() == 1


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6) | st.sampled_from("abc")
ATOMS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
)
TREES = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


class Writer:
    """Writes a TOML text from data in one of its many ways, and notes where each key was put."""

    def __init__(self, draw: st.DataObject) -> None:
        self.draw = draw
        self.text = ""
        self.expected: dict[tuple[Key, ...], int] = {}

    def choose(self, *ways: str) -> str:
        return str(self.draw.draw(st.sampled_from(ways)))

    def note(self, path: tuple[Key, ...]) -> None:
        self.expected.setdefault(path, self.text.count("\n") + 1)

    def key(self, key: str) -> str:
        if (
            key
            and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
            and self.choose("bare", "quoted") == "bare"
        ):
            return key
        if "'" not in key and key.isprintable() and self.choose("literal", "basic") == "literal":
            return f"'{key}'"
        return '"' + self.escaped(key) + '"'

    @staticmethod
    def escaped(text: str) -> str:
        return "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)

    def value(self, path: tuple[Key, ...], value: object) -> None:
        if isinstance(value, bool):
            self.text += "true" if value else "false"
        elif isinstance(value, int | float):
            self.text += repr(value)
        elif isinstance(value, str):
            mark = self.choose('"', '"""')
            self.text += (
                mark + self.choose(*(("",) if mark == '"' else ("", "\n", "\n\n"))) + self.escaped(value) + mark
            )
        elif isinstance(value, list):
            self.array(path, value)
        elif isinstance(value, dict):
            self.inline(path, value)

    def array(self, path: tuple[Key, ...], value: list[object]) -> None:
        self.text += "["
        for index, item in enumerate(value):
            self.text += self.choose("", " ", "\n", " # ] , } '\n\t")
            self.note((*path, index))
            self.value((*path, index), item)
            self.text += self.choose(",", " ,", "\n,")
        self.text += self.choose("]", "\n]")

    def inline(self, path: tuple[Key, ...], value: dict[str, object]) -> None:
        self.text += "{"
        for number, (key, item) in enumerate(value.items()):
            self.text += ", " if number else " "
            self.note((*path, key))
            self.text += self.key(key) + self.choose("=", " = ", "\t=")
            self.value((*path, key), item)
        self.text += " }"

    def table(self, path: tuple[Key, ...], head: str, value: dict[str, object]) -> None:
        """Plain values first, then sub-tables under headers of their own or inline, as TOML wants it."""
        later: list[tuple[str, object]] = []
        for key, item in value.items():
            if (isinstance(item, dict) and self.choose("header", "inline") == "header") or (
                isinstance(item, list) and item and all(isinstance(one, dict) for one in item)
            ):
                later.append((key, item))
            else:
                self.text += self.choose("", "\n", "  ", "# [x] = 'y\n")
                self.note((*path, key))
                self.text += self.key(key) + self.choose("=", " = ")
                self.value((*path, key), item)
                self.text += self.choose("\n", " # 1 = ]\n", "\r\n")
        for key, item in later:
            name = f"{head}.{self.key(key)}" if head else self.key(key)
            for index, one in enumerate(item if isinstance(item, list) else [item]):
                inner: tuple[Key, ...] = (*path, key, index) if isinstance(item, list) else (*path, key)
                self.note((*path, key))
                self.note(inner)
                self.text += f"[[{name}]]\n" if isinstance(item, list) else f"[ {name} ]\n"
                self.table(inner, name, one)


def test_a_file_as_deep_as_can_be_read_has_a_line_for_its_mistakes() -> None:
    def sound(depth: int) -> Document | None:
        try:
            return read("\na = " + "{a = " * depth + "1" + "}" * depth, "f")
        except Mistakes:
            return None

    def asked_from_below(document: Document, calls: int) -> int:
        return asked_from_below(document, calls - 1) if calls else document.line("a")

    deepest = next(filter(None, map(sound, range(1_000, 0, -4))))
    assert [asked_from_below(document, 100) for document in (deepest, read("\na = 1", "f"))] == [1, 2]


def paths(value: object, path: tuple[Key, ...] = ()) -> set[tuple[Key, ...]]:
    inner: list[tuple[Key, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return {path for path in [path] if path} | {found for key, item in inner for found in paths(item, (*path, key))}


@given(tree=st.dictionaries(KEYS, TREES, max_size=4), draw=st.data())
def test_every_path_of_any_document_stands_where_it_was_written(tree: dict[str, object], draw: st.DataObject) -> None:
    writer = Writer(draw)
    writer.table((), "", tree)
    assert paths(tomllib.loads(writer.text)) == paths(tree)
    assert lines(writer.text) == writer.expected
    assert set(writer.expected) == paths(tree)


@given(st.text(st.sampled_from("ab=[]{}\"'.,#\n \\1-:tTz"), max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        document = read(text, "f")
    except Mistakes as found:
        (mistake,) = found.mistakes
        assert 1 <= mistake.line <= text.count("\n") + 1
    else:
        assert paths(document.data) == set(document.lines)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a =", 1), ("a = 1\na = 2", 2), ('\nx = "\n', 2), ("ok = 1\n[a", 2), ("a = [\n1\n\n\n", 2),
        ("d = 2020-99-99", 1), ("a = " + "9" * 5000, 1), ("a = " + "[" * 100_000, 1), ("\x00", 1),
        ("ok = 1\n[a]\nb = [1, 0x" + "f" * 9000 + "]", 3), ("a = -9223372036854775809", 1),
    ],
)  # fmt: skip
def test_broken_toml_is_one_mistake_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Mistakes) as caught:
        read(text, "f.toml")
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line) == ("f.toml", line)
    assert str(mistake).startswith(f"f.toml:{line}: ")


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistakes, match="No such file"):
        open_document(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"a = 1\nb = '\xe9'\n")
    with pytest.raises(Mistakes, match=r"latin\.toml:2: not UTF-8"):
        open_document(tmp_path / "latin.toml")
    (tmp_path / "good.toml").write_text("a = 1")
    assert open_document(tmp_path / "good.toml").data == {"a": 1}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3s", 3),
        ("10m", 600),
        ("24h", 86400),
        ("7d", 604800),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("1.5s", 1.5),
        (90, 90),
        (0.5, 0.5),
    ],
)
def test_durations(said: object, seconds: float) -> None:
    assert duration(said) == seconds


@pytest.mark.parametrize(
    "said", ["", "3", "3 s", "s", "-1s", "3x", -1, True, None, float("inf"), float("nan"), [], "٣s", "9" * 400 + "d"]
)
def test_what_is_no_duration(said: object) -> None:
    with pytest.raises(ValueError, match="no duration"):
        duration(said)


def test_nearest() -> None:
    assert nearest("prot", ["port", "path"]) == 'did you mean "port"?'
    assert nearest("zzz", ["port", "path"]) == "known here: path, port"
    assert "remove" in nearest("zzz", [])


BAD = """
name = 5
prot = 1
often = "3 seconds"
loud = "yes"
count = 2.5
level = 300
kind = "sirn"
tags = ["a", 1]
inner = 3
[[items]]
x = 1
[others]
a = 1
[others.b]
y = 1
"""


def _all_mistakes(document: Document) -> list[Mistake]:
    root = document.table()
    root.text("name")
    root.whole("port")
    root.seconds("often")
    root.flag("loud")
    root.whole("count")
    root.number("level", low=0, high=100)
    root.text("kind", choices=("siren", "strobe"))
    root.texts("tags")
    root.table("inner")
    for item in root.tables("items"):
        item.number("y", 0.0)
    for _, other in root.named("others"):
        other.text("x", "")
    with pytest.raises(Mistakes) as caught:
        root.finish()
    return list(caught.value.mistakes)


def test_all_mistakes_come_at_once_each_with_its_line_and_remedy() -> None:
    found = {(mistake.line, mistake.what.split(" ")[0]): mistake for mistake in _all_mistakes(read(BAD, "f"))}
    assert set(found) == {
        (1, '"port"'), (2, "name"), (3, "unknown"), (4, "often"), (5, "loud"), (6, "count"), (7, "level"),
        (8, '"sirn"'), (9, "tags"), (10, "inner"), (12, "unknown"), (14, "a"), (16, "unknown"),
    }  # fmt: skip
    assert found[3, "unknown"].remedy == 'did you mean "port"?'
    assert found[8, '"sirn"'].remedy == 'did you mean "siren"?'
    assert "from 0 to 100" in found[7, "level"].remedy
    assert all(mistake.remedy for mistake in found.values())


def test_right_values_are_taken_and_defaults_fill_in() -> None:
    text = 'a = "x"\nb = 2\nc = "10m"\nd = true\ne = ["p"]\n[[t]]\nz = 1\n[n.one]\nk = 1.5\n'
    root = read(text, "f").table()
    assert (root.text("a"), root.whole("b"), root.seconds("c"), root.flag("d")) == ("x", 2, 600.0, True)
    assert root.texts("e") == ("p",)
    assert (root.text("f", "y"), root.number("g", 2.5), root.texts("h"), root.flag("i", False)) == ("y", 2.5, (), False)
    assert "absent" not in root
    assert [table.whole("z") for table in root.tables("t")] == [1]
    assert [(name, table.number("k"), table.name) for name, table in root.named("n")] == [("one", 1.5, "n.one")]
    assert not root.tables("none")
    assert not list(root.named("nothing"))
    root.finish()


def test_a_wrong_value_is_told_as_it_was_written() -> None:
    table = read("list = [1]\ntruth = true\nday = 1979-05-27\ntext = 'no'", "f").table()
    for key in table.data:
        table.number(key)
    assert [one.what for one in table.mistakes] == [
        f"{key} must be a number, is {said}"
        for key, said in (("list", "[1]"), ("truth", "true"), ("day", "1979-05-27"), ("text", "'no'"))
    ]
