"""A site leaves devices out of a rule, or gives them a rule of their own; what saves lives looks at all that protect."""

import json

import pytest

from gateway.site import Site, loads
from rules.document import Mistakes
from rules.rulefile import packs

SITE = """
gateway = {{id = "g", site = "s"}}
homes.flat.title = "F"
ports.line = {{type = "mqtt", host = "127.0.0.1", driver = "zigbee2mqtt"}}
devices.freezer-1 = {{home = "flat", port = "line", address = "a", protects = false}}
devices.room = {{home = "flat", port = "line", address = "b"}}
{}
"""


def site(said: str, rules: str = "") -> Site:
    files = {"own.toml": rules} if rules else {}
    return loads(json.dumps({"format": 1, "site": SITE.format(said), "packs": packs(), "files": files}))


@pytest.mark.parametrize("where", ["rules", "homes.flat.rules"])
@pytest.mark.parametrize("rule", ["home-too-hot", "heat"])
def test_a_freezer_is_left_out(where: str, rule: str) -> None:
    made = site(f'{where}.{rule}.except_devices = ["freezer-*"]')
    (found,) = [one for one in made.rules if one.id == rule and one.counts_in("flat")]
    assert [name in found.picked for name in ("freezer-1", "room")] == [False, True]
    (plain,) = [one for one in site("").rules if one.id == rule]
    assert "freezer-1" in plain.picked


@pytest.mark.parametrize(
    ("said", "what", "remedy"),
    [
        ('rules.home-too-cold.except_devices = ["freezr-1"]', 'no device "freezr-1"', "freezer-1"),
        ('rules.home-too-cold.devices = ["cellar-*"]', 'no device "cellar-*"', "freezer-1"),
        ('rules.heat.except_devices = ["room"]', "heat saves lives, and room protects", "protects = false"),
        ('rules.heat.except_devices = ["*r*"]', "heat saves lives, and room protects", "protects = false"),
        ('homes.flat.rules.heat.devices = ["freezer-1"]', "heat saves lives, and room protects", "protects = false"),
        ("rules.home-too-cold.devices = []", "devices is empty", "kettle"),
        ('rules.home-too-cold.device = ["room"]', 'no "device" to be changed', ""),
    ],
)
def test_a_mistake_has_its_line_and_a_remedy(said: str, what: str, remedy: str) -> None:
    with pytest.raises(Mistakes) as found:
        site(said)
    (mistake,) = found.value.mistakes
    assert what in mistake.what
    assert remedy in mistake.remedy
    assert mistake.line == 7


def test_a_rule_file_may_name_what_this_site_has_not() -> None:
    """It is for all the gateways of an estate; `anju rules check --site` says so."""
    own = "[r]\ntitle = {zh = '一', en = 'one'}\nseverity = 'emergency'\ndevices = ['cellar']\nwhen = {silent = true}\n"
    assert site('rules.files = ["own.toml"]', own).rules[-1].picked.only == ("cellar",)
