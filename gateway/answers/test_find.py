"""What a code leads to, at a whole fold: an alarm, a silence that waits for its second person, nothing any more."""

from collections.abc import Mapping

from gateway.answers.find import find
from gateway.answers.http import Request
from gateway.answers.page import Page
from gateway.clock import Clock
from gateway.ladder.conftest import PRESS, House
from gateway.site import Answers


def page_of(house: House) -> Page:
    async def act(said: Mapping[str, str]) -> None:
        rest = {key: value for key, value in said.items() if key not in ("verb", "actor", "via")}
        reply = house.act(house.fold.now, said["verb"], said["actor"], via=said["via"], proof=said["via"], **rest)
        if not reply["ok"]:
            raise ValueError(reply["why"])

    config = Answers("127.0.0.1", 0, "")
    return Page(config, "en", b"", clock=Clock(), find=lambda c: find(house.fold, c), act=act, seen=lambda _: None)


def pressed(path: str, **form: str) -> Request:
    return Request("POST", path, {}, form, {"host": "127.0.0.1"}, "127.0.0.1")


async def test_the_second_person_agrees_on_the_page() -> None:
    house = House()
    said = {"rule": "smoke", "home": "flat-1", "reason": "sanding <b>", "seconds": 1800}
    house.act(10, "silence", "wang", act_id="s1", **said)
    code = next(one["answer"]["code"] for one in house.letters if one["to"] == "desk")
    page = page_of(house)
    shown = (await page.answer(pressed("/look", code=code))).body
    assert all(text in shown for text in ("wang: sanding &lt;b&gt;", "Flat 1, Smoke", "For 30 minutes", "I agree"))
    assert (await page.answer(pressed("/answer", code=code, verb="acknowledge"))).status == 400
    assert "you agree" in (await page.answer(pressed("/answer", code=code, verb="confirm"))).body
    assert not house.fold.ladders.quiet.silences["s1"].waits
    assert (await page.answer(pressed("/look", code=code))).status == 404, "it waits for nobody any more"


async def test_the_code_of_an_alarm_is_good_until_it_is_over_and_not_after() -> None:
    house = House()
    letter = next(one for one in house.node(10, "kitchen", smoke=1) if one["to"] == "wang")
    page, code = page_of(house), letter["answer"]["code"]
    assert "Smoke" in (await page.answer(pressed("/look", code=code))).body
    assert (await page.answer(pressed("/answer", code=code, verb="confirm"))).status == 400
    house.node(20, "kitchen", smoke=0)
    house.wait(400)
    assert house.act(401, "reset", "wang", alert=letter["incident"])["ok"]
    assert (await page.answer(pressed("/answer", code=code, verb="acknowledge"))).status == 404


async def test_a_resident_reads_what_is_for_residents_and_a_carer_what_is_for_carers() -> None:
    house = House()
    codes = {one["to"]: one["answer"].get("code") for one in house.node(10, "button", button=PRESS)}
    page = page_of(house)
    assert "Stay calm" in (await page.answer(pressed("/look", code=codes["chen"]))).body
    shown = (await page.answer(pressed("/look", code=codes["li"]))).body
    assert "Contact the resident now" in shown
    assert "Stay calm" not in shown
