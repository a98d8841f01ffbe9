"""Two persons for a silence of life-safety: one login, whoever it says it is, is never both of them."""

import json
from typing import Any

import pytest

from drivers.reading import Frame
from gateway.ladder.conftest import PEOPLE, WALL, House, site, who

OWN = """
people.wang-2 = {title = "Wang", role = "property", login = "wangw", channels = ["sms"]}
people.li-2 = {role = "carer", homes = ["flat-1"], channels = ["sms"], login = "lili"}
"""
VOUCHES = 'uplinks.town = {type = "mqtt", host = "127.0.0.1", vouches = true}\n'
SILENCE = {"rule": "smoke", "home": "flat-1", "reason": "sanding", "seconds": 3600}


def house() -> House:
    return House(site(people=PEOPLE + OWN + VOUCHES))


def ask(one: House, at: float, actor: str, proof: str, **more: Any) -> dict[str, Any]:
    return one.act(at, "silence", actor, **{**SILENCE, "act_id": "s1", "proof": proof, **more})


def codes(one: House) -> dict[str, str]:
    """Who got which code to confirm with."""
    asked = [letter for letter in one.letters if letter.get("news", {}).get("what") == "silence-asked"]
    return {letter["to"]: letter["answer"]["code"] for letter in asked}


def begun(one: House) -> bool:
    return not one.fold.ladders.quiet.silences["s1"].waits


def test_one_login_that_says_it_is_two_persons_silences_nothing() -> None:
    one = house()
    for at, actor in enumerate(("wang", "desk", "li", "wang-2", "li-2", "root", "somebody"), 12):
        if at == 12:
            assert ask(one, 11, actor, "socket pi")["ok"]
        reply = one.act(at, "confirm", actor, silence="s1", proof="socket pi")
        assert not reply["ok"], actor
    assert not begun(one)
    assert "li" in who(one.node(20, "kitchen", smoke=1))


def test_a_login_of_ones_own_is_one_person_whoever_it_says_it_is() -> None:
    one = house()
    assert ask(one, 11, "desk", "socket wangw")["ok"]
    for at, actor in enumerate(("wang", "wang-2", "li"), 12):
        assert "second person" in one.act(at, "confirm", actor, silence="s1", proof="socket wangw")["why"]
    assert one.act(20, "confirm", "li-2", silence="s1", proof="socket lili")["ok"]
    assert begun(one)


def test_on_a_login_that_several_share_each_proves_themselves_by_their_code() -> None:
    one = house()
    assert ask(one, 11, "wang", "socket pi")["ok"]
    got = codes(one)
    assert {"wang", "desk"} <= got.keys()
    assert len(set(got.values())) == len(got)
    assert one.act(12, "confirm", "", code=got["wang"], proof="socket pi")["ok"]
    assert not begun(one), "that is the one who asked"
    assert "second person" in one.act(13, "confirm", "", code=got["wang"], proof="socket pi")["why"]
    assert "somebody else" in one.act(14, "confirm", "li", code=got["desk"], proof="socket pi")["why"]
    assert one.act(15, "confirm", "", code=got["desk"], proof="socket pi")["ok"]
    assert begun(one)
    assert "there is no" in one.act(16, "confirm", "", code=got["desk"], silence="s9")["why"]


def test_who_asks_in_anothers_name_does_not_confirm_with_their_own_code() -> None:
    one = house()
    ask(one, 11, "desk", "socket pi")  # it is Wang who says so
    assert one.act(12, "confirm", "", code=codes(one)["wang"], proof="socket pi")["ok"]
    assert not begun(one)


def test_a_code_of_an_alarm_confirms_no_silence_and_the_other_way_round() -> None:
    one = house()
    page = next(one_ for one_ in one.node(10, "kitchen", smoke=1) if one_["to"] == "wang")
    ask(one, 11, "li-2", "socket lili")
    assert "not" in one.act(12, "confirm", "", code=page["answer"]["code"], silence="s1")["why"]
    assert not one.act(13, "acknowledge", "", code=codes(one)["wang"])["ok"]
    assert not begun(one)
    assert not one.incident.answered


def test_a_platform_is_one_login_unless_the_site_says_that_it_vouches() -> None:
    one = house()
    ask(one, 11, "desk 7", "platform platform")
    assert "proven" in one.act(12, "confirm", "desk 8", silence="s1", proof="platform platform")["why"]
    assert one.act(13, "confirm", "", code=codes(one)["wang"], proof="platform platform")["ok"]
    assert not begun(one)
    two = house()
    ask(two, 11, "desk 7", "platform town")
    assert "second person" in two.act(12, "confirm", "desk 7", silence="s1", proof="platform town")["why"]
    assert two.act(13, "confirm", "desk 8", silence="s1", proof="platform town")["ok"]
    assert begun(two)


@pytest.mark.parametrize("ended", ["unsilence", "too late"])
def test_a_code_is_good_for_this_silence_alone(ended: str) -> None:
    one = house()
    ask(one, 11, "wang", "socket wangw")
    code = codes(one)["desk"]
    if ended == "unsilence":
        one.act(12, "unsilence", "li", silence="s1")
    one.wait(700)
    assert not one.act(701, "confirm", "", code=code)["ok"]
    ask(one, 702, "wang", "socket wangw", act_id="s2")
    assert not one.act(703, "confirm", "", code=code)["ok"]
    assert one.fold.ladders.quiet.silences["s2"].waits


def test_who_agreed_is_remembered_over_a_restart() -> None:
    one = house()
    ask(one, 11, "wang", "socket pi")
    got = codes(one)
    one.act(12, "confirm", "", code=got["wang"])
    one.restart(5)
    assert "second person" in one.act(20, "confirm", "", code=got["wang"])["why"]
    assert one.act(21, "confirm", "", code=got["desk"])["ok"]
    assert begun(one)


def test_codes_cannot_be_worked_out_from_what_anybody_may_know() -> None:
    """Names, times, ids, the store's epoch: all of it stands in messages and in `anju status`."""
    got = []
    for secret in ("a" * 32, "b" * 32):
        one = house()
        boot = {"gateway": "g", "epoch": "e" * 16, "life": "1" * 8, "deaf": 0.0, "offset": WALL, "synced": True}
        one.feed(Frame("boot", 0.0, json.dumps({**boot, "secret": secret}).encode()))
        ask(one, 11, "wang", "socket pi")
        got.append(codes(one))
        one.restart(1)
        assert one.act(20, "confirm", "", code=got[-1]["wang"])["ok"]
        told = [message.body for out in one.outs for message in out.messages]
        entries = [entry.body for out in one.outs for entry in out.entries]
        assert all(secret not in str(text) for text in (*told, *entries))
    assert not set(got[0].values()) & set(got[1].values())


def test_a_walk_test_that_is_begun_again_and_again_ends_each_time() -> None:
    """Else one person alone keeps the alarms of a home from everybody, hour by hour."""
    one = House()
    one.act(10, "walk-test", "wang", home="flat-1", seconds=3600)
    assert one.node(20, "kitchen", smoke=1) == []
    assert one.act(3000, "walk-test", "wang", home="flat-1", seconds=3600)["ok"]
    assert "li" in who(one.letters), "it still burns: that is no test"


def test_wrong_codes_are_tried_slowly_by_whichever_way_they_come() -> None:
    one = house()
    ask(one, 11, "li-2", "socket lili")
    right = codes(one)["wang"]
    wrong = [str(n) for n in range(1_000, 1_100) if str(n) not in codes(one).values()]
    heard = [one.act(12 + n / 100, "confirm", "", code=code, proof="socket eve")["why"] for n, code in enumerate(wrong)]
    assert sum("no message" in why for why in heard) == 10
    assert sum("too many wrong codes" in why for why in heard) == 90
    assert "too many" in one.act(14, "confirm", "", code=right, proof="socket eve")["why"], "a hit tells nothing either"
    one.restart(1)
    assert "too many" in one.act(16, "confirm", "", code=right, proof="socket eve")["why"]
    assert one.act(17, "confirm", "", code=right, proof="socket pi")["ok"], "who guesses keeps nobody else from it"
    assert begun(one)
