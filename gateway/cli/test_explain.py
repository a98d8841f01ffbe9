"""`anju rules explain` as a person and a script meet it."""

import json
from pathlib import Path

import pytest

from gateway.cli import COULD_NOT_RUN, OK, USAGE, main

Out = pytest.CaptureFixture[str]
EXAMPLE = Path(__file__).parents[2] / "examples/site.toml"


def test_a_rule_in_the_readers_language_first(capsys: Out) -> None:
    assert main(["rules", "explain", "gas-leak", "--lang", "zh"]) == OK
    out = capsys.readouterr().out
    assert out.startswith("gas-leak\n\n  “燃气泄漏”，级别：紧急")
    assert out.index("触发条件：燃气浓度高于 10 %LEL，持续 3 秒") < out.index("the gas concentration is above 10 %LEL for 3 seconds")
    assert "PRODUCT" not in out


def test_for_a_script_and_of_a_city(capsys: Out) -> None:
    assert main(["rules", "explain", "water-24h@zhenhai", "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    assert told["rule"] == "water-24h@zhenhai"
    assert "It fires when less than 0.006 m³ of water was used in 24 hours." in told["en"]
    assert len(told["zh"]) == len(told["en"])


def test_as_a_site_or_a_file_has_it(tmp_path: Path, capsys: Out) -> None:
    assert main(["rules", "explain", "smoke", "--site", str(EXAMPLE)]) == OK
    assert "It fires when smoke is detected" in capsys.readouterr().out
    (tmp_path / "my.toml").write_text(
        '[wet]\ntitle = {zh = "湿", en = "Wet"}\nseverity = "notice"\nwhen = {quantity = "flood", is = true}\n', "utf-8"
    )
    assert main(["rules", "explain", "wet", str(tmp_path)]) == OK
    assert "It fires when the probe is wet." in capsys.readouterr().out


def test_a_rule_with_other_numbers_in_some_homes_is_told_for_each(tmp_path: Path, capsys: Out) -> None:
    text = EXAMPLE.read_text("utf-8") + "\n[homes.flat-503]\n[homes.flat-503.rules.water-excess]\nwhen = {used_above = 3}\n"
    (tmp_path / "site.toml").write_text(text, "utf-8")
    for other in EXAMPLE.parent.glob("*.toml"):
        if other.name != "site.toml":
            (tmp_path / other.name).write_text(other.read_text("utf-8"), "utf-8")
    assert main(["rules", "explain", "water-excess", "--site", str(tmp_path / "site.toml"), "--json"]) == OK
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one.get("homes"), "3 m³" in one["en"][1]) for one in told][-1] == (["flat-503"], True)
    assert len(told) == 2


def test_a_set_that_there_is_not_is_told_by_the_nearest_of_its_rule(tmp_path: Path, capsys: Out) -> None:
    for wrong, meant in {
        "water-24h@zhenhei": "water-24h@zhenhai",
        "watr-24h@zhenhai": "water-24h@zhenhai",
        "water-24@zhenhai": "water-24h@zhenhai",
        "smoke@zhenhai": "smoke",
    }.items():
        assert main(["rules", "explain", wrong, "--lang", "en"]) == USAGE
        err = capsys.readouterr().err
        assert f'did you mean "{meant}"?' in err or err.endswith(f"known here: {meant}\n"), err
    (tmp_path / "my.toml").write_text(
        '[hot]\ntitle = {zh = "热", en = "Hot"}\nseverity = "notice"\n'
        'when = {quantity = "temperature_c", above = 30}\nsets = {attic = {when = {above = 40}}}\n',
        "utf-8",
    )
    assert main(["rules", "explain", "hot@attic", str(tmp_path / "my.toml")]) == OK
    assert "above 40 °C" in capsys.readouterr().out


def test_a_rule_by_its_name_where_the_site_chose_a_set(tmp_path: Path, capsys: Out) -> None:
    """Its number here is what was asked for, whatever the set is called."""
    site = '[gateway]\nid = "g"\nsite = "s"\n[homes.a]\n[homes.b]\n[rules]\nsets = ["water-24h@zhenhai"]\n'
    (tmp_path / "site.toml").write_text(site + '[homes.b.rules]\nsets = ["water-24h@haishu"]\n', "utf-8")
    assert main(["rules", "explain", "water-24h", "--site", str(tmp_path / "site.toml"), "--json"]) == OK
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["rule"], one.get("homes")) for one in told] == [("water-24h@zhenhai", None), ("water-24h@haishu", ["b"])]


def test_no_such_rule_or_file(tmp_path: Path, capsys: Out) -> None:
    assert main(["rules", "explain", "gas-leek"]) == USAGE
    assert 'did you mean "gas-leak"?' in capsys.readouterr().err
    assert main(["rules", "explain", "x", str(tmp_path / "no.toml")]) == COULD_NOT_RUN
    assert "no.toml:1: " in capsys.readouterr().err


def test_with_a_site_homes_where_it_does_not_count_are_named(tmp_path: Path, capsys: Out) -> None:
    site = EXAMPLE.read_text("utf-8").replace(
        "[homes.flat-502]\n", '[homes.flat-502]\nrules = {off = ["door-left-open"], sets = ["water-24h@zhenhai"]}\n'
    )
    for other in EXAMPLE.parent.glob("*.toml"):
        (tmp_path / other.name).write_text(other.read_text("utf-8") if other.name != "site.toml" else site, "utf-8")

    def told(*said: str) -> tuple[int, str]:
        code = main(["rules", "explain", *said, "--site", str(tmp_path / "site.toml"), "--lang", "zh"])
        out = capsys.readouterr()
        return code, out.out + out.err

    code, out = told("door-left-open")
    assert (code, "门开着（故障的传感器不算），持续 20 分钟" in out) == (OK, True)
    assert "默认数值的依据（此处的数值由站点文件另定）：10 分钟" in out
    assert out.endswith("door-left-open 不生效的住户：flat-502\n")
    code, out = told("water-24h")
    assert out.startswith("water-24h@zhenhai（flat-502）\n".replace("（", " （"))
    assert "默认不启用" not in out, "here it is on"
    assert "water-24h 不生效的住户：flat-501" in out
    code, out = told("inactivity")
    assert (code, out) == (
        USAGE, 'anju: inactivity 是随附的规则，此站点没有启用：写上 also = ["inactivity"]，或在 packs 中选用它所在的规则包\n',
    )  # fmt: skip
    assert main(["rules", "explain", "water-24h", "--json", "--site", str(tmp_path / "site.toml")]) == OK
    one = json.loads(capsys.readouterr().out)
    assert (one["homes"], one["off_in"]) == (["flat-502"], ["flat-501"])
