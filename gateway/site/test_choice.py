"""Rules of one home: other numbers, named sets, optional ones, ones that don't count; the others stay as they are."""

import json

import pytest

from drivers.reading import Reading
from gateway.site import Site, loads
from rules.document import Mistakes
from rules.engine import Device, Engine
from rules.rule import Rule
from rules.rulefile import packs

SITE = """
gateway = {{id = "g", site = "s"}}
homes.other = {{}}
homes.third = {{}}
{}
"""
HOUR = 3600.0


def site(said: str) -> Site:
    return loads(json.dumps({"format": 1, "site": SITE.format(said), "packs": packs(), "files": {}}))


def of(made: Site, name: str, home: str) -> Rule | None:
    """The rule of that name, or a set of it, that counts in a home."""
    found = [one for one in made.rules if one.id.partition("@")[0] == name and one.counts_in(home)]
    assert len(found) < 2
    return found[0] if found else None


def amount(made: Site, name: str, home: str) -> float | None:
    rule = of(made, name, home)
    usages = [leaf for leaf in rule.when.leaves() if hasattr(leaf, "amount")] if rule else []
    return usages[0].amount if usages else None


def test_one_home_has_another_number_and_nobody_else_notices() -> None:
    plain = site('homes.flat = {}\nrules = {also = ["water-24h"]}')
    made = site('rules = {also = ["water-24h"]}\n[homes.flat.rules.water-24h]\nwhen = {used_below = 0.006}')
    assert [amount(made, "water-24h", home) for home in ("flat", "other", "third")] == [0.006, 0.01, 0.01]
    before, other = of(plain, "water-24h", "other"), of(made, "water-24h", "other")
    assert before
    assert other
    assert before.hash == other.hash
    flat = of(made, "water-24h", "flat")
    assert flat
    assert flat.hash != other.hash
    assert (flat.title, flat.ladder) == (other.title, other.ladder)


def test_the_site_says_a_number_for_all_and_a_home_goes_over_it() -> None:
    made = site(
        'rules.also = ["water-24h"]\nrules.water-24h.when.used_below = 0.008\n'
        "homes.flat.rules.water-24h.when.used_below = 0.006"
    )
    assert [amount(made, "water-24h", home) for home in ("flat", "other")] == [0.006, 0.008]


def test_a_named_set_for_all_or_for_one_home() -> None:
    made = site('homes.flat = {rules = {sets = ["water-24h@zhenhai", "water-excess@liaocheng"]}}')
    assert amount(made, "water-24h", "flat") == 0.006
    assert amount(made, "water-24h", "other") is None, "optional, and named by one home alone"
    assert [amount(made, "water-excess", home) for home in ("flat", "other")] == [1.0, 2.0]
    assert sorted(rule.id for rule in made.rules if "@" in rule.id) == ["water-24h@zhenhai", "water-excess@liaocheng"]
    wide = site('homes.flat = {}\nrules = {sets = ["water-24h@zhenhai"]}')
    assert [amount(wide, "water-24h", home) for home in ("flat", "other")] == [0.006, 0.006]


def test_an_optional_rule_of_one_home_and_one_that_does_not_count_there() -> None:
    made = site('homes.flat = {rules = {also = ["no-motion-12h"], off = ["door-left-open"]}}')
    assert [of(made, "no-motion-12h", home) is not None for home in ("flat", "other")] == [True, False]
    assert [of(made, "door-left-open", home) is not None for home in ("flat", "other")] == [False, True]


def test_homes_that_say_the_same_share_a_rule() -> None:
    made = site("homes.flat = {rules = {water-excess = {when = {used_above = 3}}}}".replace("flat", "a") + "\n"
                "homes.b = {rules = {water-excess = {when = {used_above = 3}}}}")  # fmt: skip
    (own,) = [rule for rule in made.rules if rule.homes]
    assert sorted(own.homes or ()) == ["a", "b"]


def test_the_rule_of_a_name_is_that_of_most_homes() -> None:
    made = site("homes.flat = {rules = {water-excess = {when = {used_above = 3}}}}")
    assert made.by_id["water-excess"].homes is None
    assert len(made.by_id) == len({rule.id for rule in made.rules}) < len(made.rules)
    only = site('homes.flat = {rules = {also = ["no-motion-12h"]}}')
    assert list(only.by_id["no-motion-12h"].homes or ()) == ["flat"]


def test_a_value_within_a_list_of_conditions() -> None:
    made = site("homes.flat.rules.battery-low.when.any.2.below = 30")
    flat, other = of(made, "battery-low", "flat"), of(made, "battery-low", "other")
    assert flat
    assert other
    assert flat.hash != other.hash
    assert "30" in repr(flat.when)


@pytest.mark.parametrize(
    ("said", "line", "what", "remedy"),
    [
        ("[homes.flat.rules.water-25h]\nwhen = {}", 5, 'no rule "water-25h"', "water-24h"),
        ("[homes.flat.rules.water-24h]\nwhen = {used_blow = 1}", 6, '"when.used_blow"', "used_below"),
        ("[homes.flat.rules.water-24h]\nwhen = {used_below = 8}", 6, "right unit", "0.01"),
        ('[homes.flat.rules.water-24h]\nwhen = {used_below = "8L"}', 6, "not a number", "0.01"),
        ('[homes.flat.rules.water-24h]\nper = "device"', 6, '"per" to be changed', ""),
        ('[homes.flat.rules]\nsets = ["water-24h@zhenhei"]', 6, 'no set "water-24h@zhenhei"', "zhenhai"),
        ("homes.flat.rules.gas-leak.when.any.1.above = 100", 5, "gas-leak saves lives, and gas_lel_pct is from 0 to 100", "limit"),
        ('[homes.flat.rules]\nalso = ["smoke"]', 6, 'no optional rule "smoke"', ""),
        ('[homes.flat.rules]\noff = ["smoke"]', 6, "saves lives", "remove"),
        ("[homes.flat.rules.gas-leak]\nclear = {below = 60}", 5, "raises and clears", "limit"),
        ("[rules.home-too-hot]\nwhen = {above = true}", 6, "not a number", "33"),
        ('[homes.flat.rules.smoke]\nladder = "nobody"', 6, 'no ladder "nobody"', "life-safety"),
        ('[homes.flat.rules]\nsets = ["water-24h@zhenhai", "water-24h@haishu"]', 6, "are sets of one rule", "keep one"),
        ('[homes.flat.rules]\nalso = ["water-12h"]\noff = ["water-12h"]', 7, "switched off in one table", "keep one"),
        ('[homes.flat.rules]\noff = ["sensor-silent"]', 6, "without sensor-silent nobody would be told", "protects = false"),
        ('[rules]\noff = ["not-supervised"]\n[homes.flat]', 6, "without not-supervised nobody", "protects = false"),
        ('homes.flat.rules.not-supervised.when.silent = "30d"', 5, "not-supervised tells who isn't protected, and 30 days is", "24 hours at"),
        ('homes.flat.rules.not-supervised.when.of = ["motion"]', 5, "fewer sensors would be missed", "remove"),
        ('homes.flat.rules.sensor-silent.when.any.2.for = "12h"', 5, "12 hours is long to wait", "1 hour 40 minutes at"),
        ("homes.flat.rules.gas-leak.when.any.1.above = 21", 5, "gas-leak saves lives, and 21 of gas_lel_pct", "20 at the most"),
        ('homes.flat.rules.gas-leak.when.any.1.for = "90s"', 5, "1 minute 30 seconds is long to wait", "1 minute at the most"),
        ("homes.flat.rules.smoke.when.any.1.is = false", 5, "smoke saves lives, and smoke = true would raise", "remove"),
        ('homes.flat.rules.emergency-call.when.is = ["press"]', 5, "button = long_press would raise nothing", "remove"),
        ("homes.flat.rules.heat.when.any.3.rises = 60", 5, "60 of temperature_c is more than twice its 25", "50"),
        ("homes.flat.rules.smoke.act = []", 5, "nothing would be heard or seen", "siren or strobe"),
        (
            'homes.flat.rules.heat.when.any = [{quantity = "co_ppm", above = 900}, {quantity = "motion", is = true}]',
            5, "when.any is a list of conditions, and stays as it is", "single numbers: when.any.1.",
        ),
        ("[homes.flat.rules.gas-leak]\nwhen = {above = 8}", 6, 'no "when.above" to be changed', "write when.any.1.above, when.any.3.above"),
        ("homes.flat.rules.gas-leak.when.any.3.times = 90", 5, "90 times is more than twice its 6", "12 at the most"),
        ('homes.flat.rules.gas-leak.when.any.3.within = "2s"', 5, "2 seconds is short for so much to happen", "30 seconds at"),
        ('homes.flat.rules.heat.when.any.3.within = "3s"', 5, "3 seconds is short for so much to happen", "2 minutes at the"),
        ('[homes.flat.rules.home-too-hot]\nwhen = {above = "35"}', 6, '"35" is not a number', "33"),
        ("[homes.flat.rules.battery-low.when.any.3]\nbelow = 5", 5, '"when.any.3"', ""),
    ],
)
def test_a_mistake_has_its_line_and_a_remedy(said: str, line: int, what: str, remedy: str) -> None:
    with pytest.raises(Mistakes) as found:
        site(said if "homes" in said else f"homes.flat = {{}}\n{said}".replace("homes.flat = {}\n", ""))
    (mistake,) = found.value.mistakes
    assert what in mistake.what
    assert remedy in mistake.remedy
    assert mistake.line == line


def test_a_number_that_suits_a_home_better_is_taken_by_a_rule_that_saves_lives() -> None:
    made = site(
        "homes.flat.rules.gas-leak.when.any.1 = {above = 20, for = '30s'}\nhomes.other.rules.gas-leak.when.any.1.above = 5\n"
        "homes.third.rules.smoke.act = ['strobe']".replace("'", '"')
        .replace("homes.other.rules", "homes.fourth.rules").replace("homes.third.rules", "homes.fifth.rules")
    )  # fmt: skip
    assert "20" in repr(of(made, "gas-leak", "flat"))
    assert sorted(home for rule in made.rules for home in rule.homes or ()) == ["fifth", "flat", "fourth"]


@pytest.mark.parametrize(("key", "value"), [("severity", '"notice"'), ("latch", "false")])
@pytest.mark.parametrize("where", ["rules", "homes.flat.rules"])
def test_what_saves_lives_stays_grave_and_stays_until_a_person_resets_it(key: str, value: str, where: str) -> None:
    with pytest.raises(Mistakes) as found:
        site(f"homes.flat.title = 'F'\n{where}.smoke.{key} = {value}")
    (mistake,) = found.value.mistakes
    assert "smoke saves lives" in mistake.what
    assert mistake.line == 6
    gentle = "door-left-open" if key == "severity" else "intrusion"
    assert site(f"homes.flat.title = 'F'\n{where}.{gentle}.{key} = {value}")


def test_a_change_for_one_home_keeps_the_timers_of_the_others() -> None:
    devices = {"a": Device("flat", "", 7200.0), "b": Device("other", "", 7200.0)}
    plain = site("homes.flat = {}")
    changed = site('homes.flat.rules.door-left-open.when.for = "20m"')
    engine = Engine("g", "e")
    engine.configure(plain.rules, devices, 0.0, 0)
    for name in devices:
        engine.feed(Reading(name, "door_open", "door_open", True, 100.0))
    engine.configure(changed.rules, devices, 400.0, 2)
    fired = [(alert.home, alert.at) for alert in engine.tick(5000) if alert.rule == "door-left-open"]
    assert fired == [("other", 700.0), ("flat", 1600.0)], "the changed one begins anew, the other goes on"


def test_a_rule_beside_others_counts_where_one_of_them_does_and_can_be_switched_off() -> None:
    made = site('homes.flat = {}\nhomes.fifth.rules.off = ["meter-coarse"]\nhomes.sixth.rules.also = ["water-12h"]')
    assert [of(made, "meter-coarse", home) is not None for home in ("flat", "sixth", "fifth")] == [False, True, False]
    made = site('rules.also = ["water-24h"]\nhomes.flat.rules.off = ["meter-coarse"]\nhomes.fifth = {}')
    assert [of(made, "meter-coarse", home) is not None for home in ("flat", "other", "fifth")] == [False, True, True]
    made = site('homes.flat.rules.sets = ["water-24h@zhenhai"]\nhomes.fifth.rules.also = ["meter-coarse"]')
    assert [of(made, "meter-coarse", home) is not None for home in ("flat", "other", "fifth")] == [True, False, True]


def test_a_site_in_another_country_says_its_own_numbers() -> None:
    advice = '{zh = "快走，打112。", en = "Leave, call 112."}'
    made = site(f"rules = {{smoke = {{advice = {advice}}}, gas-leak = {{advice_at_home = {advice}}}}}\nhomes.flat = {{}}")
    smoke, gas = of(made, "smoke", "flat"), of(made, "gas-leak", "flat")
    assert smoke is not None
    assert gas is not None
    assert smoke.advice is not None
    assert smoke.advice["en"] == "Leave, call 112."
    assert smoke.hash == of(site("homes.flat = {}"), "smoke", "flat").hash, "words restart no timer"  # type: ignore[union-attr]
    assert gas.advice_at_home is not None
    assert gas.advice_at_home["zh"] == "快走，打112。"
