"""The example of a site, in a folder of its own, and what its check says of another text."""

import shutil
from pathlib import Path

import pytest

from gateway.site import Checked, check

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = (EXAMPLES / "site.toml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example with its rule file, in a folder of its own."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    return tmp_path


def checked(folder: Path, text: str) -> Checked:
    """What the check says of this text as the site file there."""
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return check(folder / "site.toml")
