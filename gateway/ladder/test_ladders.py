"""Ladders at work: who is told when, what ends that, and what is never swallowed or said twice."""

import pytest

from drivers.reading import Frame
from gateway.health import report
from gateway.hub import checkpoint
from gateway.ladder.conftest import PEOPLE, House, site, who


def pages(letters: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(one["to"], one["channel"]) for one in letters if one["kind"] in ("page", "question", "digest")]


# -- life-safety ---------------------------------------------------------------------------------------------------


def test_smoke_climbs_from_the_voice_to_the_duty_desk_and_begins_again() -> None:
    house = House()
    assert pages(house.node(10, "kitchen", smoke=1)) == [
        ("home:flat-1", "voice"), ("chen", "sms"), ("li", "push"), ("wang", "sms"),
    ]  # fmt: skip
    house.deliver(11)
    assert pages(house.wait(39)) == []
    assert pages(house.wait(41)) == [("zhao", "sms")]
    assert pages(house.wait(71)) == [("desk", "mail")]
    house.deliver(72)
    assert house.wait(189) == []
    assert who(house.wait(191)) == ["chen", "li", "wang"]  # again, two minutes after the last step
    assert house.incident.round == 2


def test_a_page_says_all_that_somebody_needs_to_act() -> None:
    house = House()
    page = next(one for one in house.node(10, "kitchen", smoke=1) if one["to"] == "li")
    assert (page["kind"], page["step"], page["severity"]) == ("page", "everyone", "emergency")
    assert (page["home"], page["home_title"], page["room"]) == ("flat-1", "Flat 1", "kitchen")
    assert page["title"]["zh"] == "烟雾报警"
    assert page["advice"]["en"].startswith("Leave now")
    assert page["since"] == 1_800_000_010.0
    assert page["time_quality"] == "synced"
    assert page["once"] is False
    assert page["told"] == ["chen"]
    assert page["answer"]["code"].isdecimal()
    assert len(page["answer"]["code"]) == 4
    assert page["evidence"][0] | {"at": 0} == {"device": "kitchen-1", "room": "kitchen", "point": "smoke", "value": True, "at": 0}
    codes = {one["answer"]["code"] for one in house.letters if one["answer"]}
    assert len(codes) == 3  # each person has one of their own


def test_the_duty_desk_hears_of_it_by_the_uplink_even_where_nobody_is_configured() -> None:
    house = House(site(people="", spoken=""))
    house.node(10, "kitchen", smoke=1)
    house.wait(71)
    desk = [message for out in house.outs for message in out.messages if b'"kind":"page"' in message.body]
    assert [(message.to, message.lane) for message in desk] == [("platform", 0)]
    assert house.letters == []


# -- answers -------------------------------------------------------------------------------------------------------


def test_an_answer_ends_the_ladder_and_everybody_told_hears_of_it() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    before = len(house.letters)
    assert house.act(20, "acknowledge", "li", alert=house.incident.id, via="link")["ok"]
    news = house.letters[before:]
    assert who(news) == ["home:flat-1", "chen", "wang"]
    assert {one["kind"] for one in news} == {"follow-up"}
    assert news[0]["news"] == {"what": "answered", "who": "li", "text": ""}
    assert house.wait(4000) == []
    answer = house.incident.answer
    assert (answer.actor, answer.role, answer.via, answer.at) == ("li", "carer", "link", 20)


def test_nothing_acknowledged_pages_again_after_a_restart_or_a_reload() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.act(20, "acknowledge", "li", alert=house.incident.id)
    house.deliver(21)
    before = len(house.letters)
    house.restart(600)
    house.wait(2000)
    other = site(more='homes.flat-9 = {title = "Flat 9"}\n')
    house.fold.configs[other.hash] = other.text
    house.feed(Frame("config", 2001, other.hash.encode()))
    house.wait(9000)
    assert house.letters[before:] == []
    assert house.incident.answered


def test_two_answer_at_once_and_both_are_kept() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    incident = house.incident.id
    assert house.act(20, "acknowledge", "li", alert=incident)["ok"]
    before = len(house.letters)
    assert house.act(20, "acknowledge", "wang", alert=incident)["ok"]
    assert [answer.actor for answer in house.incident.answers] == ["wang", "li"]
    assert house.incident.answer.actor == "li"  # the first one's answer holds
    assert [(one["to"], one["news"]["who"]) for one in house.letters[before:]] == [
        ("home:flat-1", "wang"), ("chen", "wang"), ("li", "wang"),
    ]  # fmt: skip


def test_an_answer_after_the_next_step_began_is_an_answer() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    house.wait(45)  # the neighbour was told
    house.deliver(46)
    assert house.act(50, "acknowledge", "li", alert=house.incident.id)["ok"]
    assert "zhao" in who([one for one in house.letters if one["kind"] == "follow-up"])
    assert pages(house.wait(4000)) == []


def test_a_late_answer_to_what_is_over_is_refused_with_the_reason_and_recorded() -> None:
    house = House()
    page = next(one for one in house.node(10, "kitchen", smoke=1) if one["to"] == "li")
    house.node(100, "kitchen", smoke=0)
    assert house.act(120, "reset", "wang", alert=page["incident"])["ok"]
    late = house.act(300, "acknowledge", "", code=page["answer"]["code"], via="chat")
    assert (late["ok"], late["why"]) == (False, "it is over already")
    assert house.record("act")[-1]["refused"] == "it is over already"


def test_a_code_answers_for_its_owner_alone() -> None:
    house = House()
    page = next(one for one in house.node(10, "kitchen", smoke=1) if one["to"] == "li")
    code = page["answer"]["code"]
    assert house.act(20, "acknowledge", "wang", code=code)["why"] == "this code was given to somebody else"
    assert house.act(21, "acknowledge", "", code="0000")["why"] == "no message has this code"
    assert house.act(22, "acknowledge", "", code=code, via="sms")["ok"]
    assert house.incident.answer[:3] == ("li", "carer", "sms")


def test_a_residents_word_alone_does_not_end_the_help_for_smoke() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    assert house.act(20, "acknowledge", "chen", alert=house.incident.id)["ok"]
    assert not house.incident.answered
    assert pages(house.wait(41)) == [("zhao", "sms")]
    assert not house.act(45, "reset", "chen", alert=house.incident.id)["ok"]


def test_the_same_act_twice_is_done_once() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    for at in (20, 21):
        assert house.act(at, "acknowledge", "li", alert=house.incident.id, act_id="same")["ok"]
    assert len(house.incident.answers) == 1
    assert len(house.record("act")) == 1


def test_a_visit_is_an_answer_and_a_figure() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    assert house.act(30, "visit", "zhao", alert=house.incident.id, found="false")["ok"]
    assert house.incident.answered
    assert house.fold.ladders.visits == {"smoke": {"false": 1}}
    assert house.letters[-1]["news"] == {"what": "visited", "who": "zhao", "text": "false"}


# -- incidents -----------------------------------------------------------------------------------------------------


def test_one_fire_seen_by_three_is_one_incident_with_three_pieces_of_evidence() -> None:
    house = House()
    first = house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    house.node(15, "bedroom", smoke=1)
    house.node(16, "kitchen", heat_alarm=1)
    incident = house.incident
    assert len(incident.pieces) == 3
    assert incident.rooms(house.fold.ladders.setting.directory) == ["kitchen", "bedroom"]
    told = house.letters[len(first) :]
    assert {one["kind"] for one in told} == {"follow-up"}
    assert {one["news"]["what"] for one in told} == {"also"}
    assert len(told) == 4  # each of those who know, once
    events = [message.body for out in house.outs for message in out.messages if b'"kind":"alert"' in message.body]
    assert len(events) == 3
    assert all(f'"incident":"{incident.id}"'.encode() in body for body in events)


def test_a_second_cause_in_the_same_home_is_told_beside_and_not_swallowed() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    gas = house.node(20, "kitchen", gas_alarm=1)
    assert ("li", "push") in pages(gas)
    assert gas[0]["beside"][0]["title"]["en"] == "Smoke"
    assert len(house.fold.ladders.registry.open) == 2


def test_a_condition_that_returns_after_an_old_answer_begins_anew() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.act(20, "acknowledge", "li", alert=house.incident.id)
    house.node(60, "kitchen", smoke=0)
    soon = house.node(150, "kitchen", smoke=1)  # li is on the way and hears of it, nobody else
    assert [(one["to"], one["news"]["what"]) for one in soon] == [("li", "also")]
    house.node(160, "kitchen", smoke=0)
    assert len(pages(house.node(600, "kitchen", smoke=1))) == 4
    assert house.record("anew")[-1]["why"] == "also"


def test_the_same_trouble_in_many_homes_at_once_is_one_incident() -> None:
    house = House(site(40))
    for home in range(1, 41):
        house.node(10 + home / 10, "kitchen", home, tamper=1)
    house.wait(20)
    assert len(house.fold.ladders.registry.open) == 1
    assert len(house.incident.homes) == 40
    assert house.incident.home == ""
    assert len(who(house.wait(100))) <= 4


def test_fires_in_many_homes_stay_as_many_incidents() -> None:
    house = House(site(8))
    for home in range(1, 9):
        house.node(10 + home / 10, "kitchen", home, smoke=1)
    assert len(house.fold.ladders.registry.open) == 8


# -- hand-on -------------------------------------------------------------------------------------------------------


def test_a_message_that_nobody_confirms_goes_to_the_next_channel_after_a_minute() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    page = next(one for one in house.letters if one["to"] == "li")
    later = [one for one in house.wait(71) if one["to"] == "li"]
    assert [(one["channel"], one["replaces"]) for one in later] == [("sms", page["id"])]


@pytest.mark.parametrize("state", ["failed", "refused"])
def test_one_that_fails_goes_there_at_once(state: str) -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    page = next(one for one in house.letters if one["to"] == "wang")
    house.report(12, page, state, "no such number")
    assert (house.letters[-1]["to"], house.letters[-1]["channel"]) == ("wang", "mail")
    assert house.record(state)[-1]["why"] == "no such number"


def test_no_channel_left_is_a_silent_step_and_a_trouble_until_somebody_hears() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    for page in list(house.letters):
        house.report(12, page, "refused" if page["to"] == "chen" else "delivered")
    assert [entry["to"] for entry in house.record("silent")] == ["chen"]
    rules = [alert.rule for alert in house.fold.engine.open()]
    assert "ladder-silent" in rules
    for at in (45, 75, 200):  # the next round comes to chen as well
        house.wait(at - 1)
        house.deliver(at)
    assert "ladder-silent" not in [alert.rule for alert in house.fold.engine.open()]


def test_delivered_seen_and_answered_are_three_things() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    page = next(one for one in house.letters if one["to"] == "li")
    assert house.report(12, page, "delivered").n
    assert not house.report(13, page, "delivered").n  # no news
    assert house.report(14, page, "seen").n
    assert not house.report(15, page, "failed").n
    assert not house.incident.answered
    assert [entry["kind"] for entry in house.record("delivered", "seen", "failed")] == ["delivered", "seen"]


def test_what_was_told_again_meanwhile_is_handed_on_once() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.wait(191)  # the second round has begun, and nothing was confirmed
    before = len(house.letters)
    house.restart(600)
    handed = [(one["to"], one["channel"]) for one in house.letters[before:] if "replaces" in one]
    assert handed.count(("li", "sms")) == 1
    assert len(handed) == len(set(handed))


def test_what_is_answered_is_not_sent_as_if_it_were_now() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    page = next(one for one in house.letters if one["to"] == "wang")
    assert house.fold.ladders.wanted(page["id"])
    house.act(20, "acknowledge", "li", alert=house.incident.id)
    assert not house.fold.ladders.wanted(page["id"])
    assert house.fold.ladders.wanted(house.letters[-1]["id"])  # the news of the answer
    assert not house.fold.ladders.wanted("never-sent")


# -- restarts ------------------------------------------------------------------------------------------------------


def test_a_gateway_that_was_down_takes_every_step_it_missed_once_and_in_order() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    before = len(house.letters)
    house.restart(3600)
    assert who(house.letters[before:]) == ["zhao"]  # its 30 s for an answer run from here
    assert who(house.wait(house.fold.now + 30)) == ["desk"]
    assert [entry["step"] for entry in house.record("step")] == ["voice", "everyone", "neighbour", "duty"]


def test_what_came_true_while_the_gateway_was_down_begins_its_ladder_when_it_is_back() -> None:
    house = House()
    house.node(10, "kitchen", co_ppm=60)
    assert house.letters == []
    house.restart(3 * 3600)
    assert house.record("begun")
    pages = [(one["to"], one["channel"]) for one in house.letters if one["kind"] == "page"]
    assert pages, "it is told at once"
    assert len(pages) == len(set(pages)), "and once"
    assert {entry["step"] for entry in house.record("step")} <= {"voice", "everyone"}
    assert "zhao" in who(house.wait(house.fold.now + 30)), "whose help is asked for when nobody has answered"


def test_a_restart_in_the_middle_changes_nothing_that_people_see() -> None:
    def story(*, killed: bool) -> list[object]:
        house = House()
        house.node(10, "kitchen", smoke=1)
        house.deliver(11)
        for at in (25.0, 45.0, 65.0, 100.0):
            house.wait(at)
            if killed:
                house.restart(0.0)
        house.wait(400)
        return [(one["to"], one["channel"], one["kind"], one["step"], one["at"]) for one in house.letters]

    assert story(killed=True) == story(killed=False)
    assert len(story(killed=False)) > 12


def test_the_checkpoint_holds_every_part_of_the_state() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.act(12, "silence", "wang", home="flat-2", reason="painters", seconds=3600)
    house.act(13, "walk-test", "wang", home="flat-2")
    house.act(14, "visit", "li", alert=house.incident.id, found="real")
    house.node(15, "button", button=1)
    before = house.fold.ladders
    rows = {key: row for key, row in checkpoint.changed(house.fold).items() if row is not None}
    house._rows = rows
    house.restart(0.0)
    after = house.fold.ladders
    assert after.quiet.row() == before.quiet.row()
    assert after.walks.row() == before.walks.row()
    assert after.buttons.row() == before.buttons.row()
    assert after.post.codes.row() == before.post.codes.row()
    assert after.visits == before.visits == {"smoke": {"real": 1}}
    assert after.done == before.done
    assert [one.row() for one in after.registry.open.values()] == [one.row() for one in before.registry.open.values()]
    assert {key: one.row() for key, one in after.post.sent.items()} == {key: one.row() for key, one in before.post.sent.items()}


def test_somebody_who_left_the_site_is_no_trouble_for_ever() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    page = next(one for one in house.letters if one["to"] == "chen")
    house.report(12, page, "refused")
    house.feed(report(13, "gateway:chen", channel_missing=True))
    rules = {alert.rule for alert in house.fold.engine.open()}
    assert {"ladder-silent", "no-channel"} <= rules
    without = site(people="".join(line for line in PEOPLE.splitlines(keepends=True) if not line.startswith("people.chen")))
    house.fold.configs[without.hash] = without.text
    house.feed(Frame("config", 14, without.hash.encode()))
    for letter in [one for one in house.letters if one["to"] == "chen"]:
        house.report(15, letter, "failed")
    house.wait(30)
    assert not {alert.rule for alert in house.fold.engine.open()} & {"ladder-silent", "no-channel"}
    assert "chen" not in who(house.wait(400))
    assert "wang" in who(house.wait(400) + house.letters), "the others go on being told"
