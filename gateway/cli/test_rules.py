"""anju rules check and test: what is sound, what isn't, and which story went otherwise."""

import re
import shutil
from pathlib import Path

import pytest

from gateway.cli import NO, OK, main
from gateway.cli.conftest import EXAMPLES, Out, objects


def test_rules_check_of_the_shipped_rules(capsys: Out) -> None:
    assert main(["rules", "check"]) == OK
    assert re.fullmatch(r"Rules: \d+. No mistakes.\n", capsys.readouterr().out)


def test_rules_check_of_a_shipped_pack(capsys: Out) -> None:
    assert main(["rules", "check", "water", "--lang", "en"]) == OK
    assert re.fullmatch(r"Rules: \d+. No mistakes.\n", capsys.readouterr().out)
    assert main(["rules", "check", "wter", "--lang", "en"]) == NO
    assert 'there is no pack "wter", nor such a file (remedy: did you mean "water"?)' in capsys.readouterr().err
    for command in ("check", "test"):
        assert main(["rules", command, "water@zhenhai", "--lang", "en"]) == NO
        assert "zhenhai is a set of numbers, no file of its own (remedy: write water)" in capsys.readouterr().err


def test_rules_check_of_a_folder(tmp_path: Path, capsys: Out) -> None:
    shutil.copy(EXAMPLES / "cold-home.toml", tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text("[x]\nseverty = 1\n", encoding="utf-8")
    (tmp_path / "c.toml").write_text("no toml\n", encoding="utf-8")
    assert main(["rules", "check", str(tmp_path), str(tmp_path / "d.toml"), "--json"]) == NO
    told = objects(capsys.readouterr().out)
    assert {Path(str(one["file"])).name for one in told} == {"b.toml", "c.toml", "d.toml"}


def test_rules_check_of_a_site_file_says_so_once(site: Path, capsys: Out) -> None:
    assert main(["rules", "check", str(site)]) == NO
    err = capsys.readouterr().err
    assert f"this is a site file (remedy: write `anju check {site}`)" in err
    assert err.endswith("Mistakes: 1. Warnings: 0.\n")


def test_rules_check_of_an_empty_folder_is_not_sound(tmp_path: Path, capsys: Out) -> None:
    assert main(["rules", "check", str(tmp_path)]) == NO
    assert "no *.toml" in capsys.readouterr().err


def test_rules_test_of_the_shipped_rules_and_the_example(capsys: Out) -> None:
    assert main(["rules", "test", "--json"]) == OK
    told = objects(capsys.readouterr().out)
    assert len(told) >= 10
    assert all(one["passed"] for one in told)
    assert main(["rules", "test", str(EXAMPLES / "cold-home.toml")]) == OK
    assert capsys.readouterr().out.endswith("Stories: 1. Failed: 0.\nConditions reached: 2 of 2.\n")


def test_rules_test_tells_what_was_otherwise(tmp_path: Path, capsys: Out) -> None:
    text = (EXAMPLES / "cold-home.toml").read_text(encoding="utf-8")
    path = tmp_path / "cold.toml"
    path.write_text(text.replace('at = "21h"', 'at = "22h"'), encoding="utf-8")
    assert main(["rules", "test", str(path)]) == NO
    assert capsys.readouterr().out.startswith(f"FAILED  {path}:")
    assert main(["rules", "test", str(path), "--lang", "zh"]) == NO
    assert capsys.readouterr().out.endswith("用例 1 个，未通过 1 个。\n用例触及条件 2 个，共 2 个。\n")
    assert main(["rules", "test", str(path), "--json"]) == NO
    [told] = objects(capsys.readouterr().out)
    assert told["passed"] is False
    assert told["failures"]


def test_rules_test_names_the_mistakes_of_a_file(tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[x]\n", encoding="utf-8")
    assert main(["rules", "test", str(path)]) == NO
    assert f"{path}:1: error: " in capsys.readouterr().err


NIGHT = """\
[out-of-bed]
title = {zh = "夜间离床未归", en = "Out of bed"}
severity = "SEVERITY"
when = {quantity = "occupied", is = false, for = "30m"}
ladder = "LADDER"
"""
KEPT = (
    "r.toml:1: warning: out-of-bed: it is urgent, and its ladder ask-first tells the home alone: where nobody"
    ' answers nobody comes (remedy: write ladder = "are-you-ok", which asks the home first and then calls people)'
)


@pytest.mark.parametrize(
    ("severity", "ladder", "said"),
    [("urgent", "ask-first", KEPT), ("urgent", "are-you-ok", ""), ("notice", "household", ""), ("urgent", "my-own", "")],
)
def test_rules_check_doubts_a_danger_of_which_the_home_alone_is_told(
    severity: str, ladder: str, said: str, tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.toml").write_text(NIGHT.replace("SEVERITY", severity).replace("LADDER", ladder), encoding="utf-8")
    assert main(["rules", "check", "r.toml"]) == 0
    assert said in capsys.readouterr().err
    Path("site.toml").write_text(
        """
gateway = {id = "gw-1", site = "estate"}
homes.flat = {}
ports.line = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
devices.bed = {home = "flat", port = "line", address = "a1b2c3d4"}
rules.files = ["r.toml"]
ladders.files = ["l.toml"]
""",
        encoding="utf-8",
    )
    own = '[my-own]\ntitle = {zh = "我", en = "Mine"}\nanswer = ["carer"]\n[[my-own.steps]]\nname = "all"\nwho = ["home", "duty"]\n'
    Path("l.toml").write_text(own, encoding="utf-8")
    assert main(["rules", "check", "--site", "site.toml"]) == 0
    told = capsys.readouterr().err
    assert said in told
    assert ("nobody comes" in told) == bool(said)


def test_the_recipes_bring_somebody_where_nobody_answers(capsys: Out) -> None:
    assert main(["rules", "check", str(EXAMPLES / "recipes.toml")]) == 0
    assert capsys.readouterr().err == ""
