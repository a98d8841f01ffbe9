"""docs/mqtt.md says of every message what it really holds: no field is missing there, and none is told that isn't sent."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from drivers.captures import load as captures
from drivers.reading import Frame
from gateway.clock import Clock
from gateway.hub import mode_act
from gateway.hub.boot import boot
from gateway.hub.conftest import say
from gateway.hub.messages import Moment, as_sent, home_body, whole_body
from gateway.hub.mode_act import Wanted
from gateway.hub.standing import IMPAIRS
from gateway.hub.suspects import Suspects
from gateway.ladder.acts import REMEMBERED, VERBS, Act, parse
from gateway.site import load
from gateway.store.message import LANES
from gateway.uplink.anju import HEARTBEAT, VERSION, Profile
from gateway.uplink.commands import BIGGEST, CALLS
from gateway.uplink.mqtt import SESSION, URGENT

ROOT = Path(__file__).parents[1]
FILE = json.loads((ROOT / "docs/asyncapi.json").read_text(encoding="utf-8"))
SCHEMAS = FILE["components"]["schemas"]
DOCUMENT = (ROOT / "docs/mqtt.md").read_text(encoding="utf-8")
WIRES = [one.wire for one in captures((ROOT / "drivers/frames/node.toml").read_text(encoding="utf-8"))]
SITE = """
gateway = {id = "g", site = "s"}
homes.flat = {share = ["temperature_c"]}
ports.line = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
devices.kitchen = {home = "flat", port = "line", address = "a1b2c3d4"}
uplinks.platform = {type = "mqtt", host = "127.0.0.1"}
""" + "".join(
    f"homes.n-{n} = {{building = '3'}}\ndevices.n-{n} = {{home = 'n-{n}', port = 'line', address = '0000000{n}'}}\n"
    for n in range(1, 5)
)
MODE = {"act_id": "m", "verb": "mode", "actor": "Wang", "home": "flat", "mode": "away", "seconds": 60, "armed": True}
KINDS = {"alert", "walk-test", "page", "merged", "report", "act", "answered", "mode", "config", "gap", "home", "state", "reply"}
HOME = {
    "home": "flat",
    "title": "Flat",
    "building": "",
    "present": True,
    "protected": False,
    "since": 1.0,
    "why": [{"cause": "walk-test", "rule": "walk-test", "device": "", "since": 1.0, "gateway_since": 1.0}],
    "batteries": [{"device": "kitchen", "due": 2.0}],
}
COMMON = {"kind", "id", "seq", "at", "gateway_at", "time_quality", "replay"}
SAID = {"device", "rule", "silence", "person", "found", "what", "reason", "text", "seconds", "life_safety"}
MAYBE = {"alert": {"reopens"}, "walk-test": {"reopens"}, "act": SAID, "reply": {"left"}, "status": {"at", "gateway_at"}}
"""Fields that not every message of a kind has."""

Body = dict[str, Any]


def sections() -> dict[str, set[str]]:
    """Heading -> the fields in the table under it."""
    parts = re.split(r"^###? (.+)$", DOCUMENT, flags=re.MULTILINE)
    return {
        name: {word for row in re.findall(r"^\| ((?:`\w+` ?)+)\|", text, re.MULTILINE) for word in re.findall(r"\w+", row)}
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.fixture
async def told(tmp_path: Path) -> list[tuple[str, Body]]:
    """(topic, body) of what one gateway says of a day with everything in it."""
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    booted = await boot(load(tmp_path / "site.toml"), Clock(), Suspects(tmp_path / "suspects"))
    await booted.store.close()
    fold, out = booted.fold, list[tuple[str, Body]]()
    for made in (message for outcome in booted.outcomes for message in outcome.messages):
        out.append((made.topic, json.loads(as_sent(made.body, replay=False))))

    def take(port: str, data: bytes, after: float = 1) -> None:
        made = fold.handle(
            Frame(port, round(fold.now + after, 6), data)
        ).messages  # to the microsecond, as the clock says it
        for one in made:
            state = fold.teller.whole("kitchen") if one.topic.startswith("state/") else None
            out.append((one.topic, json.loads(as_sent(one.body, replay=False, state=state))))

    for wire in WIRES:
        for cut in wire.split(b"\0"):
            take("line", cut)
    for n in range(1, 5):
        take("line", say("ALARM", 1, node=n, boot=98, values={"flood": 1}))
    take("clock", json.dumps({"offset": 0.0, "synced": False, "deaf": 0.0}).encode(), after=10)
    call = next(body for _, body in out if body["kind"] == "alert" and body["rule"] == "emergency-call")
    take("clock", json.dumps({"offset": 0.0, "synced": False, "deaf": 0.0}).encode(), after=100)  # nobody answered
    take("clock", json.dumps({"offset": 0.0, "synced": False, "deaf": 30.0}).encode(), after=30)  # it was asleep
    for verb in ("acknowledge", "reset"):
        said = {"act_id": verb, "verb": verb, "actor": "Wang", "alert": call["alert"]}
        take("act", json.dumps(said).encode())
    take("mode", json.dumps(MODE).encode())
    (tmp_path / "site.toml").write_text(SITE.replace('share = ["temperature_c"]', "persons = 1"), encoding="utf-8")
    changed = load(tmp_path / "site.toml")
    fold.configs[changed.hash] = changed.text
    take("config", changed.hash.encode())
    rest = {"device": "kitchen", "reason": "dust", "text": "a note", "what": "w", "life_safety": True, "rule": "smoke"}
    rest |= {"person": "li", "found": "real"}
    take("act", json.dumps({"act_id": "s", "verb": "silence", "actor": "Wang", **rest}).encode())
    take("act", json.dumps({"act_id": "u", "verb": "unsilence", "actor": "Wang", "silence": "s"}).encode())
    take("act", json.dumps({"act_id": "w", "verb": "walk-test", "actor": "Wang", "home": "flat"}).encode())
    take("line", say("ALARM", 1, boot=99, button=1))
    return out


def test_every_field_of_every_message_stands_in_the_contract(told: list[tuple[str, Body]]) -> None:
    written = sections()
    seen: dict[str, set[str]] = {}
    for _, body in told:
        seen.setdefault(body["kind"], set()).update(body)
    assert set(seen) == KINDS
    assert "reopens" in written["alert"]
    assert written["In every body but `status` and `command`"] == COMMON
    for kind, names in seen.items():
        assert names - COMMON - MAYBE.get(kind, set()) == written[kind] - MAYBE.get(kind, set()), kind


def test_the_whole_state_of_a_device_stands_in_the_contract(told: list[tuple[str, Body]]) -> None:
    assert set(json.loads(whole_body(Moment(1.0, 0.0, True), "kitchen", "flat", {}))) == sections()["whole"]
    last = [body for topic, body in told if topic.startswith("state/")][-1]
    assert last["values"].items() < last["state"].items()  # what changed, and all there is


def stands() -> set[str]:
    """The fields of `home` beside what all have."""
    return sections()["home"]


def test_the_standing_of_a_home_is_told_alike_when_it_changes_and_when_it_is_told_again(
    told: list[tuple[str, Body]],
) -> None:
    whole = set(json.loads(home_body(Moment(1.0, 0.0, True), HOME)))
    assert whole == sections()["home-whole"] == stands() | (COMMON - {"id", "seq", "replay"})
    mine = [body for topic, body in told if topic == "home/flat"]
    assert [body["protected"] for body in mine] == [True, False], "a walk-test began"
    assert [one["rule"] for one in mine[-1]["why"]] == ["walk-test"]


def test_status_and_command_stand_in_the_contract() -> None:
    profile, written = Profile("s", "g", "0" * 16), sections()
    living = json.loads(profile.status(online=True, at=1.0, gateway_at=1.0))
    will = json.loads(profile.status(online=False))
    assert written["status"] == set(living)
    assert set(living) - set(will) == MAYBE["status"]
    assert written["command"] == {key.name for key in fields(Act)} - {"proof"}  # that is ours to say
    assert written["command about a mode"] == {*Wanted._fields, "verb"} == fields_in("modeCommand")
    check("modeCommand", MODE)
    assert mode_act.parse(json.dumps(MODE).encode()).armed
    said = dict.fromkeys(written["command"], "x") | {"verb": "hush", "role": "duty", "found": "real", "seconds": 5}
    assert parse(json.dumps(said).encode()).actor == "x"


def fields_in(name: str) -> set[str]:
    """What the AsyncAPI file says that a body of this kind holds, beside what all have."""
    return set(SCHEMAS[name]["properties"])


def check(kind: str, body: Body) -> None:
    """Against the AsyncAPI file: the right types, nothing missing, nothing that it doesn't tell."""
    schema = {"$ref": f"#/components/schemas/{kind}", "unevaluatedProperties": False, "components": FILE["components"]}
    Draft202012Validator(schema).validate(body)


def test_every_message_is_as_the_asyncapi_file_says(told: list[tuple[str, Body]]) -> None:
    profile = Profile("s", "g", "0" * 16)
    bodies = [("meter" if topic.startswith("meter/") else body["kind"], body) for topic, body in told]
    bodies.append(("status", json.loads(profile.status(online=True, at=1.0, gateway_at=1.0))))
    bodies.append(("status", json.loads(profile.status(online=False))))
    bodies.append(("home-whole", json.loads(home_body(Moment(1.0, 0.0, True), {key: HOME[key] for key in stands()}))))
    bodies.append(("whole", json.loads(whole_body(Moment(1.0, 0.0, True), "kitchen", "flat", {"tamper": True}))))
    for kind, body in bodies:
        check(kind, body)
    assert {kind for kind, _ in bodies} >= KINDS | {"status", "whole", "home-whole"}
    with pytest.raises(ValidationError):
        check("status", {"kind": "status", "online": "yes", "epoch": "", "expires_in": 1})
    with pytest.raises(ValidationError):
        check("whole", {**bodies[-1][1], "stranger": 1})


def test_the_asyncapi_file_and_the_document_name_the_same_fields_and_topics() -> None:
    written = sections()
    assert fields_in("head") == COMMON
    for kind in sorted(KINDS | {"home-whole", "whole", "status", "command", "question", "answer", "refused", "receipt"}):
        assert fields_in(kind) == written[kind], kind
    addresses = {one["address"].removeprefix("anju/v1/{site}/{gateway}/") for one in FILE["channels"].values()}
    rows = re.findall(r"^\| `([\w/]+)` \| (?:gateway|platform) ", DOCUMENT, re.MULTILINE)
    assert addresses == {row.replace("DEVICE", "{device}").replace("HOME", "{home}") for row in rows}
    assert set(SCHEMAS["command"]["properties"]["verb"]["enum"]) == set(VERBS)
    retained = {name: one["bindings"]["mqtt"].get("retain") for name, one in FILE["operations"].items()}
    assert retained == {"sayStatus": True, "sayEvent": False, "sayHome": True, "sayState": True, "sayMeter": True, "hearCommand": None,
                        "hearReceipt": None}  # fmt: skip


def test_the_board_and_the_questions_name_what_the_program_has() -> None:
    board = DOCUMENT.partition("## A board over many gateways")[2].partition("\n## ")[0]
    for rule in IMPAIRS:
        assert f"`{rule}`" in board, rule
    assert set(SCHEMAS["question"]["properties"]["call"]["enum"]) == set(CALLS)
    for call in CALLS:
        assert f"`{call}`" in DOCUMENT, call
        check("question", {"call": call})


def test_every_topic_and_whether_it_is_retained_stands_in_the_contract(told: list[tuple[str, Body]]) -> None:
    rows = dict(re.findall(r"^\| `([\w/]+)` \| \w+ \| (\w+)", DOCUMENT, re.MULTILINE))
    used = {topic.partition("/")[0] for topic, _ in told} | {"status", "command", "receipt"}
    assert {topic.partition("/")[0] for topic in rows} == used
    for topic, retained in rows.items():
        assert (retained == "yes") == Profile.retained(topic), topic
    assert f"`{VERSION}/SITE/GATEWAY/`" in DOCUMENT


def test_the_words_and_numbers_of_the_contract_are_the_programs() -> None:
    for word in (*VERBS, *LANES):
        assert f"`{word}`" in DOCUMENT, word
    for told_as in ("every 60 s", "the last 1,000", "16,384 bytes", "to 1 s", "for an hour"):
        assert told_as in DOCUMENT, told_as
    assert (HEARTBEAT, REMEMBERED, BIGGEST, URGENT, SESSION) == (60, 1_000, 16_384, 1.0, 3_600)
