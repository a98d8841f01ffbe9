"""The picture of a back-test: what a person reads in it."""

import xml.etree.ElementTree as ET
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.backtest.conftest import HEAD
from gateway.backtest.plot import CHANGED, COLOURS, LEFT, RIGHT, TICKS, WIDTH, ticks
from gateway.cli import OK, main
from gateway.words import severity

Out = pytest.CaptureFixture[str]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_timeline_is_a_picture_with_words(calls: Path, lang: str, tmp_path: Path, capsys: Out) -> None:
    assert main(["backtest", str(calls), "--plot", str(tmp_path / "out.svg"), "--lang", lang]) == OK
    capsys.readouterr()
    root = ET.fromstring((tmp_path / "out.svg").read_text(encoding="utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    texts = [text.text or "" for text in root.iter(f"{name}text")]
    assert {"h1", "h<2>"} <= set(texts)
    told = [title.text or "" for title in root.iter(f"{name}title")]
    assert sum("emergency-call" in one for one in told) == 3
    assert root.find(f"{name}desc") is not None
    assert any(("紧急呼叫" if lang == "zh" else "Call for help") in text for text in texts)


def test_the_timeline_shows_what_led_to_an_alert(tmp_path: Path, capsys: Out) -> None:
    """Twelve hours without water: a thin line over them, then the alert, whose readings the picture tells."""
    data, out = tmp_path / "data.csv", tmp_path / "out.svg"
    rows = [f"{1767600000 + quarter * 900},h,m,water_m3,{6.04 + min(96, quarter) / 100}\n" for quarter in range(192)]
    data.write_text(HEAD + "".join(rows))
    assert main(["backtest", str(data), "--plot", str(out), "--rules", "water"]) == OK
    capsys.readouterr()
    root = ET.fromstring(out.read_text(encoding="utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    (bar,) = [one for one in root.iter(f"{name}rect") if "water-12h" in (one.findtext(f"{name}title") or "")]
    told = bar.findtext(f"{name}title") or ""
    assert "m water_m3 7 @ 01-06 " in told
    assert "used_water_m3" in told
    (lead,) = [line for line in root.iter(f"{name}line") if line.get("x2") == bar.get("x")]
    picture = WIDTH - LEFT - RIGHT
    assert float(lead.get("x2", 0)) - float(lead.get("x1", 0)) == pytest.approx(picture * 12 / 47.75, abs=1.0)


def contrast(colour: str) -> float:
    """With white, as WCAG 2.2 has it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_every_colour_can_be_read_on_white() -> None:
    assert all(contrast(colour) >= 4.5 for colour in (*COLOURS.values(), *CHANGED.values()))


@pytest.mark.parametrize(("lang", "words"), [("zh", ["新增", "消失", "保留"]), ("en", ["added", "removed", "kept"])])
def test_a_comparison_is_drawn_as_what_comes_and_goes_by_shape_and_sign_too(
    lang: str, words: list[str], tmp_path: Path, capsys: Out
) -> None:
    """Four days: one too hot for both, two for the old rule alone; the door's rule is new, the battery's is gone."""
    hot = {0: 40, 1: 34, 2: 34, 3: 20}
    rows = [f"{1767571200 + day * 86400 + hour * 3600},{home},t,temperature_c,{value if hour == 12 else 20}\n"
            for day, value in hot.items() for hour in range(24) for home in ("a", "b")]  # fmt: skip
    rows += [f"{1767571200 + hour * 3600},a,d,{what}\n" for hour in (30, 60) for what in ("door_open,true", "battery_pct,5")]
    (tmp_path / "d.csv").write_text(HEAD + "".join(rows), "utf-8")
    rule = '[%s]\ntitle = {zh = "%s", en = "%s"}\nseverity = "notice"\nwhen = {quantity = "%s", %s}\n'
    old = rule % ("hot", "热", "Hot", "temperature_c", "above = 30") + rule % ("low", "电", "Low", "battery_pct", "below = 9")
    new = rule % ("hot", "热", "Hot", "temperature_c", "above = 35") + rule % ("door", "门", "Door", "door_open", "is = true")
    (tmp_path / "old.toml").write_text(old, "utf-8")
    (tmp_path / "new.toml").write_text(new, "utf-8")
    args = ["backtest", str(tmp_path / "d.csv"), "--rules", str(tmp_path / "new.toml"), "--lang", lang]
    args += ["--compare", str(tmp_path / "old.toml"), "--plot", str(tmp_path / "out.svg")]
    assert main(args) == OK
    capsys.readouterr()
    name = "{http://www.w3.org/2000/svg}"
    root = ET.parse(tmp_path / "out.svg").getroot()
    bars = [(bar, (bar.findtext(f"{name}title") or "").splitlines()[0]) for bar in root.iter(f"{name}rect")
            if bar.find(f"{name}title") is not None]  # fmt: skip
    assert [sum(told == word for _, told in bars) for word in words] == [1, 5, 2]
    assert {told for bar, told in bars if bar.get("stroke-dasharray")} == {words[1]}, "hollow in grey, too"
    heights = {word: {bar.get("height") for bar, told in bars if told == word} for word in words}
    assert heights[words[0]].isdisjoint(heights[words[2]])
    texts = [text.text for text in root.iter(f"{name}text")]
    notice = severity("notice", "zh" if lang == "zh" else "en")
    assert {*words, f"{notice} −2 =1", f"{notice} +1", f"{notice} −1"} <= set(texts), "how grave, and how often"
    assert ("电" if lang == "zh" else "Low") + " · d" in texts, "what is gone has its name"
    assert len(list(root.iter(f"{name}circle"))) == 6 + 2, "a sign at each change, and in the legend"


@given(st.integers(0, 3 * 10**9), st.integers(1, 3 * 10**9), st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin"]))
def test_the_axis_is_marked_at_a_few_rising_moments(since: int, length: int, zone: str) -> None:
    marks = ticks(since, since + length, ZoneInfo(zone))
    assert len(marks) <= TICKS + 3
    assert [at for at, _ in marks] == sorted(at for at, _ in marks)
    assert all(since <= at <= since + length for at, _ in marks)
