"""The JSON Schema of rule files, for editors (taplo, Even Better TOML): keys, words and their meaning while one types.

`anju rules check` knows more: lines, remedies, contradictions. What the schema refuses is a mistake there, too.
"""

from typing import Any, get_args

from rules.alert import Reason, Severity, State
from rules.conditions import BESIDE, WORDS
from rules.conditions.dose import TABLES
from rules.hours import DAYS, HOURS, SEASON, WEEKDAYS
from rules.quantities import BUTTONS, KNOWN, METERS, MOMENTARY
from rules.rulefile import ACTS
from rules.scene import MOST
from rules.script import FLAGS
from rules.wall import MODES

Schema = dict[str, Any]

_DURATION = r"^(\d+(\.\d+)?(ms|[smhd]))+$"
_DATE = r"\d{4}-\d{2}-\d{2}"
_RULE = r"^[a-z0-9][a-z0-9-]{0,62}(@[a-z0-9-]{1,30})?$"
_DEVICES: Schema = {"type": "array", "items": {"type": "string", "pattern": "[^*]"}, "minItems": 1}
_WORDS: dict[str, Schema] = {
    "is": {"type": ["boolean", "number", "string", "array"], "items": {"type": "string"}, "minItems": 1},
    "above": {"type": "number"},
    "below": {"type": "number"},
    "outside": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    "inside": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    "used_below": {"type": "number", "exclusiveMinimum": 0},
    "used_above": {"type": "number", "exclusiveMinimum": 0},
    "always_in_use": {"$ref": "#/definitions/duration"},
    "leaps": {"type": "integer", "minimum": 1, "maximum": 20},
    "too_coarse": {"type": "number", "exclusiveMinimum": 0},
    "never_still": {"$ref": "#/definitions/duration"},
    "rises": {"type": "number", "exclusiveMinimum": 0},
    "falls": {"type": "number", "exclusiveMinimum": 0},
    "dose": {"enum": sorted(TABLES)},
    "silent": {"anyOf": [{"const": True}, {"$ref": "#/definitions/duration"}]},
    "inactive": {"$ref": "#/definitions/duration"},
    "any": {"type": "array", "items": {"$ref": "#/definitions/condition"}, "minItems": 2},
    "all": {"type": "array", "items": {"$ref": "#/definitions/condition"}, "minItems": 2},
    "not": {"$ref": "#/definitions/condition"},
}
"""Word -> what may stand there. A word that isn't listed takes anything."""
_BESIDE: dict[str, Schema] = {
    "quantity": {"$ref": "#/definitions/quantity", "description": "what is measured; its unit is in its name"},
    "for": {"$ref": "#/definitions/duration", "description": "true without a break for so long"},
    "hold": {"$ref": "#/definitions/duration", "description": "having fired, true until it was false for so long"},
    "over": {
        "anyOf": [{"$ref": "#/definitions/duration"}, {"type": "string", "pattern": f"^{HOURS}$"}],
        "description": "the time in which it is looked at; of used_above also a window of the day",
    },
    "within": {
        "anyOf": [{"$ref": "#/definitions/duration"}, {"type": "string", "pattern": f"^{HOURS}$"}],
        "description": "the time in which it has to happen; of times, times_below also a window of the day",
    },
    "of": {
        "type": "array",
        "items": {"$ref": "#/definitions/quantity"},
        "minItems": 1,
        "description": "devices that told of these",
    },
    "signs": {
        "type": "array",
        "items": {"$ref": "#/definitions/quantity"},
        "minItems": 1,
        "description": "signs of life",
    },
    "sound": {"const": True, "description": "only sensors that no trouble discredits"},
    "twice": {"const": True, "description": "two readings in a row say so, for sensors that glitch"},
    "times": {"type": "integer", "minimum": 1, "maximum": 100, "description": "it became so as often as this"},
    "times_below": {"type": "integer", "minimum": 1, "maximum": 100, "description": "it became so less often"},
    "devices": {**_DEVICES, "description": "it looks at these devices of the home alone; * stands for any signs"},
    "except_devices": {**_DEVICES, "description": "it looks at all devices of the home but these"},
    "after": {"$ref": "#/definitions/condition", "description": "shortly before, or still, this was true"},
    "while": {"$ref": "#/definitions/inner_guard", "description": "this condition counts then alone"},
}
_NEEDS = {
    "used_below": ["over"], "used_above": ["over"], "always_in_use": ["over"],
    "never_still": ["over"], "leaps": ["over"], "rises": ["within"], "falls": ["within"],
    "times": ["within"], "times_below": ["within"], "after": ["within"], "of": ["silent"],
    "signs": ["inactive"],
}  # fmt: skip
"""Word -> what must stand beside it."""
_WITHIN = ("rises", "falls", "times", "times_below", "after")
_OVER = ("used_below", "used_above", "always_in_use", "never_still", "leaps")
_BELONGS: Schema = {
    "within": {"anyOf": [{"required": [name]} for name in _WITHIN]},
    "over": {"anyOf": [{"required": [name]} for name in _OVER]},
    "silent": {"not": {"required": ["quantity"]}},
    "inactive": {"not": {"required": ["quantity"]}},
}
"""Word -> what one of must stand beside it, or what can't."""


def schema() -> Schema:
    """The whole schema, draft 7."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rules of Anju",
        "description": "A rule file: one table a rule, and [[story]] tables that test them.",
        "type": "object",
        "properties": {
            "quantities": {"type": "array", "items": {"type": "string"}, "description": "those of your own driver"},
            "story": {
                "type": "array",
                "items": {"$ref": "#/definitions/story"},
                "description": "what is given and what is expected, in virtual time: anju rules test",
            },
        },
        "propertyNames": {"pattern": _RULE},
        "additionalProperties": {"$ref": "#/definitions/rule"},
        "definitions": {
            "duration": _duration(),
            "words": _words(),
            "quantity": {"anyOf": [{"enum": sorted(KNOWN)}, {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}]},
            "condition": _condition(),
            "guard": _guard(),
            "inner_guard": _guard("hours", "days", "dates"),
            "rule": _rule(),
            "story": _story(),
            "given": _given(),
            "expected": _expected(),
        },
    }


def _duration() -> Schema:
    told = '"500ms", "3s", "10m", "24h", "7d", "1h30m", or a number of seconds'
    return {"anyOf": [{"type": "string", "pattern": _DURATION}, {"type": "number", "minimum": 0}], "description": told}


def _words() -> Schema:
    text = {"type": "string", "minLength": 1}
    languages = {"zh": {**text, "description": "in Chinese"}, "en": {**text, "description": "in English"}}
    return _table(languages, ["zh", "en"])


def _table(properties: Schema, required: list[str] | None = None, **more: object) -> Schema:
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**made, "required": required} if required else made


def _condition() -> Schema:
    meanings = {name: {"description": _meaning(cls.__doc__ or "")} for name, cls in WORDS.items()}
    properties = {name: {**_WORDS.get(name, {}), **meaning} for name, meaning in meanings.items()}
    beside = {**_BESIDE, **{name: {} for name in BESIDE if name not in _BESIDE}}
    one = [{"required": [name]} for name in WORDS]
    return _table(
        {**properties, **beside},
        oneOf=one,
        dependencies={**_BELONGS, **_NEEDS},
        allOf=[_metered(), _pressed(), {"not": {"required": ["times", "times_below"]}}],
    )


def _metered() -> Schema:
    """What is used is told by a meter."""
    words = [{"required": [name]} for name in ("used_below", "used_above", "always_in_use", "too_coarse", "leaps")]
    return {"if": {"anyOf": words}, "then": {"properties": {"quantity": {"enum": sorted(METERS)}}}}


def _pressed() -> Schema:
    """What a button says."""
    said = {"enum": list(BUTTONS)}
    pressed = {"properties": {"quantity": {"const": "button"}}, "required": ["quantity", "is"]}
    return {"if": pressed, "then": {"properties": {"is": {"anyOf": [said, {"type": "array", "items": said}]}}}}


def _momentary() -> Schema:
    """A rule on an event stays until a person ends it."""
    event = {"properties": {"quantity": {"enum": sorted(MOMENTARY)}}, "required": ["quantity", "is"]}
    alone = {"not": {"anyOf": [{"required": [name]} for name in ("times", "times_below", "after")]}}
    about = {"properties": {"when": {"allOf": [event, alone]}}, "required": ["when"]}
    return {"if": about, "then": {"properties": {"latch": {"const": True}}, "required": ["latch"]}}


def _meaning(doc: str) -> str:
    """The first paragraph of a docstring."""
    return " ".join(doc.partition("\n\n")[0].split())


def _guard(*without: str) -> Schema:
    days: Schema = {"type": "array", "items": {"enum": list(DAYS)}, "minItems": 1}
    persons: Schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    properties: Schema = {
        "hours": {"type": "string", "pattern": f"^{HOURS}$",
                  "description": "from and to, over midnight too: 22:00-06:00"},
        "days": {**days, "description": "workday: Monday to Friday without holidays; free: every other day"},
        "dates": {"type": "string", "pattern": f"^{SEASON}$", "description": "a season of each year: 10-15..04-15"},
        "mode": {
            "type": "array",
            "items": {"enum": list(MODES)},
            "minItems": 1,
            "description": "only while the home is in one of these modes",
        },
        "armed": {"const": True, "description": "only while somebody armed the home"},
        "lives_alone": {"type": "boolean", "description": "only in homes of one person, or of several"},
        "persons": {**persons, "description": "only in homes in which so many live, from and to"},
    }
    return _table({key: said for key, said in properties.items() if key not in without}, minProperties=1)


def _rule() -> Schema:
    text = {"type": "string", "minLength": 1}
    condition, words = {"$ref": "#/definitions/condition"}, {"$ref": "#/definitions/words"}
    severity = {"enum": list(get_args(Severity))}
    grave = {**severity, "description": "emergency (life is at stake), urgent, warning or notice"}
    worse = {"severity": grave, "ladder": {**text, "description": "who is told then"}}
    properties = {
        "title": {**words, "description": "what people hear and read"},
        "severity": grave,
        "per": {"enum": ["device", "home"], "description": "device (the default), or home: one for all"},
        "devices": {**_DEVICES, "description": "it looks at these devices alone; * stands for any signs: freezer-*"},
        "except_devices": {**_DEVICES, "description": "it looks at all devices but these"},
        "when": {**condition, "description": "what raises the alert"},
        "while": {"$ref": "#/definitions/guard", "description": "the rule counts then alone"},
        "clear": {
            "allOf": [condition, _clearing()],
            "description": "what ends it; without it: as soon as `when` is false",
        },
        "worse": _table(worse, ["severity"], description="what it becomes when its condition is worse than true"),
        "latch": {"type": "boolean", "description": "it stays until a person resets it"},
        "optional": {"type": "boolean", "description": 'only where a site names it: also = ["…"] in [rules]'},
        "discredits": {
            "type": "array",
            "items": {"$ref": "#/definitions/quantity"},
            "minItems": 1,
            "description": "while it fires nobody who asks for sound sensors believes the device in these",
        },
        "beside": {
            "type": "array",
            "items": text,
            "minItems": 1,
            "description": "optional, and counts wherever one of these rules does",
        },
        "act": {"type": "array", "items": {"enum": list(ACTS)}, "description": "outputs that are on while it fires"},
        "cause": {**text, "description": "alerts of one home and one cause are one incident"},
        "ladder": {**text, "description": "who is told, in what order"},
        "advice": {**words, "description": "what to do now"},
        "advice_at_home": {**words, "description": "in place of it to those who live there"},
        "why": {"anyOf": [text, words], "description": "the reason for each number, with its source"},
        "sets": {"type": "object", "additionalProperties": {"type": "object"}, "description": "numbers under a name"},
    }
    return _table(properties, ["title", "severity", "when"], allOf=[_momentary()])


def _clearing() -> Schema:
    """The value of a point ends an alert, nothing else does."""
    values = ("is", "above", "below", "outside", "inside")
    others = [{"required": [name]} for name in ("twice", "times", "times_below", "after", "while", "sound", "hold")]
    return {"anyOf": [{"required": [name]} for name in values], "not": {"anyOf": others}}


def _story() -> Schema:
    duration = {"$ref": "#/definitions/duration"}
    changes = {"type": "array", "items": {"$ref": "#/definitions/expected"}}
    dates = {"type": "array", "items": {"type": "string", "pattern": f"^{_DATE}$"}}
    properties = {
        "name": {"type": "string", "minLength": 1, "description": "what it tells"},
        "rules": {"type": "array", "items": {"type": "string"}, "description": "all of the file, if left out"},
        "given": {"type": "array", "items": {"$ref": "#/definitions/given"}, "description": "readings and events"},
        "expect": {**changes, "description": "every change, [] for none"},
        "silent_after": {"type": "object", "additionalProperties": duration, "description": "supervised devices"},
        "starts": {
            "type": "string",
            "pattern": rf"^({'|'.join(WEEKDAYS)}|{_DATE}) ([01]\d|2[0-3]):[0-5]\d$",
            "description": 'what the wall shows at 0, "mon 21:00" or "2026-10-01 21:00"; else nobody knows',
        },
        "zone": {"type": "string", "minLength": 1, "description": "whose clocks change; UTC, if it is left out"},
        "holidays": {**dates, "description": "nobody works then; starts needs a date"},
        "workdays": {**dates, "description": "worked on though it is a weekend or a holiday"},
        "persons": {"type": "integer", "minimum": 0, "maximum": MOST, "description": "so many live there"},
        "until": {**duration, "description": "wait so long; else until the last thing said"},
    }
    return _table(properties, ["name", "expect"])


def _given() -> Schema:
    """Readings carry quantities as keys, so any further key may stand here."""
    duration = {"$ref": "#/definitions/duration"}
    properties = {
        "at": {**duration, "description": "when, from the beginning of the story"},
        "every": {**duration, "description": "again and again, up to until"},
        "from": {**duration, "description": "the first time of every; 0, if it is left out"},
        "until": {**duration, "description": "the last time of every, at the latest"},
        "device": {"type": "string", "minLength": 1, "description": "who says the quantities beside it: smoke = true"},
        "flags": {"type": "array", "items": {"enum": list(FLAGS)},
                  "description": "retained: a broker kept it; replay: the sensor says it again"},
        "alarm": {"type": "boolean", "description": "a frame that waits for our word"},
        "restart": {**duration, "description": "the gateway is off for so long"},
        "reset": {"type": "string", "description": "a person resets the alert of this rule"},
        "refused": {"type": "boolean", "description": "the reset must not succeed"},
        "mode": {"enum": list(MODES), "description": "the home is in this mode from now on"},
        "armed": {"type": "boolean", "description": "somebody armed the home with the mode"},
        "for": {**duration, "description": "the mode ends by itself after so long"},
        "gap": {**duration, "description": "nothing of the device in `of`, or of all, is heard for so long"},
        "of": {"type": "string", "description": "the device of a gap; all, if it is left out"},
        "clock": {"type": "string", "pattern": r"^(lost|[+-](\d+(\.\d+)?(ms|[smhd]))+)$",
                  "description": "the time on the wall jumps, +3h; or lost: nobody knows it any more"},
    }  # fmt: skip
    kinds = [{"required": [kind]} for kind in ("device", "restart", "reset", "mode", "gap", "clock")]
    way = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    plain = {"type": ["boolean", "number", "string"]}
    values = {"anyOf": [plain, way], "description": "[12, 12.5]: evenly, with every"}
    made = _table(properties, oneOf=kinds, anyOf=[{"required": ["at"]}, {"required": ["every", "until"]}])
    return {**made, "additionalProperties": values}


def _expected() -> Schema:
    properties = {
        "at": {"$ref": "#/definitions/duration", "description": "when it is expected"},
        "rule": {"type": "string", "pattern": _RULE, "description": "whose alert changes"},
        "state": {"enum": list(get_args(State)), "description": "what it comes to"},
        "device": {"type": "string", "description": "at which device, if that matters"},
        "reason": {"enum": list(get_args(Reason)), "description": "why, if that matters"},
    }
    return _table(properties, ["at", "rule", "state"])
