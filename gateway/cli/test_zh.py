"""What a property manager reads whose language is Chinese: mistakes, doubts, failed stories, bad recordings."""

import json
import re
from pathlib import Path

import pytest

from gateway.cli import COULD_NOT_RUN, NO, USAGE, main
from gateway.cli.command import in_words
from gateway.cli.status import stranger

Out = pytest.CaptureFixture[str]
ESCAPED = r"\x1b[2J\x9b0m\u202e\nrules.toml:1: error"
RULES = """\
[pan]
title = {zh = "烟", en = "smoke"}
severity = "emergancy"
latch = "yes"
when = {quantity = "smok", is = true, for = "3x"}

[dry]
title = {zh = "湿度", en = "humidity"}
severity = "urgent"
when = {quantity = "humidity_pct", above = 20, below = 3}
"""
STORY = """\
[pan]
title = {zh = "烟", en = "smoke"}
severity = "emergency"
latch = true
when = {quantity = "smoke", is = true}

[[story]]
name = "油锅"
given = [{at = "1m", device = "smoke-1", smoke = true}, {at = "2m", reset = "pan"}]
expect = [{at = "3m", rule = "pan", state = "firing"}]
"""


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "")
    monkeypatch.setenv("LC_MESSAGES", "")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.chdir(tmp_path)


def test_the_mistakes_of_a_rule_file(capsys: Out) -> None:
    Path("r.toml").write_text(RULES, encoding="utf-8")
    assert main(["rules", "check", "r.toml"]) == NO
    assert capsys.readouterr().err.splitlines() == [
        "r.toml:3: 错误：severity 不能是“emergancy”（改法：是否为“emergency”？）",
        "r.toml:4: 错误：latch 必须是布尔值 true 或 false，现为 'yes'（改法：改为布尔值 true 或 false）",
        "r.toml:5: 错误：没有驱动提供“smok”（改法：是否为“smoke”？（若由自己的驱动提供，在文件顶部写 quantities = [\"smok\"]））",
        'r.toml:5: 错误：for 必须是时长，如 "3s"、"10m"、"24h"、"7d"，现为 \'3x\'（改法：改为时长，如 "3s"、"10m"、"24h"、"7d"）',
        "r.toml:10: 错误：above 和 below 不能并列（改法：只保留一个，或写成 all = [{…}, {…}] 或 any = [{…}, {…}]）",
        "错误 5 处，警告 0 处。",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = “x”", 'r.toml:1: 错误：不符合 TOML 格式：值无效（改法：将 “ 改为 "）'),
        ("a = 1\na = 2", "r.toml:2: 错误：不符合 TOML 格式：该键已有值，不能再次赋值（改法：该键的两个值只保留一个）"),
        ('[a]\nb = """x\n', 'r.toml:2: 错误：不符合 TOML 格式：文本没有结束（改法：用 """ 结束从此处开始的文本）'),
        ("[gateway]", "r.toml:1: 错误：这是站点文件（改法：请用 `anju check r.toml`）"),
    ],
)
def test_a_file_that_is_no_rule_file(text: str, said: str, capsys: Out) -> None:
    Path("r.toml").write_text(text, encoding="utf-8")
    assert main(["rules", "check", "r.toml"]) == NO
    assert capsys.readouterr().err.startswith(said)


def test_doubts(capsys: Out) -> None:
    text = RULES.partition("[dry]")[2].replace("above = 20, below = 3", "above = 120")
    Path("r.toml").write_text(f"[dry]{text}", encoding="utf-8")
    assert main(["rules", "check", "r.toml"]) == 0
    assert capsys.readouterr().err.startswith(
        "r.toml:1: 警告：dry：humidity_pct 的取值为 0 至 100，没有值能满足该条件（改法：调整限值）\n"
    )


def test_a_doubt_without_values(capsys: Out) -> None:
    when = 'when = {all = [{quantity = "smoke", is = true}, {quantity = "smoke", is = false}]}'
    text = RULES.partition("[dry]")[2].rpartition("when")[0]
    Path("r.toml").write_text(f"[dry]{text}{when}", encoding="utf-8")
    assert main(["rules", "check", "r.toml"]) == 0
    said = "r.toml:1: 警告：dry：没有任何值能同时满足这些条件（改法：调整其中一个限值）\n"
    assert capsys.readouterr().err.startswith(said)


def test_a_story_that_failed(capsys: Out) -> None:
    Path("r.toml").write_text(STORY, encoding="utf-8")
    assert main(["rules", "test", "r.toml"]) == NO
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "未通过  r.toml:7: 油锅",
        "    0:02:00 对 pan 的复位被拒绝：起因仍未消除（以传感器最后的报告为准）；传感器若已损毁，请更换，或从 site.toml 中删去",
        "    应有：0:03:00 pan firing",
        "    实际：0:01:00 pan firing smoke-1 first（依据：0:01:00 smoke-1 smoke True）",
        "    全部告警变化：",
        "      0:01:00 pan firing smoke-1 first（依据：0:01:00 smoke-1 smoke True）",
        "用例 1 个，未通过 1 个。",
    ]
    assert main(["rules", "test", "r.toml", "--json"]) == NO
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert told["failures"][1] == "expected: pan firing at 0:03:00"
    assert told["zh"][1] == "应有：0:03:00 pan firing"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1700000000,h,d,smoke", "'1700000000,h,d,smoke' 不是读数（改法：写成 ts,home,device,quantity,value）"),
        ("1700000000000,h,d,smoke,1", "'1700000000000,h,d,smoke,1' 不是读数（改法：ts 的单位是秒，不是毫秒）"),
        (
            "gestern,h,d,smoke,1",
            "'gestern,h,d,smoke,1' 不是读数（改法：ts 写成 Unix 时间（秒），或 2026-01-31T12:00:00Z）",
        ),
        ("1700000000,h,d,smoke,", "'1700000000,h,d,smoke,' 不是读数（改法：写上数值）"),
    ],
)
def test_a_line_that_is_no_reading(row: str, said: str, capsys: Out) -> None:
    Path("d.csv").write_text(f"ts,home,device,quantity,value\n{row}\n", encoding="utf-8")
    assert main(["backtest", "d.csv"]) == COULD_NOT_RUN
    assert capsys.readouterr().err.splitlines()[0] == f"d.csv:2: 错误：{said}"


def test_data_that_is_not_there(capsys: Out) -> None:
    assert main(["backtest", "d.csv"]) == COULD_NOT_RUN
    assert capsys.readouterr().err == "anju: 无法运行：d.csv：没有这个文件或文件夹\n"


def test_no_file_steers_the_terminal(capsys: Out) -> None:
    hostile = "\\u001b[2J\\u009b0m\\u202e\\nrules.toml:1: error"
    Path("rules.toml").write_text(f'["{hostile}"]\nseverity = "{hostile}"\n', encoding="utf-8")
    assert main(["rules", "check", "rules.toml"]) == NO
    told = capsys.readouterr().err.splitlines()
    assert [line.split("：")[0] for line in told[:-1]] == ["rules.toml:1: 错误"] * 3 + ["rules.toml:2: 错误"]
    assert told[0].startswith(f"rules.toml:1: 错误：“{ESCAPED}”不能作规则名")
    assert all(line.isprintable() for line in told)
    assert main(["rules", "check", "rules.toml", "--json"]) == NO
    lines = capsys.readouterr().out.splitlines()
    assert all(line.isprintable() for line in lines)
    assert json.loads(lines[0])["what"].startswith('"\x1b[2J\x9b0m\u202e\nrules.toml')
    data = "ts,home,device,quantity,value\n0,\x1b[2Jh,d,smoke,true\n9,\x1b[2Jh,\x9bd,smoke,maybe\n"
    Path("data.csv").write_text(data, encoding="utf-8")
    assert main(["backtest", "data.csv"]) == 0
    assert "\\x1b[2Jh" in (said := capsys.readouterr().out)
    assert all(line.isprintable() for line in said.splitlines())


def test_no_stranger_steers_the_terminal() -> None:
    """Its address is a topic of a broker."""
    one = {"port": "zigbee", "address": "\x1b[2Jlamp\n", "driver": "zigbee2mqtt", "values": {"a\x9b": "\x07"}, "ago_s": 3}
    assert stranger(one, "zh") == r"zigbee  \x1b[2Jlamp\n  zigbee2mqtt  3 秒前  a\x9b=\x07"


MAP = 'name = "odd"\nsilent_after = 60\nnix = 1\n[[value]]\nregister = 1\n'


@pytest.mark.parametrize(
    ("words", "file", "text", "said"),
    [
        (["driver", "test", "odd.toml"], "odd.toml", "x = 1", "odd.toml：x：未知的键；写 1 至"),
        (["driver", "test", "odd.toml"], "odd.toml", MAP, "未知的键"),
        (["driver", "test", "odd.py"], "odd.py", "x = 1", "其中没有 drivers.driver.Driver"),
        (["decode", "odd.toml", "00"], "odd.toml", "x = 1", "未知的键"),
        (["scan", "serial", "--port", "/nowhere/tty"], "x", "", "/nowhere/tty：没有这个串口"),
    ],
)
def test_what_an_installer_reads_of_a_driver_or_a_line(
    words: list[str], file: str, text: str, said: str, capsys: Out
) -> None:
    Path(file).write_text(text, encoding="utf-8")
    assert main(words) in (COULD_NOT_RUN, USAGE)
    assert said in (told := capsys.readouterr().err)
    assert ": :" not in told
    assert "Errno" not in told


def test_a_driver_on_trial_is_judged_in_chinese(capsys: Out) -> None:
    ours = Path(__file__).parents[2] / "drivers/maps/generic-gas.toml"
    Path("own.toml").write_text(ours.read_text("utf-8"), encoding="utf-8")
    assert main(["driver", "test", "own.toml"]) == NO
    assert "未通过: 没有截获的报文：请在旁边或 frames/ 中写 modbus-own.toml" in capsys.readouterr().out


TRIALS = {
    "f, byte by byte: reads [], expected [1]": "f 逐字节：读出 []，应为 [1]",
    "f, bit 3 flipped: reads [1], expected only 2": "f 第 3 位翻转：读出 [1]，应只有 2",
    "f: refused for ['x'], not for 'y'": "f：拒绝的原因是 ['x']，应为 'y'",
    "raises KeyError: 'a'; only BadFrame is allowed": "抛出 KeyError：'a'；只允许抛出 BadFrame",
    "4 frames that are read and 0 that are refused; at least 5 and 3 are needed": "可读的报文 4 帧，被拒绝的 0 帧；至少需要 5 帧和 3 帧",
    "cut(b'') didn't end within 5 s": "cut(b'') 在 5 秒内没有结束",
    "f: 'A' is no quantity: a-z, 0-9 and _, the unit at its end": "f：'A' 不是测量项：用 a-z、0-9 和 _，末尾为单位",
}


@pytest.mark.parametrize("english", TRIALS)
def test_verdicts_of_a_trial(english: str) -> None:
    assert in_words(english, "zh") == TRIALS[english]


def test_why_a_frame_is_refused(capsys: Out) -> None:
    assert main(["decode", "bthome", "41 02", "--text"]) == NO
    assert main(["decode", "node", "00", "--text"]) == NO
    assert main(["decode", "modbus-xy-md02", "01 04 00 01 00 02 20 0b 01 84 02 c2 c1", "--text"]) == NO
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 3
    assert all(re.fullmatch("错误: 不是 [a-z0-9-]+ 的报文：.*[\u4e00-\u9fff].*", line) for line in told), told
    one = {"port": "ble", "address": "a4", "driver": "bthome", "error": "encrypted, and there is no key", "ago_s": 3}
    assert stranger(one, "zh").endswith("已加密，没有密钥：请在 site.toml 中写密钥")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("verb", ["verify", "export"])
def test_a_record_that_is_not_there(verb: str, capsys: Out) -> None:
    assert main(["audit", verb, "nix.db"]) == COULD_NOT_RUN
    assert capsys.readouterr().err == "anju: 无法运行：nix.db：没有这个文件或文件夹\n"
    Path("d.csv").write_text("ts,home\n" * 200)
    assert main(["audit", verb, "d.csv"]) == COULD_NOT_RUN
    assert capsys.readouterr().err.startswith("anju: 无法运行：d.csv 中没有记录：“")


BREAKS = {
    "entry 7 is missing": "缺少第 7 条",
    "the record ends at 7, the gateway wrote 9": "记录止于第 7 条，而网关写到第 9 条",
    "entry 9 is not the one that the gateway wrote": "第 9 条不是网关所写的那一条",
    "entry 7 is unreadable": "第 7 条无法读取",
    "entry 7 says that it is 9": "第 7 条自称是第 9 条",
    "entry 6 was changed, or entry 7 put in its place": "第 6 条被改过，或第 7 条被换过",
}


@pytest.mark.parametrize("english", BREAKS)
def test_where_a_record_was_changed(english: str) -> None:
    assert in_words(english, "zh") == BREAKS[english]


def test_a_month_that_is_none(capsys: Out) -> None:
    assert main(["report", "--month", "11"]) == USAGE
    assert capsys.readouterr().err == "anju: '11' 不是月份；写成 --month 2026-11\n"


def test_the_language_may_stand_first(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert main(["--lang", "zh", "rules", "explain", "smok"]) == USAGE
    assert capsys.readouterr().err.startswith("anju: 没有名为 'smok' 的规则")
    assert main(["--lang", "zh", "rules", "explain", "smok", "--lang", "en"]) == USAGE
    assert capsys.readouterr().err.startswith("anju: there is no rule 'smok'")
