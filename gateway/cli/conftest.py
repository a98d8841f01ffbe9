"""The command in English, a site to ask it about, and frames to decode."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from drivers.captures import load as captures

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CAPTURES = captures((ROOT / "drivers/frames/node.toml").read_text(encoding="utf-8"))
TEMPERATURE = next(capture for capture in CAPTURES if capture.name == "READING, one temperature").wire.hex()
PROGRAM = [sys.executable, "-c", "import sys; from gateway.cli import main; sys.exit(main())"]
Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The site of the examples, to be changed."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    return tmp_path / "site.toml"


def objects(out: str) -> list[dict[str, object]]:
    """JSON, one a line."""
    return [json.loads(line) for line in out.splitlines()]
