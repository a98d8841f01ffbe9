"""Each refusal that the program can give has its Chinese: found in the sources, so that no new one is forgotten."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.refusals import CHINESE, translated

ROOT = Path(__file__).parents[1]
CALLED = ("Refused", "Wrong", "NoGateway")
PLACES = ("gateway/ladder", "gateway/hub", "gateway/control", "rules")
LEFT = "X was not put into mode away: somebody was heard there after the visit"
OTHER = "X was not put into mode away: somebody put it into another one"
WAITING = "3 silences wait for a second person already; let one of them be confirmed, or end it"


def texts(node: ast.expr) -> Iterator[str]:
    """What an expression may say, "X" for each value put in; nothing for what another place says."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join("X" if isinstance(one, ast.FormattedValue) else str(ast.literal_eval(one)) for one in node.values)


def refusals() -> list[str]:
    found = []
    for folder in PLACES:
        for file in sorted((ROOT / folder).glob("*.py")):
            if file.name.startswith("test_"):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED:
                    found += [text for one in node.args[:1] for text in texts(one)]
    return [text for text in found if text.strip("X: ")]  # what another error says stays as it is


def test_each_refusal_has_its_chinese() -> None:
    said = refusals()
    assert len(said) >= 40
    for text in [*said, WAITING, LEFT, OTHER]:
        chinese = translated(text, "zh")
        assert re.search("[\u4e00-\u9fff]", chinese), text
        assert chinese.count("X") == text.count("X"), text
        assert translated(text, "en") == text


@pytest.mark.parametrize(
    ("why", "chinese"),
    [
        ("li (carer) may not reset; allowed: duty, property", "li（照护人）无权执行“复位”；允许：值班台、物业"),
        ("everybody was sent 3 test messages within the last minute", "一分钟内已向 所有人 发送 3 条测试消息"),
        ("'3f' may be each of 3f1, 3f2", "'3f' 可能是其中任何一个：3f1, 3f2"),
        ("something nobody foresaw", "something nobody foresaw"),
        ("not JSON: {0} {1}\n", "不是 JSON：{0} {1}\n"),
    ],
)
def test_what_is_put_in_stays_as_it_is(why: str, chinese: str) -> None:
    assert translated(why, "zh") == chinese


def test_no_sentence_takes_anothers_place() -> None:
    for english, chinese in CHINESE.items():
        sample = re.sub(r"\{\d\}", "X", english)
        assert translated(sample, "zh") == re.sub(r"\{\d\}", "X", chinese), english
