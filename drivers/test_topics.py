"""Publications: what is kept, what comes again, and what a list of devices tells of their converters."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import shelly, tasmota, topic_map, topic_maps, zigbee2mqtt
from drivers.driver import BadFrame, Decoded, Driver, Memory
from drivers.table import BadMap
from drivers.topics import LONGEST, Publication, packed, pressed, unpacked

GENERIC = topic_map.shipped()[0]
PRESSES = (
    (zigbee2mqtt.DRIVER, "bed", '{"action":"single"}', '{"action":"double"}'),
    (tasmota.DRIVER, "stat/bed/RESULT", '{"Button1":{"Action":"SINGLE"}}', '{"Button1":{"Action":"DOUBLE"}}'),
    (
        shelly.DRIVER, "bed/events/rpc",
        '{"method":"NotifyEvent","params":{"events":[{"component":"input:0","event":"single_push","ts":1.5}]}}',
        '{"method":"NotifyEvent","params":{"events":[{"component":"input:0","event":"double_push","ts":2.5}]}}',
    ),
    (GENERIC, "sensors/bed", '{"button":"single"}', '{"button":"double"}'),
)


def decode(
    driver: Driver, topic: str, payload: str, memory: Memory, *, kept: bool = False, again: bool = False, number: int = 7
) -> Decoded:
    return driver.decode(driver.head(packed(Publication(topic, payload.encode(), kept, again, number))), memory)


@given(st.text(max_size=80).filter(lambda text: "\0" not in text), st.binary(max_size=200), st.booleans(), st.booleans(), st.integers(0, 65_535))
def test_what_was_packed_is_unpacked(topic: str, payload: bytes, kept: bool, again: bool, number: int) -> None:
    said = Publication(topic, payload, kept, again, number)
    try:
        data = packed(said)
    except UnicodeEncodeError:
        return  # no topic of MQTT either
    assert unpacked(data) == said


def test_a_payload_that_no_sensor_says_is_refused() -> None:
    with pytest.raises(BadFrame, match="more than a sensor says"):
        unpacked(packed(Publication("t", b" " * (LONGEST + 1))))


@pytest.mark.parametrize(("driver", "topic", "one", "other"), PRESSES)
def test_a_press_that_a_broker_brings_again_rings_once_and_another_press_rings(
    driver: Driver, topic: str, one: str, other: str
) -> None:
    first = decode(driver, topic, one, {})
    again = decode(driver, topic, one, first.memory, again=True)
    assert [value.quantity for value in first.values] == ["button"]
    assert (again.values, again.fresh) == ((), False)
    assert decode(driver, topic, one, first.memory).values == first.values  # pressed a second time, the number used again
    assert decode(driver, topic, one, first.memory, again=True, number=8).values == first.values  # the first copy never came
    second = decode(driver, topic, other, first.memory, number=8)
    assert second.fresh
    for number, word in ((7, one), (8, other)):  # both were underway when the connection died
        assert not decode(driver, topic, word, second.memory, again=True, number=number).fresh
    assert not decode(driver, topic, one, first.memory, kept=True).values


def test_a_press_that_a_shelly_of_the_first_generation_says_every_half_minute_rings_once() -> None:
    """It publishes all its topics anew, the last press with its count among them; a restart begins the count anew."""
    memory: Memory = {}

    def rings(topic: str, payload: str, *, kept: bool = False) -> list[object]:
        nonlocal memory
        decoded = decode(shelly.DRIVER, f"shellies/bed/{topic}", payload, memory, kept=kept, number=0)
        if decoded.fresh and decoded.values:  # as the hub does it
            memory = decoded.memory
        return [(value.value, value.nth) for value in decoded.values if value.quantity == "button"]

    once, twice, idle = (json.dumps({"event": word, "event_cnt": count}) for word, count in (("S", 1), ("S", 2), ("", 0)))
    assert rings("input_event/0", idle) == []
    assert rings("input_event/0", once) == [("press", 0)]
    for _ in range(100):
        assert rings("input_event/0", once) == []
        assert rings("relay/0", "on") == []
    assert rings("input_event/1", once) == [("press", 1)], "another of its buttons"
    assert rings("input_event/0", twice) == [("press", 0)]
    assert rings("input_event/0", once) == [("press", 0)], "it was restarted, and pressed"
    assert rings("input_event/0", idle) == []
    assert rings("input_event/0", once) == [("press", 0)], "it was restarted, said so, and was pressed"
    assert rings("input_event/0", '{"event":"S"}') == [("press", 0)], "without a count every word is a press"
    assert rings("input_event/0", '{"event":"S"}') == [("press", 0)]
    for number in range(100):
        rings(f"input_event/{number}", once)
    assert len(json.dumps(dict(memory))) < 1024


def test_what_is_remembered_of_presses_is_bounded() -> None:
    memory: Memory = {}
    for number in range(1, 500):
        memory = decode(zigbee2mqtt.DRIVER, "bed", '{"action":"single"}', memory, number=number).memory
    assert len(str(memory["events"])) < 600


def test_no_key_goes_into_a_memory() -> None:
    for driver, topic, one, _ in PRESSES:
        assert "key" not in decode(driver, topic, one, {"key": "00"}).memory


@pytest.mark.parametrize(
    ("word", "quantity", "value", "nth"),
    [
        ("single", "button", "press", 0), ("emergency", "button", "press", 0), ("SOS", "button", "press", 0),
        ("1_single", "button", "press", 0), ("2_hold", "button", "long_press", 1), ("double", "button", "double_press", 0),
        ("long_push", "button", "long_press", 0), ("single_left", "button", "press", 0), ("hold_release", "command", "hold_release", 0),
        ("on", "command", "on", 0), ("brightness_stop", "command", "brightness_stop", 0), ("arm_all_zones", "command", "arm_all_zones", 0),
        ("x" * 99, "button", "press", 0),
    ],
)  # fmt: skip
def test_presses_call_and_commands_to_lamps_do_not(word: str, quantity: str, value: str, nth: int) -> None:
    press = pressed(word)
    assert press is not None
    assert (press.quantity, press.value, press.nth) == (quantity, value, nth)


def _exposed(*exposes: dict[str, Any], name: str = "Box") -> bytes:
    device = {"friendly_name": name, "definition": {"model": "M1", "exposes": list(exposes)}}
    coordinator = {"friendly_name": "Coordinator", "type": "Coordinator", "definition": None}
    return packed(Publication("bridge/devices", json.dumps([coordinator, device]).encode(), kept=True))


def _known(*exposes: dict[str, Any]) -> Memory:
    frames, rest = zigbee2mqtt.cut(_exposed(*exposes))
    assert (len(frames), rest) == (1, b"")
    head = zigbee2mqtt.head(frames[0])
    assert head.address == "box"
    learned = zigbee2mqtt.decode(head, {})
    assert [value.quantity for value in learned.values] == ["model"]
    assert not zigbee2mqtt.decode(head, learned.memory).fresh
    return learned.memory


def test_the_exposes_say_what_the_words_and_units_of_a_converter_mean() -> None:
    binary = {"type": "binary", "name": "gas", "property": "gas", "value_on": "ALARM", "value_off": "NORMAL"}
    volt = {"type": "numeric", "property": "voltage", "unit": "V"}
    warm = {"type": "numeric", "property": "temperature", "unit": "°F"}
    nested = {"type": "switch", "features": [{"type": "binary", "property": "state", "value_on": 2, "value_off": 1}]}
    memory = _known(binary, volt, warm, nested)
    said = '{"gas":"ALARM","voltage":900,"temperature":68,"state":2}'
    values = {value.quantity: value.value for value in decode(zigbee2mqtt.DRIVER, "Box", said, memory).values}
    assert values == {"gas_alarm": True, "voltage_v": 900, "temperature_c": 20.0, "power_on": True}
    other = decode(zigbee2mqtt.DRIVER, "Box", '{"gas":"NORMAL","state":1}', memory).values
    assert {value.quantity: value.value for value in other} == {"gas_alarm": False, "power_on": False}
    assert not decode(zigbee2mqtt.DRIVER, "Box", '{"gas":"TESTING"}', memory).values


def test_a_list_of_devices_longer_than_any_sensors_word_is_read_too() -> None:
    many = [
        {"friendly_name": f"sensor {n}", "definition": {"model": "M", "exposes": [{"type": "numeric", "unit": "x" * 50, "property": "p"}]}}
        for n in range(800)
    ]  # fmt: skip
    data = packed(Publication("bridge/devices", json.dumps(many).encode()))
    assert len(data) > LONGEST
    frames, _ = zigbee2mqtt.cut(data)
    assert len(frames) == 800
    assert zigbee2mqtt.head(frames[799]).address == "sensor 799"


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.sampled_from(["friendly_name", "definition", "exposes", "features", "property", "type", "unit", "value_on", "value_off", "x"]), inner, max_size=6)))  # fmt: skip
def test_any_list_of_devices_is_survived(devices: object) -> None:
    frames, rest = zigbee2mqtt.cut(packed(Publication("bridge/devices", json.dumps([devices, devices]).encode())))
    assert rest == b""
    for frame in frames:
        zigbee2mqtt.decode(zigbee2mqtt.head(frame), {})


def test_whether_the_bridge_itself_is_up() -> None:
    def up(payload: bytes, topic: str = "bridge/state") -> bool | None:
        return zigbee2mqtt.bridge(packed(Publication(topic, payload)))

    assert (up(b'{"state":"online"}'), up(b"offline")) == (True, False)
    assert up(b"maybe") is None
    assert up(b"online", "kitchen") is None
    assert zigbee2mqtt.cut(packed(Publication("bridge/state", b"online"))) == ([], b"")


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"topic": "house/state"}, ("value", 0), "{address}"),
        ({"topic": "house/{address}/#"}, ("value", 0), "{address}"),
        ({"silent_after": 0}, ("silent_after",), "silent_after"),
        ({"colour": 1}, ("colour",), "unknown key"),
        ({"value": []}, ("value",), "1 … 256"),
        ({"name": "Ä"}, ("name",), "name must be"),
        ({"value": [{"quantity": "Smoke!"}]}, ("value", 0, "quantity"), "quantity"),
        ({"value": [{"quantity": "smoke", "true": []}]}, ("value", 0, "true"), "list"),
        ({"value": [{"quantity": "smoke", "scale": "x"}]}, ("value", 0, "scale"), "number"),
        ({"value": [{"quantity": "button", "words": {"a": "push"}}]}, ("value", 0, "words"), "press"),
        ({"value": [{"quantity": "smoke", "path": 7}]}, ("value", 0, "path"), "text"),
    ],
)
def test_a_wrong_map_is_refused_with_the_place(change: dict[str, Any], where: tuple[Any, ...], what: str) -> None:
    sound = {"name": "mine", "topic": "house/{address}/state", "value": [{"quantity": "smoke", "path": "s"}]}
    assert topic_map.driver(sound).topics == ["house/+/state"]
    with pytest.raises(BadMap, match=what) as bad:
        topic_map.driver({**sound, **change})
    assert [path for path, _ in bad.value.mistakes] == [where]


def test_an_address_may_take_several_levels() -> None:
    made = topic_map.driver({"name": "b", "topic": "site/b1/{address}/{address}", "value": [{"path": "value", "quantity": "temperature_c"}]})  # fmt: skip
    data = packed(Publication("site/b1/Flat-3/t7", b'{"value": 41.5}'))
    head = made.head(data)
    assert (head.address, made.decode(head, {}).values[0].value) == ("flat-3/t7", 41.5)
    assert made.topics == ["site/b1/+/+"]


def test_every_shipped_map_says_what_it_is() -> None:
    assert topic_maps.shipped()
    for name, table in topic_maps.shipped().items():
        assert {"title", "source"} <= table.keys(), name


@pytest.mark.parametrize(
    ("driver", "topic", "on", "off"),
    [
        (zigbee2mqtt.DRIVER, "kitchen", '{"smoke":true}', '{"smoke":false}'),
        (shelly.DRIVER, "kitchen/status/smoke:0", '{"alarm":true}', '{"alarm":false}'),
        (GENERIC, "sensors/kitchen", '{"smoke":true}', '{"smoke":false}'),
    ],
)
def test_a_kept_word_ends_no_alarm_that_the_sensor_raised_itself(driver: Driver, topic: str, on: str, off: str) -> None:
    def said(payload: str, memory: Memory, *, kept: bool = False) -> tuple[list[object], Memory]:
        decoded = decode(driver, topic, payload, memory, kept=kept)
        return [value.value for value in decoded.values if value.quantity == "smoke"], decoded.memory

    assert said(off, {}, kept=True)[0] == [False]
    assert said(on, {}, kept=True)[0] == [True]
    smokes, memory = said(on, {})
    assert smokes == [True]
    assert said(off, memory, kept=True) == ([], memory)
    assert said(on, memory, kept=True)[0] == [True]
    smokes, memory = said(off, memory)
    assert (smokes, memory) == ([False], {})
    assert said(off, memory, kept=True)[0] == [False]


def test_a_word_of_an_alarm_that_nobody_knows_is_a_fault_until_one_is_known() -> None:
    made = topic_map.driver({"name": "b", "topic": "h/{address}", "value": [
        {"path": "s", "quantity": "smoke", "true": ["ALARM"], "false": ["OK"]}, {"path": "f", "quantity": "fault"},
        {"path": "t", "quantity": "temperature_c"},
    ]})  # fmt: skip
    memory: Memory = {}

    def said(payload: str, *, kept: bool = False) -> list[tuple[str, object, int]]:
        nonlocal memory
        decoded = decode(made, "h/a", payload, memory, kept=kept)
        memory = decoded.memory
        return [(value.quantity, value.value, value.nth) for value in decoded.values]

    assert said('{"s":"Alarm","f":false,"t":20}') == [("fault", False, 0), ("temperature_c", 20, 0), ("fault", True, 1)]
    assert said('{"t":21}') == [("temperature_c", 21, 0), ("fault", True, 1)]
    assert said('{"s":"OK"}', kept=True) == [("smoke", False, 0), ("fault", True, 1)]
    assert said('{"s":{"now":"OK"}}') == [("fault", True, 1)]
    assert said('{"s":"OK"}') == [("smoke", False, 0), ("fault", False, 1)]
    assert said('{"s":"OK"}') == [("smoke", False, 0)]
    assert said('{"s":null}') == []
    assert memory == {}


def test_a_word_of_a_status_that_another_value_lists_is_no_fault() -> None:
    made = topic_map.driver({"name": "b", "topic": "h/{address}", "value": [
        {"path": "s", "quantity": "smoke", "true": ["ALARM"], "false": ["OK"]},
        {"path": "s", "quantity": "heat_alarm", "true": ["HEAT"], "false": ["OK"]},
        {"path": "s", "quantity": "test", "true": ["TEST"]}, {"path": "s", "quantity": "status"},
    ]})  # fmt: skip

    def said(word: str) -> dict[str, object]:
        values = decode(made, "h/a", json.dumps({"s": word}), {}).values
        return {value.quantity: value.value for value in values if value.quantity != "status"}

    assert said("TEST") == {"test": True}
    assert said("HEAT") == {"heat_alarm": True}
    assert said("OK") == {"smoke": False, "heat_alarm": False}
    assert said("DAMAGED") == {"fault": True}, "what is read as it stands lists nothing"


def test_an_emergency_button_that_says_sos_rings_once_a_press() -> None:
    memory: Memory = {}

    def presses(payload: str, *, kept: bool = False, again: bool = False, number: int = 0) -> int:
        nonlocal memory
        decoded = decode(zigbee2mqtt.DRIVER, "SOS", payload, memory, kept=kept, again=again, number=number)
        memory = decoded.memory
        return sum(value.quantity == "button" for value in decoded.values)

    assert presses('{"sos":true,"battery":90}', kept=True) == 0
    assert presses('{"sos":true,"battery":90,"linkquality":80}', number=4) == 1
    assert presses('{"sos":true,"battery":90,"linkquality":80}', again=True, number=4) == 0
    assert presses('{"sos":true,"battery":89,"linkquality":81}', number=5) == 0
    assert presses('{"sos":true,"battery":89,"linkquality":70,"last_seen":7}', number=6) == 1
    assert presses('{"battery":88}') == 0
    assert presses('{"sos":false,"battery":88}') == 0
    assert presses('{"sos":true,"battery":77}') == 1
    assert presses('{"sos":null}') == 0
    assert presses('{"sos":false}') == 0
    assert not {"sos", "seen"} & memory.keys()


def test_a_bridge_that_starts_anew_and_says_what_it_remembers_presses_no_button() -> None:
    memory: Memory = {}

    def presses(seen: int) -> int:
        nonlocal memory
        payload = json.dumps({"sos": True, "battery": 90, "linkquality": 80, "last_seen": seen})
        decoded = decode(zigbee2mqtt.DRIVER, "SOS", payload, memory)
        memory = decoded.memory
        return sum(value.quantity == "button" for value in decoded.values)

    assert [presses(seen) for seen in (1000, 1000, 1000, 4000, 4000)] == [1, 0, 0, 1, 0]


def test_a_name_that_no_topic_can_carry_takes_no_other_device_its_kind() -> None:
    """JSON writes half of a surrogate pair; a broker that keeps such a list would throw us out without end."""
    device = {"definition": {"model": "m", "exposes": []}}
    names = ["\ud800", "a\udfff", "nul\0", "sound"]
    said = json.dumps([{"friendly_name": name, **device} for name in names]).encode()
    frames, _ = zigbee2mqtt.cut(packed(Publication("bridge/devices", said, kept=True)))
    assert [unpacked(frame).topic.partition("/")[0] for frame in frames] == ["sound"]
