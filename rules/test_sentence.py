"""A sentence is its English, and in Chinese it has the same values: whatever they are."""

import pickle

from hypothesis import example, given
from hypothesis import strategies as st

from rules.document import Mistake, read
from rules.nouns import how_long
from rules.sentence import Catalogue, Sentence, strung

CATALOGUE = Catalogue(
    {"{name} is empty": "{name} 为空", "remove it": "删除", "{what}, says {name}": "{name}：{what}",
     "{one} or {other}": "{one} 或 {other}", "known: {known}": "可用：{known}", "silent for {time}": "{time}未收到"},
    {"no such file": "没有文件", "more than {limit} bytes of {what}": "{what}超过 {limit} 字节"},
)  # fmt: skip


@given(st.text() | st.sampled_from(["{name}", "{0}", "remove it", "{name} is empty", "{", "}}", "%s"]))
def test_a_value_stays_as_it_is_in_both_languages(name: str) -> None:
    told = Sentence("{name} is empty", name=name)
    assert told == f"{name} is empty"
    assert CATALOGUE.chinese(told) == f"{name} 为空"
    assert CATALOGUE.chinese(Sentence("{what}, says {name}", what=told, name=name)) == f"{name}：{name} 为空"


def test_what_is_put_in_is_said_in_the_same_language() -> None:
    assert CATALOGUE.chinese(strung(("a", "b", "c"), "{one} or {other}")) == "a 或 b 或 c"
    assert strung((), "{one} or {other}") == ""
    known = Sentence("known: {known}", known=["a", Sentence("remove it")])
    assert (known, CATALOGUE.chinese(known)) == ("known: a, remove it", "可用：a、删除")
    silent = Sentence("silent for {time}", time=how_long(5400.0))
    assert (silent, CATALOGUE.chinese(silent)) == ("silent for 1 hour 30 minutes", "1 小时 30 分钟未收到")


def test_what_others_say_is_known_by_its_shape_and_what_nobody_knows_stays() -> None:
    assert CATALOGUE.chinese("no such file") == "没有文件"
    assert CATALOGUE.chinese(Sentence("more than 5 bytes of {x}")) == "{x}超过 5 字节"
    for text in ("something new", Sentence("{what} is new", what="it"), "more than 5"):
        assert CATALOGUE.chinese(text) == text


def test_a_remedy_without_values_keeps_its_braces() -> None:
    told = Mistake.of("f", 1, "{word} can't clear an alert", "write clear = {below = …}, above or is", word="x")
    assert told[2:] == ("x can't clear an alert", "write clear = {below = …}, above or is")
    several = Mistake.of("f", 1, "there is no condition", "write {word} = [{{…}}, {{…}}]", word="x")
    assert several[2:] == ("there is no condition", "write x = [{…}, {…}]")


def test_a_sentence_goes_to_another_process_whole() -> None:
    told = Mistake.of("f", 1, "{key} is empty", "remove it", key="a{b}")
    again: Mistake = pickle.loads(pickle.dumps(told))
    assert again == told
    assert isinstance(again.what, Sentence)
    assert (again.what.template, again.what.values) == ("{key} is empty", {"key": "a{b}"})
    assert CATALOGUE.chinese(pickle.loads(pickle.dumps(how_long(60.0)))) == "1 分钟"


@given(st.text(max_size=30))
@example("leave the rule out")
def test_a_hostile_name_breaks_no_mistake(name: str) -> None:
    table = read("", "f").table()
    table.text(name)
    table.mistake(name, '"{key}" is missing in {table}', 'write {key} = {{zh = "…", en = "…"}}', key=name, table=name)
    assert table.mistakes[-1].what == f'"{name}" is missing in {name}'
    assert len(table.mistakes) == 2
