"""Ladder files: their stories, and every mistake in them with its line and what to do."""

import re
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.ladder import script, story
from gateway.ladder.access import MAY
from gateway.ladder.policy import LONGEST, choose, load, read_ladders, shipped
from gateway.ladder.words import ROLES
from gateway.site import load as load_site
from rules.document import Mistakes, read
from rules.rulefile import load as load_rules
from rules.rulefile import packs

ROOT = Path(__file__).parents[2]
OWN = """
[night]
title = {zh = "夜", en = "Night"}
answer = ["carer", "button"]
again = "10m"
rounds = 2
[[night.steps]]
name = "first"
who = ["carer"]
while = {hours = "22:00-06:00"}
[[night.steps]]
name = "all"
who = ["carer", "property"]
by = ["apprise"]
wait = "1m"
severity = ["emergency"]
"""


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_story_goes_as_it_says(name: str) -> None:
    results = story.run(read(shipped()[name], f"{name}.toml"))
    assert [str(result) for result in results if not result.ok] == []
    assert len(results) >= 4


def test_every_shipped_ladder_has_a_story() -> None:
    known = {ladder.name for ladder in load({})}
    rules = {rule.id: rule for rule in load_rules(packs())}
    told = set()
    for name, text in shipped().items():
        for table in read(text, name).table().tables("story"):
            alerts = [step.name for step in script.read(table).steps if step.what == "alert"]
            told |= {rules[alert].ladder for alert in alerts}
    welfare = {"ask-first", "are-you-ok", "welfare"}
    assert told == known == welfare | {"life-safety", "property", "maintenance", "household"}


def test_every_rule_climbs_a_ladder_that_there_is() -> None:
    known = {ladder.name for ladder in load({})}
    assert {rule.ladder for rule in load_rules(packs())} <= known


def test_life_safety_reaches_everybody_within_a_minute() -> None:
    """PRODUCT: all at once when life is at stake."""
    ladder = choose(load({}), "life-safety", "any")
    assert ladder is not None
    at, told = 0.0, dict[str, float]()
    for step in ladder.steps:
        for one in step.who:
            told.setdefault(one, at)
        at += step.wait
    assert told == {"home": 0, "resident": 0, "carer": 0, "property": 0, "neighbour": 30, "duty": 60}
    assert "resident" not in ladder.answer
    assert set(told) - {"home"} <= set(ROLES)


def test_pauses_grow_and_end_growing() -> None:
    (ladder,) = read_ladders(read(OWN, "own.toml"))
    assert [ladder.pause(n) / 60 for n in (1, 2, 3, 40)] == [10, 20, 40, LONGEST / 60]


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("answer = [", "answers = ["), 2, '"answer" is missing'),
        (('"carer", "button"', '"carer", "knob"'), 4, '"knob" is no answer'),
        (('again = "10m"\n', ""), 5, "rounds means nothing without again"),
        (('name = "all"', 'name = "first"'), 7, 'two steps are called "first"'),
        (('wait = "1m"', 'wait = "soon"'), 15, "wait must be a duration"),
        (('["emergency"]', '["dire"]'), 16, '"dire" is no severity'),
        (('"22:00-06:00"', '"late"'), 10, '"late" are no hours'),
        (("[night]", "[Night]"), 2, '"Night" is no name for a ladder'),
        (('who = ["carer", "property"]', 'whom = ["carer"]'), 11, '"who" is missing'),
        (('who = ["carer", "property"]', 'who = ["caror"]'), 13, 'there is no role or person "caror"'),
        (("rounds = 2", 'rounds = 2\nhomes = ["flat-9"]'), 7, 'there is no home "flat-9"'),
    ],
)
def test_a_mistake_is_named_with_its_line(change: tuple[str, str], line: int, what: str) -> None:
    text = OWN.replace(*change)
    assert text != OWN
    with pytest.raises(Mistakes) as found:
        load({"own.toml": text}, people=["li"], homes=["flat-1"])
    assert [(one.file, one.line) for one in found.value.mistakes if what in one.what] == [("own.toml", line)]
    assert all(one.remedy for one in found.value.mistakes)


def test_a_sites_own_ladder_comes_first_and_one_for_a_home_before_that() -> None:
    own = OWN.replace("night", "property")
    one = own.replace("rounds = 2", 'rounds = 1\nhomes = ["flat-1"]')
    ladders = load({"own.toml": own, "one.toml": one}, ["li"], ["flat-1"])
    rounds = [found.rounds for home in ("flat-1", "flat-2") if (found := choose(ladders, "property", home))]
    assert rounds == [1, 2]
    with pytest.raises(Mistakes, match="is already in own"):
        load({"own.toml": own, "more.toml": own})


def test_a_story_that_goes_otherwise_says_what_came(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("ladders") / "own.toml"
    path.write_text(
        OWN
        + """
[[story]]
name = "by day the first step is left out, and only what is grave goes to all"
ladder = "night"
starts = "wed 12:00"
given = [{at = "0s", alert = "smoke"}, {at = "30s", act = "dance", by = "carer"}]
expect = [{at = "0s", to = ["carer"], via = "apprise", step = "first"}]
"""
    )
    assert main(["ladders", "check", str(path)]) == 1
    assert '"dance" is no act' in capsys.readouterr().err
    path.write_text(path.read_text().replace(', {at = "30s", act = "dance", by = "carer"}', ""))
    assert main(["ladders", "check", str(path), "--lang", "en"]) == 0
    assert "Ladders: 1. No mistakes." in capsys.readouterr().out
    assert main(["ladders", "test", str(path), "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "missing: 0:00:00 carer (first, apprise)" in out
    assert "not expected: 0:00:00 property (page, all, apprise)" in out
    assert main(["ladders", "test", str(path), "--json"]) == 1
    assert '"passed": false' in capsys.readouterr().out


def test_the_shipped_ones_are_played_without_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ladders", "test", "--lang", "en"]) == 0
    assert "Failed: 0." in capsys.readouterr().out
    assert main(["ladders", "check", "--lang", "en"]) == 0
    assert main(["ladders", "check", "/nowhere/x.toml"]) == 1


def test_the_document_tells_what_there_is() -> None:
    document = (ROOT / "docs/ladders.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", document, re.DOTALL)
    assert example is not None
    assert [str(one) for one in story.run(read(example[1], "docs/ladders.md")) if not one.ok] == []
    for name in [ladder.name for ladder in load({})]:
        assert f"| `{name}` |" in document
    rows = re.findall(r"^\| ([a-z, -]+?) \|((?: (?:yes)? ?\|){6})$", document, re.MULTILINE)
    told = {
        (verb, role)
        for verbs, cells in rows
        for verb in verbs.split(", ")
        for role, cell in zip(ROLES, cells.split("|"), strict=False)
        if cell.strip()
    }
    assert told == {(verb, role) for verb, roles in MAY.items() for role in roles if verb != "mode"}


def test_the_example_is_sound() -> None:
    path = ROOT / "examples/property-by-night.toml"
    assert main(["ladders", "test", str(path)]) == 0
    assert load_site(ROOT / "examples/site.toml").ladders[0].name == "property"
