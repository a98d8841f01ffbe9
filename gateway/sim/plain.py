"""The demo as plain lines with the time in front: for a log, a pipe, a screen reader. No control codes."""

import time
from functools import partial
from typing import Any

from gateway.sim import flat, words
from gateway.sim.ledger import Arrived
from gateway.sim.node import Said
from gateway.sim.stage import Stage
from gateway.words import Language, severity


def clock(now: float) -> str:
    """Local time with milliseconds."""
    return f"{time.strftime('%H:%M:%S', time.localtime(now))}.{int(now * 1000) % 1000:03d}"


def arrived_line(one: Arrived, lang: Language) -> str:
    """What arrived at the platform, in words; empty for what is of no interest here."""
    body = one.body
    if one.rest == "status":
        return words.say(words.SAID, "online" if body["online"] else "offline", lang)
    if body.get("kind") in ("whole", "home-whole"):
        return ""
    mark = f" [{words.say(words.SAID, 'replayed', lang)}]" if body["replay"] else ""
    text = _KINDS.get(body["kind"], _nothing)(body, lang)
    return text and f"{text}{mark}"


def _alert(body: dict[str, Any], lang: Language) -> str:
    state, grave = words.STATES[body["state"]][lang], severity(body["severity"], lang)
    where = f" · {words.room(body['device'], lang)}" if body["device"] else ""
    return f"{grave} {body['title'].get(lang, body['rule'])}{where}: {state}"


def _report(body: dict[str, Any], lang: Language) -> str:
    return words.say(
        words.SAID, "report", lang, room=words.room(body["device"], lang), values=words.readings(body["values"], lang)
    )


def _state(body: dict[str, Any], lang: Language) -> str:
    values = words.readings(body["values"], lang)
    return values and words.say(words.SAID, "telemetry", lang, room=words.room(body["device"], lang), values=values)


def _act(body: dict[str, Any], lang: Language) -> str:
    actor = words.ACTORS.get(body["actor"], {}).get(lang, body["actor"])
    return words.say(words.SAID, "act", lang, actor=actor, verb=words.VERBS[body["verb"]][lang])


def _reply(body: dict[str, Any], lang: Language) -> str:
    return words.say(words.SAID, "reply" if body["ok"] else "refused", lang, why=body["why"])


def _nothing(body: dict[str, Any], lang: Language) -> str:
    return ""


_KINDS = {"alert": _alert, "report": _report, "state": _state, "act": _act, "reply": _reply}


class Plain:
    """Prints what happens as it happens."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang

    def begin(self, stage: Stage) -> None:
        """Follow this stage from now on, and tell what happened on it before."""
        for node in stage.nodes.values():
            node.said.listen(partial(self._node, node.device))
        for one in stage.platform.arrived.listen(self._arrived):
            self._arrived(one)

    def tell(self, sentence: str, number: int) -> None:
        """What the story does next."""
        self._line("--", sentence)

    def end(self) -> None:
        """Nothing is left open."""

    def _node(self, device: str, said: Said) -> None:
        if said["ev"] == "sent":
            values = words.readings(said["values"], self._lang)
            self._line(
                "..",
                words.say(
                    words.SAID, "made", self._lang, room=words.room(device, self._lang), values=values, seq=said["seq"]
                ),
            )
        elif said["ev"] == "output" and said["output"] in (flat.SIREN, flat.VALVE):
            what = "siren" if said["output"] == flat.SIREN else "valve"
            self._line("!!", words.say(words.SAID, f"{what}-{'on' if said['on'] else 'off'}", self._lang))

    def _arrived(self, one: Arrived) -> None:
        if text := arrived_line(one, self._lang):
            self._line("=>", text)

    def _line(self, mark: str, text: str) -> None:
        # In one piece: nodes and platform speak from a thread each.
        print(f"{clock(time.time())} {mark} {text}\n", end="", flush=True)
