"""A file that is no TOML: the place, and what to do there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import Mistakes, read


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ('a = 1\nb = "open\nc = 2\n', 2, "close the quotes"),
        ("a = 'open\n", 1, "close the quotes"),
        ('a = 1\nwhy = """\nno end\n\nb = 3\n', 2, 'begins here with """'),
        ("a = [1, 2\n", 1, "close the list"),
        ("a = {x = 1\n", 1, "close the table"),
        ("a = {x = 1 y = 2}\n", 1, "comma between its keys"),
        ("above 10\n", 1, "write key = value"),
        ("for = 10m\n", 1, "durations in quotes"),
        ("is = press\n", 1, 'key = "…"'),
        ("[a]\nx = 1\n[a]\n", 3, "into one table"),
        ("a = 1\na = 2\n", 2, "keep one of the two"),
        ("a = {x = 1, y = 2, x = 3}\n", 1, "keep one of the two"),
        ("[a\n", 1, "with ]"),
        ('path = "C:\\house"\n', 1, "two backslashes"),
        ('title = {zh = “热”}\n', 1, 'write " in place of “'),
        ('a = 1，\n', 1, "write , in place of ，"),
        ('a："x"\n', 1, "write = in place of ："),
        ("a =　1\n", 1, "write a space in place of the wide space"),
        ("a = ３3\n", 1, "write 3 in place of ３"),
        ('a = ["x"、"y"]\n', 1, "write , in place of 、"),
        ('a = "x",\n', 1, "remove the comma"),
        ('a = "x" // why\n', 1, "comment with #"),
        ("[a]：\n", 1, "remove the ："),
        ("[厨房]\n", 1, "names and keys with a-z"),
        ('级别 = "urgent"\n', 1, "names and keys with a-z"),
        ("a = True\n", 1, "write true or false"),
        ("a = {is = 是}\n", 1, "write true or false"),
        ("a = {above = 33%}\n", 1, "without its unit"),
        ("above = 33 ℃\n", 1, "without its unit"),
    ],
)  # fmt: skip
def test_a_broken_line_has_its_remedy(text: str, line: int, remedy: str) -> None:
    with pytest.raises(Mistakes) as found:
        read(text, "f")
    (mistake,) = found.value.mistakes
    assert mistake.line == line
    assert remedy in mistake.remedy
    assert mistake.what.startswith("not TOML: ")


def test_signs_within_a_text_are_no_mistake_of_theirs() -> None:
    with pytest.raises(Mistakes) as found:
        read('a = "他说：“好”，就走了" 1\n', "f")
    assert "durations in quotes" in found.value.mistakes[0].remedy


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read("\ufeff[a]\nb = 1\n", "f").line("a", "b") == 2


@given(st.text(alphabet='ab=[]{}"\'\n#,\\ “，1', max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    try:
        read(text, "f")
    except Mistakes as found:
        (mistake,) = found.mistakes
        assert 1 <= mistake.line <= text.count("\n") + 1
