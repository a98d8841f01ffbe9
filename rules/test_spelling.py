"""Files that somebody wrote to harm, or with letters of another keyboard: a clear word, where, and soon."""

from pathlib import Path
from time import process_time

import pytest

from rules.document import LARGEST, Mistakes, open_document
from rules.rulefile import MOST, check

HEAD = 'title = {zh = "一", en = "one"}\nseverity = "notice"\n'
SMOKE = f'[r]\n{HEAD}when = {{quantity = "smoke", is = true}}\n'


def nested(depth: int) -> str:
    return f"[r]\n{HEAD}when = " + "{not = " * depth + '{quantity = "smoke", is = true}' + "}" * depth + "\n"


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        (SMOKE.replace("smoke", "sm\u043eke"), 4, 'no driver gives "sm\u043eke"', "CYRILLIC SMALL LETTER O"),
        (SMOKE.replace("quantity", '"qu\u0430ntity"'), 4, 'unknown key "qu\u0430ntity"', "CYRILLIC SMALL LETTER A"),
        (SMOKE.replace("notice", "not\u0456ce"), 3, "is no severity", "CYRILLIC"),
        (SMOKE.replace('en = "one"', 'en = "one\\u202Eevil"'), 2, "a sign that nobody sees, U+202E", "write the text anew"),
        (SMOKE.replace('en = "one"', 'en = "\\u001b[31mone"'), 2, "U+001B", "write the text anew"),
        (SMOKE.replace('en = "one"', 'en = "o\u200bne"'), 2, "U+200B", "write the text anew"),
        (SMOKE.replace('"notice"', '"紧急"'), 3, '"紧急" is no severity', 'did you mean "emergency"?'),
        (SMOKE.replace('"smoke"', '"烟雾"'), 4, 'no driver gives "烟雾"', 'did you mean "smoke"?'),
        (SMOKE + 'while = {mode = ["外出"]}\n', 5, '"外出" is no mode', 'did you mean "away"?'),
        (SMOKE + 'while = {days = ["周一"]}\n', 5, '"周一" is no days', 'did you mean "mon"?'),
        (SMOKE + 'while = {months = [10, 11]}\n', 5, 'unknown key "months"', 'did you mean "dates"?'),
        (SMOKE + 'while = {"季节" = "10-15..04-15"}\n', 5, 'unknown key "季节"', 'did you mean "dates"?'),
        (SMOKE + '"级别" = "notice"\n', 5, 'unknown key "级别"', 'did you mean "severity"?'),
        (SMOKE + SMOKE, 5, "Cannot declare ('r',) twice", "put both into one table"),
        (nested(5), 4, "nested 4 deep", "make two rules"),
        (nested(100), 4, "nested 4 deep", "make two rules"),
        ("x = " + "[" * 100_000, 1, "nested too deeply", "nest less"),
        (SMOKE.replace("is = true", "above = 1e308"), 4, "above must be a number", "write a number"),
        (SMOKE.replace("is = true", "above = 1e999"), 4, "above must be a number", "write a number"),
        (SMOKE.replace("is = true", f"above = {10**400}"), 4, "an integer of more than 64 bits", "write a smaller number"),
        (SMOKE.replace("is = true", "is = true, for = 1e300"), 4, "out of range", "write a duration from 0 seconds to 366 days"),
        (SMOKE.replace("is = true", "is = true, after = {quantity = 'smoke', is = true, after = {quantity = 'smoke', is = true, "
                       "after = {quantity = 'smoke', is = true, after = {quantity = 'smoke', is = true}, within = 1}, within = 1}, "
                       "within = 1}, within = 1"), 4, "nested 4 deep", "make two rules"),
        ("".join(SMOKE.replace("[r]", f"[r{number}]") for number in range(MOST + 1)), 1, f"more than {MOST} rules", "part them"),
        ('why = "' + "x" * LARGEST + '"', 1, "more than 4,000,000 characters", "part it"),
    ],
)  # fmt: skip
def test_a_hostile_file_has_one_clear_mistake(text: str, line: int, what: str, remedy: str) -> None:
    began = process_time()
    found = [one for one in check(text, "f.toml") if what in one.what]
    assert found, check(text, "f.toml")[:3]
    assert (found[0].file, found[0].line) == ("f.toml", line)
    assert remedy in found[0].remedy
    assert process_time() - began < 5.0


def test_what_a_text_may_need_is_no_mistake() -> None:
    assert check(SMOKE.replace("one", "\U0001f468\u200d\U0001f467 一家 café\\n2"), "f") == []


@pytest.mark.parametrize(
    "text", ['"' + "x" * 1_000_000 + '"', '"""' + 'x"\n' * 500_000 + '"""', "'''" + "x\n" * 500_000 + "'''"]
)
def test_a_long_text_is_read_in_a_moment(text: str) -> None:
    began = process_time()
    assert check(f"{SMOKE}why = {text}\n", "f") == []
    assert process_time() - began < 3.0


def test_a_file_that_never_ends_is_refused() -> None:
    with pytest.raises(Mistakes, match="/dev/zero:1: more than"):
        open_document(Path("/dev/zero"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("severity = 'critical'", "emergency"),
        ("severity = 'info'", "notice"),
        ("expr = 'co_ppm > 50'", "when"),
        ("annotations = {summary = 'x'}", "advice"),
        ("when.keep_firing_for = '10m'", "hold"),
        ("when.greater_than = 5", "above"),
        ("when.or = []", "any"),
        ("while.mode = ['vacation']", "away"),
        ("while.days = ['weekend']", "free"),
        ("while.time = '22:00-06:00'", "hours"),
        ("entity_id = ['x']", "devices"),
    ],
)
def test_words_of_other_systems_are_told_ours(said: str, meant: str) -> None:
    """Of Prometheus and Home Assistant: nobody finds hold by the letters of keep_firing_for."""
    rule = "[r]\ntitle = {zh = '一', en = 'one'}\nwhen.quantity = 'co_ppm'\nwhen.above = 50\n"
    rule += "" if said.startswith("severity") else "severity = 'notice'\n"
    remedies = [mistake.remedy for mistake in check(f"{rule}{said}\n", "f")]
    assert f'did you mean "{meant}"?' in remedies
