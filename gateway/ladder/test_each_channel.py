"""Every channel of every person is tried before it is needed, and news goes by the next one as alarms do."""

from gateway.health import report
from gateway.ladder.conftest import PEOPLE, House, site, who
from gateway.site import loads

ALONE = PEOPLE + 'people.gu = {role = "resident", homes = ["flat-2"]}\npeople.fitter = {role = "installer"}\n'
SECONDS = ("chen", "sms"), ("desk", "mail"), ("li", "push"), ("li", "sms"), ("wang", "mail"), ("wang", "sms"), ("zhao", "sms")


def ways(house: House, after: int = 0) -> list[tuple[str, str]]:
    return sorted((one["to"], one["channel"]) for one in house.letters[after:])


def rules(house: House) -> set[str]:
    return {alert.rule for alert in house.fold.engine.open()}


def test_a_test_message_goes_by_each_channel_of_each_person() -> None:
    house = House()
    assert house.act(10, "test", "wang")["ok"]
    assert ways(house) == list(SECONDS)
    assert {one["kind"] for one in house.letters} == {"test"}
    assert not house.act(11, "test", "wang", person="nobody")["ok"]


def test_a_test_that_fails_tells_of_its_own_channel_alone_and_is_no_call_that_reached_nobody() -> None:
    house = House(site(people=ALONE))
    house.act(10, "test", "wang")
    assert "gu" not in who(house.letters), "a resident without a channel hears the home's own voice"
    for letter in list(house.letters):
        house.report(12, letter, "failed" if letter["channel"] == "sms" else "delivered")
    house.wait(300)
    assert ways(house) == list(SECONDS), "each channel has had its own"
    assert "ladder-silent" not in rules(house)


def test_news_of_an_answer_goes_by_the_next_channel_when_the_first_one_fails() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    before = len(house.letters)
    house.act(20, "acknowledge", "wang", alert=house.incident.id)
    (news,) = (one for one in house.letters[before:] if one["to"] == "li")
    house.report(21, news, "failed", "500")
    assert (house.letters[-1]["to"], house.letters[-1]["channel"]) == ("li", "sms")
    assert house.letters[-1]["news"] == news["news"]
    house.report(22, house.letters[-1], "failed", "500")
    assert "ladder-silent" not in rules(house), "who was told of the fire was not left without a call"


def test_the_code_for_a_silence_goes_by_the_next_channel_when_the_first_fails() -> None:
    house = House()
    house.act(10, "silence", "desk", rule="smoke", reason="dust", seconds=600, life_safety=True)
    (asked,) = (one for one in house.letters if one["to"] == "wang")
    assert asked["channel"] == "sms"
    house.report(12, asked, "failed", "500")
    house.report(13, asked, "refused", "no such number")
    assert ways(house).count(("wang", "mail")) == 1


def test_what_joins_says_where() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    (news,) = {str(one["news"]["text"]) for one in house.node(12, "bedroom", smoke=1)}
    assert news == "bedroom"
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    (news,) = {str(one["news"]["text"]) for one in house.node(12, "kitchen", heat_alarm=1)}
    assert news == "", "its room was told already"


def test_a_trouble_of_the_gateway_says_whom_or_what_it_is_about() -> None:
    house = House()
    house.feed(report(10, "gateway:li", channel_missing=True))
    (page,) = [one for one in house.letters if one["to"] == "wang"]
    assert page["room"] == "li"
    house.feed(report(20, "gateway:chen", channel_missing=True))
    assert house.letters[-1]["news"]["text"] == "chen"
    house = House()
    house.feed(report(10, "gateway:platform", uplink_down=True))
    assert {one["room"] for one in house.wait(300) if one["to"] == "wang"} == {"platform"}


def test_a_sensor_without_a_room_is_named() -> None:
    nameless = site().text.replace("room = 'kitchen', ", "")
    house = House(loads(nameless))
    (page,) = [one for one in house.node(10, "kitchen", smoke=1) if one["to"] == "wang"]
    assert page["room"] == "kitchen-1"
