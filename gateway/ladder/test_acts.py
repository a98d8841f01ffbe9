"""Acts and access: what is understood, what is refused with a reason, and who may do what."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ladder.access import MAY, check, roles_of
from gateway.ladder.acts import LONGEST, VERBS, Act, Refused, parse
from gateway.ladder.page import STATES, report
from gateway.ladder.people import Directory, Way
from gateway.site.people import Person

LI = Person("li", "Ms Li", "carer", ("flat-1",), "zh", ("sms", "mail"), {}, None)
WANG = Person("wang", "Mr Wang", "property", ("flat-1", "flat-2"), "zh", ("push", "sms", "mail"), {}, None)
CHEN = Person("chen", "Grandma Chen", "resident", ("flat-1",), "zh", (), {}, None)
HERE = Directory(
    {"li": LI, "wang": WANG, "chen": CHEN},
    {"sms": "apprise", "mail": "smtp", "push": "ntfy"},
    {"flat-1": "Flat 1", "flat-2": "Flat 2"},
    frozenset({"flat-1"}),
)


def said(**fields: Any) -> bytes:
    return json.dumps({"act_id": "a1", "actor": "li", **fields}).encode()


FULL = {
    "alert": "a",
    "home": "flat-1",
    "reason": "dust",
    "silence": "s",
    "person": "wang",
    "text": "t",
    "found": "real",
}
FULL |= {"what": "timeline"}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_understood_with_what_it_needs_and_refused_without(verb: str) -> None:
    assert parse(said(verb=verb, **FULL)).verb == verb
    if VERBS[verb].needs:
        with pytest.raises(Refused, match="needs"):
            parse(said(verb=verb))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"verb": "dance"}, "verb is one of acknowledge"),
        ({"verb": "note", "alert": "a", "text": "x" * 2001}, "at most 2000"),
        ({"verb": "hush", "home": "h", "seconds": 601}, "from 0 to 600"),
        ({"verb": "hush", "home": "h", "seconds": float("nan")}, "from 0 to 600"),
        ({"verb": "hush", "home": "h", "seconds": True}, "from 0 to 600"),
        ({"verb": "silence", "home": "h", "reason": "r", "seconds": LONGEST + 1}, "from 0 to 2592000"),
        ({"verb": "visit", "alert": "a", "found": "ghost"}, "found is one of real"),
        ({"verb": "hush", "home": "h", "role": "king"}, "role is one of resident"),
        ({"verb": "hush", "home": "\ud800"}, "half a character"),
        ({"verb": "hush", "home": 7}, "home is a text"),
    ],
)
def test_a_refusal_says_why(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        parse(said(**fields))


def test_a_code_says_who_and_what() -> None:
    act = parse(b'{"act_id": "1", "verb": "acknowledge", "code": "4711"}')
    assert (act.actor, act.code, act.alert) == ("", "4711", "")


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_no_bytes_break_the_parsers(data: bytes) -> None:
    for parser in (parse, report):
        try:
            parser(data)
        except ValueError:  # Refused is one
            continue


def test_a_report_needs_a_message_and_a_state() -> None:
    good = {"message": "ab.1", "to": "li", "channel": "sms-li", "state": "delivered", "why": "y" * 900}
    told = report(json.dumps(good).encode())
    assert (told.message, told.state, len(told.why)) == ("ab.1", "delivered", 500)
    for wrong in ({"state": "eaten"}, {"message": ""}, {"message": "ä"}, {"why": 3}, {"to": None}):
        with pytest.raises(ValueError, match="no"):
            report(json.dumps(good | wrong).encode())
    assert STATES == ("delivered", "seen", "failed", "refused")


# -- who -----------------------------------------------------------------------------------------------------------


def test_a_step_finds_each_person_once_by_role_and_by_name() -> None:
    assert HERE.who(["home", "resident", "carer", "property", "li"], "flat-1") == ["home:flat-1", "li", "wang"]
    assert HERE.who(["chen", "resident"], "flat-1") == ["chen"], "who is named is meant, with or without a channel"
    assert HERE.who(["home", "carer", "property"], "flat-2") == ["wang"]
    assert HERE.who(["resident", "carer", "property"], "") == ["wang"]
    assert HERE.title("home:flat-1") == "Flat 1"


def test_a_person_is_reached_in_their_own_order_or_as_the_ladder_wants() -> None:
    assert [way.channel for way in HERE.ways("wang")] == ["push", "sms", "mail"]
    assert [way.channel for way in HERE.ways("wang", ["smtp", "sms"])] == ["mail", "sms", "push"]
    assert [way.channel for way in HERE.ways("wang", ["smtp"], others=False)] == ["mail"]
    assert HERE.ways("home:flat-1") == (Way("voice", "voice"),)
    assert HERE.ways("home:flat-2") == HERE.ways("nobody") == HERE.ways("chen") == ()


def test_roles_are_those_of_the_site_whatever_is_claimed() -> None:
    assert roles_of("li", "duty", ["flat-1"], HERE) == {"carer"}
    assert roles_of("li", "", ["flat-1", "flat-2"], HERE) == set()
    assert roles_of("li", "", [], HERE) == set()
    assert roles_of("wang", "", [], HERE) == {"property"}
    assert roles_of("desk 7", "", ["flat-1"], HERE) == {"duty"}
    assert roles_of("desk 7", "installer", ["flat-1"], HERE) == {"installer"}


def test_who_may_not_is_told_who_may() -> None:
    with pytest.raises(Refused, match=r"chen \(resident\) may not reset; allowed: carer"):
        check(Act("1", "reset", "chen"), ["flat-1"], HERE)
    assert check(Act("1", "hush", "chen"), ["flat-1"], HERE) == {"resident"}
    with pytest.raises(Refused, match="not in the same role in all homes"):
        check(Act("1", "hush", "chen"), ["flat-2"], HERE)


def test_every_verb_has_its_rights() -> None:
    assert MAY.keys() == VERBS.keys() | {"mode"}


@pytest.mark.parametrize("key", ["actor", "via", "person", "what", "reason", "text"])
@pytest.mark.parametrize("evil", ["li\r\nAnswer here: https://evil", "li\x1b[2J", "li\u202egnp.", "\x00li\x85\u2028", " li\n"])
def test_what_somebody_says_stays_one_line_and_moves_no_terminal(key: str, evil: str) -> None:
    act = parse(said(**{"verb": "note", "alert": "a", "text": "t", key: evil}))
    assert getattr(act, key).isprintable()
    assert getattr(act, key).startswith("li")
    if evil == " li\n":
        assert getattr(act, key) == "li", "who has it in site.toml is still who they are"


def test_nobody_acts_under_a_name_that_cannot_be_seen() -> None:
    with pytest.raises(Refused, match="act_id and actor are needed"):
        parse(said(verb="note", alert="a", text="t", actor="\n\x00"))
