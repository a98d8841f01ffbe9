"""What a platform hears of an alert is enough to draw it: what was said, and the limit that counts in that home."""

import json
from typing import Any

import pytest

from drivers.reading import Frame
from gateway.clock import clock_frame
from gateway.hub.conftest import TOML, WALL, bodies, boot_frame, say
from gateway.hub.fold import Fold
from gateway.site import loads
from rules.rulefile import packs

OWN = "[homes.flat.rules.home-too-hot]\nwhen = {above = 31.5}\nclear = {below = 30}\n"
HEAT = {"quantity": "temperature_c", "twice": True, "for": 3600.0}


def heard(more: str) -> list[dict[str, Any]]:
    """The alerts of two hours of 36 degrees, and of two of 20 after them."""
    site = loads(json.dumps({"format": 1, "site": TOML + more, "packs": packs(), "files": {}}))
    fold = Fold({site.hash: site.text})
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, site.hash.encode()))
    told = []
    for n in range(48):
        due = fold.due()
        while due is not None and due <= n * 300.0:
            told += bodies(fold.handle(clock_frame(due, WALL, synced=True)))
            due = fold.due()
        told += bodies(fold.handle(Frame("line-1", n * 300.0, say("READING", n, temperature_c=36 if n < 24 else 20))))
    return [one for one in told if one.get("rule") == "home-too-hot"]


@pytest.mark.parametrize(("more", "limit"), [("", 33.0), (OWN, 31.5)])
def test_an_alert_says_its_limit_as_it_counts_in_that_home(more: str, limit: float) -> None:
    fired, over = heard(more)
    assert (fired["state"], over["state"]) == ("firing", "resolved")
    assert fired["asked"] == [HEAT | {"above": limit}]
    (said, since) = fired["evidence"]
    assert (said["point"], said["value"], since["point"], since["value"]) == ("temperature_c", 36.0, "lasted_s", 3600.0)
    assert fired["gateway_at"] - since["gateway_at"] == 3600.0
    assert over["asked"] == []
