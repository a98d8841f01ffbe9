"""Deeds: what each verb does. Rights come first (access.py), then the deed, then its entry in the record."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.ladder.access import check, proven
from gateway.ladder.acts import Act, Refused
from gateway.ladder.incident import Answer, Incident
from gateway.ladder.parts import Parts
from gateway.ladder.past import Over
from gateway.ladder.silences import ABOUT

THERE = "socket "
"""The way (Act.proof) by which only somebody comes who is at this computer, in a session that began there."""
TESTS, WITHIN = 3, 60.0
"""Test messages to the same person in so many seconds: a channel is mended and tried again, nobody is pestered."""
AFTERWARDS = ("visit", "note")
"""What can be told of an alert that is over."""
OPENING = 60.0
"""Seconds for which a gas valve is told to open."""


def do(ladders: Parts, act: Act, now: float) -> list[str]:
    """Do it -> the alerts that the rules must agree to reset. Raises Refused."""
    act = _named(ladders, act, now)
    incidents = _about(ladders, act)
    if act.home and act.home not in ladders.setting.directory.homes:
        raise Refused("no such home")
    homes = {home for incident in incidents for home in incident.homes} | _homes(ladders, act)
    roles = check(act, sorted(homes), ladders.setting.directory)
    return _DEEDS[act.verb](ladders, act, incidents, min(roles), now)


def _homes(ladders: Parts, act: Act) -> set[str]:
    """The homes that the words of an act are about, besides those of its incidents."""
    silence = ladders.quiet.silences.get(act.silence)
    devices = {act.device, silence.device if silence else ""}
    places = ladders.setting.directory.places
    past = {one.home for one in over(ladders, act).values()}
    found = {act.home, silence.home if silence else "", *(places.get(device, "") for device in devices)}
    return (found | past) - {""}


def note(ladders: Parts, act: Act, incident: str, refused: str, now: float) -> None:
    """The entry of an act, done or refused."""
    said = {name: value for name in _NOTED if (value := getattr(act, name))}
    known = ladders.post.codes.known.get(act.code)
    if known is not None and not refused:
        said["actor"] = known.to
        said |= {} if act.verb == "confirm" else {"incidents": list(known.incidents)}
    about = {"incident": incident} if incident else {}
    ladders.setting.note(now, "act", **said, **about, **({"refused": refused} if refused else {}))


_NOTED = (
    "act_id", "verb", "actor", "role", "via", "proof", "alert", "code", "home", "device", "rule", "silence", "person",
    "found", "what", "reason", "text", "seconds", "life_safety",
)  # fmt: skip


def _named(ladders: Parts, act: Act, now: float) -> Act:
    """A code says who answers, and what; it can't be used in somebody else's name."""
    if not act.code:
        return act
    codes = ladders.post.codes
    if codes.is_slow(act.proof, now):
        raise Refused("too many wrong codes came this way; wait a minute, or name the alert instead")
    known = codes.known.get(act.code)
    if known is None or (act.actor and act.actor != known.to):
        codes.note_wrong(act.proof, now)
        raise Refused("no message has this code" if known is None else "this code was given to somebody else")
    if act.verb != "confirm":
        return replace(act, actor=known.to)
    silence = known.incidents[0].removeprefix(ABOUT)
    if silence == known.incidents[0] or act.silence not in ("", silence):
        raise Refused("this code is not about this silence: there is no such one")
    return replace(act, actor=known.to, silence=silence)


def _about(ladders: Parts, act: Act) -> list[Incident]:
    """The open incidents that the act is about; raises Refused when it is about one that isn't open."""
    if act.code and act.verb != "confirm":
        known = ladders.post.codes.known[act.code]
        found = [one for id_ in known.incidents if (one := ladders.registry.find(id_)) is not None]
        if not found and not over(ladders, act):
            raise Refused("it is over already")
        return found
    if not act.alert:
        return []
    incident = ladders.registry.find(act.alert)
    if incident is None and not over(ladders, act):
        raise Refused("no such open alert")
    return [incident] if incident else []


def over(ladders: Parts, act: Act) -> dict[str, Over]:
    """Alerts that are over, of which the act may still tell; none while what it is about is open."""
    if act.verb not in AFTERWARDS:
        return {}
    known, registry = ladders.post.codes.known.get(act.code), ladders.registry
    ids = known.incidents if known else (act.alert,)
    return {} if any(registry.find(id_) for id_ in ids) else registry.past.about(ids)


def _acknowledge(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    for incident in incidents:
        ends = ladders.climb.ends(incident, role)
        answer = Answer(act.actor, role, act.via or act.proof, now, "acknowledge")
        ladders.climb.answer(incident, answer, now, ends=ends)
    return []


def _reset(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    if act.alert and any(act.alert in incident.pieces for incident in incidents):
        return [act.alert]
    if act.alert and all(act.alert != incident.id for incident in incidents):
        raise Refused("no such open alert")
    return [alert for incident in incidents for alert in incident.pieces]


def _hush(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    ladders.buttons.hush(act.home, now + act.seconds)
    return []


def _silence(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    rules = ladders.setting.rules
    if act.rule and act.rule not in rules:
        raise Refused("no such rule")
    if act.device and act.device not in ladders.setting.directory.rooms:
        raise Refused("no such device")
    severities = [rules[act.rule].severity] if act.rule else []
    alert = ""
    if incidents:
        alert = act.alert if act.alert in incidents[0].pieces else next(iter(incidents[0].pieces))
        severities.append(incidents[0].pieces[alert].severity)
    homes = {home for incident in incidents for home in incident.homes} | _homes(ladders, act)
    ladders.quiet.ask(act, alert, severities, homes, proven(act, ladders.setting.directory), now)
    return []


def _confirm(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    ladders.quiet.confirm(act.silence, proven(act, ladders.setting.directory), now)
    return []


def _unsilence(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    ladders.quiet.end(act.silence, now, f"ended by {act.actor}")
    return []


def _assign(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    for incident in incidents:
        incident.assigned = act.person
        ladders.registry.mark(incident)
        if act.person in ladders.setting.directory.people and act.person != act.actor:
            ladders.post.tell(incident, act.person, "follow-up", now, news="assigned", who=act.actor, text=act.text)
    return []


def _record(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    """The entry itself is all there is to it."""
    return []


def _visit(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    """Somebody was there: that is an answer, if there is still something to answer, and a figure."""
    past = ladders.registry.past
    for rule in dict.fromkeys(one.rule for one in past.visit(over(ladders, act))):
        _found(ladders, rule, act.found)
    for incident in incidents:
        for rule in dict.fromkeys(piece.rule for piece in incident.pieces.values()):
            _found(ladders, rule, act.found)
        if not incident.answered:
            answer = Answer(act.actor, role, act.via or act.proof, now, "acknowledge")
            ladders.climb.answer(incident, answer, now, ends=True)
        ladders.climb.follow_up(incident, "visited", now, who=act.actor, text=act.found)
    return []


def _found(ladders: Parts, rule: str, what: str) -> None:
    found = ladders.visits.setdefault(rule, {})
    found[what] = found.get(what, 0) + 1


def _fine(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    """The resident is fine: it ends questions and calls for help, never an alarm that a sensor raised."""
    for incident in incidents or list(ladders.registry.open_in.get(act.home, {}).values()):
        ends = settles(ladders, incident, role)
        if ends or incidents:
            ladders.climb.answer(incident, Answer(act.actor, role, act.via or act.proof, now, "fine"), now, ends=ends)
    return []


def settles(ladders: Parts, incident: Incident, role: str) -> bool:
    """Whether the word of this role that the resident is fine ends it: the resident's own only where its ladder says
    so, which not each does of who may be confused, or forced."""
    return ladders.buttons.is_personal(incident) and (role != "resident" or ladders.climb.ends(incident, role))


def _walk_test(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    ladders.walks.walk(act, now)
    return []


def _test(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    people = ladders.setting.directory.people
    if act.person and act.person not in people:
        raise Refused("no such person")
    named = [act.person] if act.person else list(people)
    wanted = [name for name in named if ladders.post.told(name, "test", now - WITHIN) < TESTS]
    if named and not wanted:
        raise Refused(f"{act.person or 'everybody'} was sent {TESTS} test messages within the last minute")
    for name in wanted:
        ladders.post.test(name, now)
    return []


Deed = Callable[[Parts, Act, list[Incident], str, float], list[str]]
def _open_valve(ladders: Parts, act: Act, incidents: list[Incident], role: str, now: float) -> list[str]:
    """Only from within: nobody who can't smell whether there is gas lets more of it in."""
    if not act.proof.startswith(THERE):
        raise Refused("only somebody who is there may open a gas valve")
    if act.home not in ladders.setting.directory.valves:
        raise Refused("this home has no gas valve that the gateway could open: [outputs] names none")
    rules = ladders.setting.rules
    for incident in ladders.registry.open_in.get(act.home, {}).values():
        if any("close-gas-valve" in rules[piece.rule].act for piece in incident.pieces.values() if piece.rule in rules):
            raise Refused("an alert keeps this valve shut; reset it first")
    ladders.buttons.opened[act.home] = now + OPENING
    return []


_DEEDS: Mapping[str, Deed] = {
    "acknowledge": _acknowledge,
    "reset": _reset,
    "hush": _hush,
    "silence": _silence,
    "confirm": _confirm,
    "unsilence": _unsilence,
    "assign": _assign,
    "note": _record,
    "visit": _visit,
    "fine": _fine,
    "walk-test": _walk_test,
    "home-reset": _record,
    "test": _test,
    "look": _record,
    "open-valve": _open_valve,
}
