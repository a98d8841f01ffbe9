"""docs/complaints.md names tests that exist, and one for each complaint."""

import re
from pathlib import Path

ROOT = Path(__file__).parent
PAGE = (ROOT / "docs/complaints.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| complaint", "|---"))]
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_every_complaint_has_a_test_that_exists() -> None:
    named = 0
    for row in ROWS:
        tests = _TEST.findall(row)
        assert tests, row
        for path, name in tests:
            text = (ROOT / path).read_text("utf-8")
            assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), f"{path}::{name}"
            named += 1
    assert len(ROWS) == 16
    assert named >= 40
