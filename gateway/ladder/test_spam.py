"""Whoever may act can't make the gateway pester people: acts are bounded in what they send, alarms are not."""

from collections import Counter

from gateway.ladder.conftest import House, who


def sent(house: House, after: int = 0) -> Counter[str]:
    return Counter(who(house.letters[after:]))


def test_a_visit_that_is_told_again_and_again_is_news_a_few_times() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    before = len(house.letters)
    for n in range(60):
        house.act(20 + n / 10, "visit", "wang", alert=house.incident.id, found="false")
    assert all(count <= 6 for count in sent(house, before).values()), sent(house, before)
    later = len(house.letters)
    house.wait(900)
    assert all(count <= 2 for count in sent(house, later).values()), "and what was held comes as one"
    other = house.node(1_000, "kitchen", home=2, smoke=1)
    assert "wang" in who(other), "an alarm comes through"


def test_who_asks_for_silence_all_day_asks_a_few_times() -> None:
    house = House()
    for n in range(30):
        house.act(10 + n, "silence", "wang", rule="smoke", reason="x", seconds=600, act_id=f"s{n}")
    assert max(sent(house).values()) <= 3
    refused = {entry.get("refused") for entry in house.record("act")} - {None}
    assert refused == {"3 silences wait for a second person already; let one of them be confirmed, or end it"}
    house.act(50, "unsilence", "wang", silence="s0")
    assert house.act(51, "silence", "wang", rule="smoke", reason="x", seconds=600)["ok"]


def test_a_test_reaches_everybody_by_each_channel_three_times_a_minute_at_the_most() -> None:
    house = House()
    for n in range(30):
        house.act(10 + n, "test", "wang")
    assert sent(house) == {"chen": 3, "zhao": 3, "desk": 3, "li": 6, "wang": 6}, "by each of their channels"
    house.deliver(42)
    assert house.act(45, "test", "wang", person="li")["why"] == "li was sent 3 test messages within the last minute"
    assert house.act(73, "test", "wang", person="li")["ok"]
    assert sent(house)["li"] == 8
