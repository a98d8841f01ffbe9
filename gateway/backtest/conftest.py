"""A recording of two homes, and English words."""

from pathlib import Path

import pytest

HEAD = "ts,home,device,quantity,value\n"
CALLS = "2026-01-05T08:00:00Z,h1,bell,button,press\n2026-01-20T09:00:00Z,h1,bell,button,long_press\n"
CALLS += "2026-01-05T08:00:00+08:00,h<2>,bell,button,press\n2026-02-04T08:00:00Z,h1,bell,battery_pct,80\n"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Three calls for help in two homes, and a battery."""
    path = tmp_path / "calls.csv"
    path.write_text(HEAD + CALLS, encoding="utf-8")
    return path
