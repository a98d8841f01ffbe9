"""`anju rules list`: the page of all rules, which docs/presets.md holds."""

import json
import re
from pathlib import Path

import pytest

from gateway.cli import COULD_NOT_RUN, OK, main
from rules.rulefile import load, packs

Out = pytest.CaptureFixture[str]
ANEW = "sed -i '/^Printed by/q' docs/presets.md && (echo; anju rules list --lang en) >> docs/presets.md"
PAGE = Path(__file__).parents[2] / "docs/presets.md"


def test_the_page_of_the_documents_is_what_the_command_prints(capsys: Out) -> None:
    assert main(["rules", "list", "--lang", "en"]) == OK
    told = capsys.readouterr().out
    assert PAGE.read_text("utf-8").endswith(f"\n\n{told}"), f"print it anew: {ANEW}"


@pytest.mark.parametrize(("lang", "why"), [("en", "Why these numbers: "), ("zh", "数值依据：")])
def test_every_shipped_rule_stands_there_with_its_reason(lang: str, why: str, capsys: Out) -> None:
    assert main(["rules", "list", "--lang", lang]) == OK
    told = capsys.readouterr().out
    assert re.findall(r"^### (.+)$", told, re.MULTILINE) == list(packs())
    names = re.findall(r"^\*\*`(.+?)`\*\* .+\n\n" + why, told, re.MULTILINE)
    assert sorted(names) == sorted(rule.id for rule in load(packs()))
    assert len(names) >= 60
    assert "sensor-silent" in names  # of the pack trouble


def test_packs_and_files_of_ones_own(tmp_path: Path, capsys: Out) -> None:
    mine = tmp_path / "mine.toml"
    text = '[wet]\ntitle = {zh = "湿", en = "Wet"}\nseverity = "notice"\nwhen = {quantity = "flood", is = true}\n'
    mine.write_text(text + 'sets.attic = {when = {is = true, for = "1h"}}\n', "utf-8")
    assert main(["rules", "list", "gas", str(mine), "--lang", "zh"]) == OK
    told = capsys.readouterr().out
    assert "### gas" in told
    assert "### water" not in told
    assert told.endswith("`wet@attic`: 触发条件：探头遇水，持续 1 小时。\n")
    mine.write_text(text.replace("notice", "notise"), "utf-8")
    assert main(["rules", "list", str(mine), "--lang", "zh"]) == COULD_NOT_RUN
    assert "severity 不能是“notise”" in capsys.readouterr().err


def test_for_a_script_an_object_for_each_rule_and_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--json"]) == OK
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by = {one["rule"]: one for one in told}
    assert len(by) == len(told)
    assert len([name for name in by if "@" not in name]) > 60
    assert by["water-24h@zhenhai"]["pack"] == "water"
    assert (by["smoke"]["severity"], by["smoke"]["latch"], by["smoke"]["act"]) == ("emergency", True, ["siren"])
    assert all(len(one["zh"]) == len(one["en"]) > 3 for one in told)
    assert main(["rules", "list", "--json", "nowhere.toml"]) == COULD_NOT_RUN
    (wrong,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert wrong["severity"] == "error"
