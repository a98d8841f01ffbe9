"""Rule files: what is right, and every kind of mistake with its line and remedy."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import Mistakes, read
from rules.rulefile import check, load, packs, read_rules

GOOD = """[gas-leak]
title = {zh = "燃气泄漏", en = "Gas leak"}
severity = "emergency"
when = {quantity = "gas_lel_pct", above = 10, for = "3s"}
clear = {below = 5, for = "60s"}
latch = true
act = ["siren", "close-gas-valve"]
ladder = "life-safety"
"""
HEAD = '[r]\ntitle = {zh = "一", en = "one"}\nseverity = "notice"\n'


def test_a_rule_is_what_its_table_says() -> None:
    (rule,) = read_rules(read(GOOD, "gas.toml"))
    assert (rule.id, rule.severity, rule.per, rule.latch, rule.ladder) == (
        "gas-leak",
        "emergency",
        "device",
        True,
        "life-safety",
    )
    assert rule.act == ("siren", "close-gas-valve")
    assert rule.title["zh"] == "燃气泄漏"
    assert rule.when.seconds == 3
    assert rule.clear is not None
    assert rule.clear.seconds == 60
    assert rule.needs == {"gas_lel_pct": False}
    assert not rule.momentary
    assert not rule.timed


def test_the_hash_is_of_what_a_rule_does_not_of_its_words() -> None:
    def hash_of(text: str) -> str:
        return read_rules(read(text, "f"))[0].hash

    assert hash_of(GOOD) == hash_of(GOOD.replace("Gas leak", "Gas!")) == hash_of("\n# new\n" + GOOD)
    assert hash_of(GOOD) != hash_of(GOOD.replace("above = 10", "above = 11"))
    assert hash_of(GOOD) != hash_of(GOOD.replace("latch = true", "latch = false"))


CASES = [
    ("[r", 1, "not TOML", ""),
    ("x = 1\n" + HEAD + "when = {quantity = 'smoke', is = true}", 1, "x must be a table", "[x]"),
    ("[Bad_Id]\n" + HEAD[4:] + "when = {quantity = 'smoke', is = true}", 1, "no name for a rule", "a-z"),
    ("[r]\nseverity = 'notice'\nwhen = {quantity = 'smoke', is = true}", 1, '"title" is missing', "title ="),
    ("[r]\ntitle = {en = 'x'}\nseverity = 'notice'\nwhen = {quantity = 'smoke', is = true}", 2, '"zh" is missing', "zh ="),
    (HEAD.replace("notice", "urgnt") + "when = {quantity = 'smoke', is = true}", 3, '"urgnt" is no severity', '"urgent"'),
    (HEAD + "wehn = {quantity = 'smoke', is = true}", 1, '"when" is missing', "when ="),
    (HEAD + "wehn = {quantity = 'smoke', is = true}", 4, 'unknown key "wehn"', '"when"'),
    (HEAD + "when = 3", 4, "when must be a table", "table"),
    (HEAD + "when = {quantity = 'smoke'}", 4, "there is no condition", "above"),
    (HEAD + "when = {quantity = 'co_ppm', abov = 3}", 4, 'unknown key "abov"', '"above"'),
    (HEAD + "when = {quantity = 'co_ppm', above = 3, below = 1}", 4, "stand side by side", "any"),
    (HEAD + "when = {above = 3}", 4, '"quantity" is missing', "quantity ="),
    (HEAD + "when = {quantity = 'zz', above = 3}", 4, 'no driver gives "zz"', "known here, among 1"),
    (HEAD + "when = {quantity = 'level_pct', above = 3}", 4, 'no driver gives "level_pct"', 'quantities = ["level_pct"]'),
    (HEAD + "when = {quantity = 'co_pm', above = 3}", 4, 'no driver gives "co_pm"', '"co_ppm"'),
    (HEAD + "when = {quantity = 'co_ppm', above = 'high'}", 4, "above must be a number", "number"),
    (HEAD + "when = {quantity = 'co_ppm', above = nan}", 4, "above must be a number", "number"),
    (HEAD + "when = {quantity = 'co_ppm', above = 3, for = 'long'}", 4, "for must be a duration", "10m"),
    (HEAD + "when = {quantity = 'co_ppm', above = 3, for = '2000d'}", 4, "out of range", "from 0 seconds to 366 days"),
    (HEAD + "when = {quantity = 'smoke', is = []}", 4, "names no value", "is ="),
    (HEAD + "when = {quantity = 'smoke', is = {}}", 4, "is must be", "true or false"),
    (HEAD + "when = {silent = false}", 4, "says nothing", "silent = true"),
    (HEAD + "when = {silent = 'x'}", 4, "silent must be a duration", "10m"),
    (HEAD + "when = {silent = '0s'}", 4, "out of range", "from 1"),
    (HEAD + "when = {any = [{quantity = 'smoke', is = true}]}", 4, "needs two conditions", "any = ["),
    (HEAD + "when = {any = 5}", 4, "any must be a list of tables", "[[any]]"),
    (HEAD + "when = {any = [\n{quantity = 'smoke', is = true},\n{quantity = 'heat_alrm', is = true}]}", 6, "no driver", '"heat_alarm"'),
    (HEAD + "when = {quantity = 'co_ppm', above = 10}\nclear = {below = 20}", 5, "both raises and clears", "limits"),
    (HEAD + "when = {quantity = 'co_ppm', below = 10}\nclear = {above = 5}", 5, "both raises and clears", "limits"),
    (HEAD + "when = {quantity = 'co_ppm', above = 10}\nclear = {above = 20}", 5, "both raises and clears", "limits"),
    (HEAD + "when = {quantity = 'smoke', is = true}\nclear = {is = true}", 5, "both raises and clears", "limits"),
    (HEAD + "when = {quantity = 'smoke', is = true}\nclear = {silent = true}", 5, "silent can't clear", "below"),
    (HEAD + "when = {quantity = 'co_ppm', above = 9}\nclear = {below = 5, twice = true}", 5, "twice can't clear", "below"),
    (HEAD + "when = {quantity = 'co_ppm', above = 9}\nclear = {below = 5, while = {mode = ['home']}}", 5, "while can't clear", "below"),
    (HEAD + "when = {quantity = 'gas_lel_pct', dose = 'en50291'}", 4, "a dose is of carbon monoxide, not of gas_lel_pct", "co_ppm"),
    (HEAD + "when = {silent = '12h', of = []}", 4, "of is empty", "remove it"),
    (HEAD + "when = {quantity = 'motion', is = true}\ndiscredits = []", 5, "discredits is empty", "remove it"),
    (HEAD + "when = {quantity = 'motion', is = true}\noptional = true\nbeside = ['water-21h']", 6, "there is no rule water-21h", "water-24h"),
    (HEAD.replace("[r]", "['water-24h@home']") + "when = {quantity = 'motion', is = true}", 1, "is no name for a rule", "a-z"),
    (HEAD + "when = {quantity = 'smoke', is = true}\nclear = {quantity = 'button', is = 'press'}", 5, "is an event", "another"),
    (HEAD + "when = {quantity = 'button', is = 'press'}", 1, "over at once", "latch = true"),
    (HEAD + "when = {quantity = 'button', is = 'pres'}\nlatch = true", 4, "a button never says", '"press"'),
    (HEAD + "when = {quantity = 'button', is = 'press', for = '3s'}\nlatch = true", 4, "lasts no time", "remove for"),
    (HEAD + "when = {quantity = 'button', above = 1}\nlatch = true", 4, "has no size", "is ="),
    (HEAD + "when = {quantity = 'test', is = true}\nlatch = true\nclear = {quantity = 'smoke', is = false}", 6, "nothing can clear", "remove clear"),
    (HEAD + "when = {all = [{quantity = 'test', is = true}, {quantity = 'button', is = 'press'}]}\nlatch = true", 4, "never come at the same", "keep one"),
    (HEAD + "when = {quantity = 'smoke', is = true}\nact = ['sirens']", 5, '"sirens" is no act', '"siren"'),
    (HEAD + "when = {quantity = 'smoke', is = true}\nlatch = 'yes'", 5, "latch must be true or false", "true or false"),
    (HEAD + "when = {quantity = 'smoke', is = true}\nper = 'room'", 5, '"room" is no per', "home"),
    (HEAD + "when = {quantity = 'smoke', is = true}\nper = 'building'", 5, "a building has no rules of its own", "a home of its own"),
    ("[[stroy]]\nname = 'x'", 1, '"stroy" is no list of tables', "story"),
    (HEAD.replace("notice", "urgent") + "when = {inactive = '20m'}\nper = 'home'\nworse = {severity = 'warning'}", 6, "not graver than urgent", "emergency"),
    (HEAD + "when = {quantity = 'co_ppm', outside = [5, 9]}\nclear = {below = 8}", 5, "raises and clears", "clear = {inside = [5, 9]}"),
    (HEAD + "when = {quantity = 'smoke', is = true}\nadvice = {zh = '走'}", 5, '"en" is missing', "en ="),
    (HEAD + "when = {quantity = 'smoke', is = true}\n[[story]]\nname = 's'\n", 5, '"expect" is missing', "expect = []"),
    (HEAD + "when = {quantity = 'smoke', is = true}\n[[story]]\nname = 's'\nexpect = []\ngiven = [{at = '1s'}]", 8, "says nothing", "device"),
    (HEAD + "when = {quantity = 'smoke', is = true}\n[[story]]\nname = 's'\nexpect = []\ngiven = [{at = '1s', device = 'd'}]", 8, "d says nothing", "quantity"),
    (HEAD + "when = {quantity = 'smoke', is = true}\n[[story]]\nname = 's'\nexpect = [{at = '1s', rule = 'r', state = 'fring'}]", 7, "is no state", '"firing"'),
    (HEAD + "when = {quantity = 'smoke', is = true}\n[[story]]\nname = 's'\nexpect = []\ngiven = [{at = '1s', device = 'd1', smoke = false}, {at = '2s', gap = '1h', of = 'd2'}]", 8, '"d2" says nothing in this story', "d1"),
    (HEAD + "when = {quantity = 'smoke', is = true}\n[[story]]\nname = 's'\nexpect = []\ngiven = [{every = '1ms', until = '9h', device = 'd', smoke = true}]", 8, "more than", "longer every"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "what", "remedy"), CASES)
def test_a_mistake_has_its_line_and_a_remedy(text: str, line: int, what: str, remedy: str) -> None:
    found = [mistake for mistake in check(text, "f.toml") if what in mistake.what]
    assert found, [str(mistake) for mistake in check(text, "f.toml")]
    assert found[0].line == line
    assert remedy in found[0].remedy


def test_the_table_of_mistakes_is_whole() -> None:
    assert len(CASES) == 61
    assert check(GOOD, "f.toml") == []


def test_conditions_nested_too_deeply_are_a_mistake() -> None:
    leaf = '{quantity = "smoke", is = true}'
    for depth in (1, 50):
        nested = leaf
        for _ in range(depth):
            nested = f"{{any = [{nested}, {leaf}]}}"
        found = check(HEAD + f"when = {nested}", "f")
        assert {mistake.what for mistake in found} == (
            set() if depth == 1 else {"conditions are nested 4 deep or more"}
        )


def test_a_quantity_of_ones_own_driver_is_declared_at_the_top() -> None:
    rule = HEAD + "when = {quantity = 'radon_bq_m3', above = 100}"
    assert "no driver" in check(rule, "f")[0].what
    assert check('quantities = ["radon_bq_m3"]\n' + rule, "f") == []
    assert check("quantities = [5]\n" + rule, "f")


def test_load_takes_packs_and_files_and_names_every_mistake(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(GOOD.replace("[gas-leak]", "[my-gas]"))
    bad.write_text(GOOD.replace("[gas-leak]", "\n[smoke]") + "[r]\n")
    assert [rule.id for rule in load(["fire", good])] == ["smoke", "heat", "my-gas"]
    with pytest.raises(Mistakes) as caught:
        load(["fire", bad, tmp_path / "none.toml"])
    assert {Path(mistake.file).name for mistake in caught.value.mistakes} == {"bad.toml", "none.toml"}
    bad.write_text("\n" + GOOD.replace("[gas-leak]", "[smoke]"))
    with pytest.raises(Mistakes, match=r'bad\.toml:2: there is a rule "smoke" already'):
        load(["fire", bad])


def test_a_rule_or_a_set_is_no_file_of_its_own() -> None:
    for name, said in {
        "water-24h@": "water-24h is a shipped rule, no file of its own (write water)",
        "water@": "water@ is a set of numbers, no file of its own (write water)",
    }.items():
        with pytest.raises(Mistakes, match=re.escape(said)):
            load([Path(name)])


@pytest.mark.parametrize("name", ["watr", "watr@zhenhai"])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_pack_that_is_misspelt_is_told_the_nearest(name: str, kind: type[str | Path]) -> None:
    with pytest.raises(Mistakes, match=r'there is no pack "watr", nor such a file \(did you mean "water"\?\)'):
        load([kind(name)])


def test_a_city_has_its_own_numbers_under_the_same_rule() -> None:
    plain = {rule.id: rule for rule in load(["water"])}
    city = {rule.id: rule for rule in load(["water@zhenhai"])}
    assert "water-24h" in plain
    own = {"water-24h", "water-excess"}  # Zhenhai: < 0.006 m³ in 24 h, > 2 m³ without a break
    assert city.keys() ^ plain.keys() == own | {f"{name}@zhenhai" for name in own}
    assert city["water-24h@zhenhai"].title == plain["water-24h"].title
    assert city["water-24h@zhenhai"].hash != plain["water-24h"].hash
    assert city["water-12h"].hash == plain["water-12h"].hash
    with pytest.raises(Mistakes, match='did you mean "zhenhai"'):
        load(["water@zhenhei"])


def test_a_single_shipped_rule_is_named_by_its_id_with_or_without_a_set() -> None:
    assert [rule.id for rule in load(["water-24h@zhenhai", "water-12h"])] == ["water-24h@zhenhai", "water-12h"]
    whole = {rule.id: rule.hash for rule in load(["water@zhenhai"])}
    assert [(rule.id, rule.hash) for rule in load(["water-24h@zhenhai"])] == [
        ("water-24h@zhenhai", whole["water-24h@zhenhai"])
    ]
    for wrong, said in {
        "water-24h@zhenhei": 'no rule here has a set zhenhei (did you mean "zhenhai"?)',
        "water-12h@zhenhai": "water-12h has no set zhenhai",
        "water-24h@": "names no set of numbers (known here: water-24h, water-24h@daning-rd, water-24h@haishu, ",
        "water-12h@": "water-12h@ names no set of numbers (known here: water-12h)",
        "water@": "water@ names no set of numbers (known here: water, water@daning-rd, water@haishu, ",
        "watr-24h": 'nor such a file (did you mean "water-24h"?)',
    }.items():
        with pytest.raises(Mistakes, match=re.escape(said)):
            load([wrong])
    with pytest.raises(Mistakes, match='there is a rule "water-12h" already'):
        load(["water", "water-12h"])


def test_mistakes_within_a_set_are_found() -> None:
    rule = HEAD + "when = {quantity = 'co_ppm', above = 100}\n"
    assert check(rule + "[r.sets]\nx = {when = {above = 50}, severity = 'notice'}", "f") == []
    assert "unknown key" in check(rule + "[r.sets]\nx = {when = {over = 50}}", "f")[0].what
    assert "no severity" in check(rule + "[r.sets]\nx = {severity = 'loud'}", "f")[0].what
    assert check(rule + "[r.sets]\nx = 5", "f")


JUNK = st.recursive(
    st.sampled_from(["true", "3", '"smoke"', '"10m"', "nan", "-1", "1979-05-27", '"button"', "[]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from(["quantity", "is", "above", "for", "any", "all", "silent", "at", "x"]), inner, max_size=3
        ).map(lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}")
    ),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [
        "title",
        "severity",
        "per",
        "when",
        "clear",
        "latch",
        "act",
        "ladder",
        "advice",
        "why",
        "given",
        "expect",
        "name",
        "silent_after",
    ]
)


@given(st.sampled_from(["[r]", "[[story]]", "[[r]]", ""]), st.dictionaries(PLACES, JUNK, max_size=5), st.booleans())
def test_any_toml_gives_rules_or_mistakes(head: str, keys: dict[str, str], sound: bool) -> None:
    said = {**({"title": '{zh = "z", en = "e"}', "severity": '"notice"'} if sound else {}), **keys}
    text = head + "\n" + "\n".join(f"{key} = {value}" for key, value in said.items())
    total = text.count("\n") + 1
    for mistake in check(text, "f"):
        assert 1 <= mistake.line <= total
        assert mistake.remedy


def test_packs_are_found_in_the_package() -> None:
    assert packs().keys() >= {
        "elder",
        "facility",
        "fire",
        "gas",
        "lines",
        "machine",
        "meter",
        "security",
        "trouble",
        "water",
    }
