"""Responder: what the ladders make, put where it belongs: messages, entries of the record, resets, troubles.

It joins the pure ladders with the rules and with the words for platforms; all of it runs inside Fold.handle.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import NamedTuple

from drivers.reading import Reading
from gateway.hub.teller import Teller
from gateway.ladder import deeds
from gateway.ladder.access import may, roles_of
from gateway.ladder.acts import LONGEST, Act, Refused, meaning, parse
from gateway.ladder.ladders import Ladders
from gateway.ladder.made import Made
from gateway.ladder.page import TO
from gateway.ladder.past import Over
from gateway.store.message import ALARM, STATE, Message
from rules.alert import Alert
from rules.engine import Engine
from rules.engine import Refused as NotOver

AWAY = 86400.0
"""Seconds for which who isn't found is believed to be away, if nobody says for how long."""


class Homes(NamedTuple):
    """What an act does to a home, beyond its alerts."""

    forget: Callable[[str, str, str], list[Alert]]
    """(home, actor, via) -> alert changes: what was learned of it is dropped, and its mode."""
    leave: Callable[[str, str, str, float, float, bool], str]
    """(home, actor, via, since, until, whether what was said before may be put back): nobody was in at that moment ->
    why it isn't taken for left all the same."""


SPEAKER = "gateway:ladder"
"""The part of the gateway of which ``ladder_silent`` is said."""


def alert(ladders: Ladders, teller: Teller, one: Alert, now: float) -> list[Message]:
    """A change of an alert: the ladders hear of it, and the platform hears to which incident it belongs."""
    before = ladders.registry.find(one.id)
    ladders.take(one)
    incident = ladders.registry.find(one.id) or before
    return teller.alert(one, now, incident.id if incident else one.id, test=bool(incident and incident.test))


def do(
    ladders: Ladders, teller: Teller, engine: Engine, homes: Homes, data: bytes, now: float, n: int
) -> tuple[list[Alert], list[Message], str, str]:
    """A person's act, good or refused, is recorded once, answered each time -> (alert changes, messages, refusal, what
    of it was not done)."""
    try:
        act = parse(data)
    except Refused as error:
        return [], teller.reply(error.act_id, error.correlation, str(error), now), str(error), ""
    if act.verb == "look":
        # who looks is recorded, and is nobody's concern elsewhere; it isn't remembered beside acts
        return [], [], _note_look(ladders, act, now), ""
    alerts: list[Alert] = []
    meant = meaning(asdict(act))
    refused = ladders.outcome(act.act_id, meant)
    left, news = "" if refused else ladders.left.get(act.act_id, ""), refused is None
    if refused is None:
        incident = ladders.registry.name(act.alert) if act.alert else ""
        try:
            over = [one for one in deeds.over(ladders, act).values() if not one.visited]
            alerts, why = _reset(engine, ladders.act(act, now), now, n)
            if why:
                raise Refused(why)
            if act.verb == "home-reset":
                alerts += homes.forget(act.home, act.actor, act.via)
            if act.verb == "fine":
                alerts += _well(ladders, engine, *_about(ladders, act, incident), now, n)
            if act.verb == "visit":
                alerts += _visited(ladders, engine, act.found, _about(ladders, act, incident)[1], now)
                for one in over:
                    alerts += engine.visited_since(one.rule, one.home, act.found, now)
                if act.found == "away":
                    left = _leave(ladders, homes, *_about(ladders, act, incident), over, now)
            refused = ""
        except Refused as error:
            refused = str(error)
        ladders.remember(act.act_id, refused, meant, left)
        deeds.note(ladders, act, incident, refused, now)
    head = ladders.setting.chain.head
    told = teller.act(*_about(ladders, act, incident), head, now) if news and not refused else []
    return alerts, told + teller.reply(act.act_id, act.correlation, refused, now, left), refused, left


def _about(ladders: Ladders, act: Act, incident: str) -> tuple[Act, list[str]]:
    """An act in the name of whoever did it, and the incidents that it is about: a code of a message knows both."""
    known = ladders.post.codes.known.get(act.code)
    if known is None or act.verb == "confirm":
        return act, [incident] if incident else []
    return replace(act, actor=known.to), list(known.incidents)


def _well(ladders: Ladders, engine: Engine, act: Act, incidents: list[str], now: float, n: int) -> list[Alert]:
    """The rules hear of those homes in which all is well: none of a thing of many homes, which nobody can know, and
    none with a call that this word doesn't end."""
    named = [one for id_ in incidents if (one := ladders.registry.find(id_)) is not None]
    known = [*named, *ladders.registry.open_in.get(act.home, {}).values()]
    personal = [one for one in known if ladders.buttons.is_personal(one)]
    going_on = {one.home for one in personal if not ladders.settles(act, one)}
    homes = dict.fromkeys([act.home, *[one.home for one in personal]]).keys() - {"", *going_on}
    word = Reading(act.actor, "fine", "fine", True, now, (), n)
    return [alert for home in sorted(homes) for alert in engine.well(home, word)]


def _visited(ladders: Ladders, engine: Engine, found: str, incidents: list[str], now: float) -> list[Alert]:
    """The rules learn what a visit found."""
    known = [one for id_ in incidents if (one := ladders.registry.find(id_)) is not None]
    return [alert for one in known for piece in list(one.pieces) for alert in engine.visited(piece, found, now)]


def _leave(ladders: Ladders, homes: Homes, act: Act, incidents: list[str], over: list[Over], now: float) -> str:
    """Nobody is in where somebody is missed, or was when an alert that is over called the visitor there; -> where that
    isn't believed, and why."""
    known = [one for id_ in incidents if (one := ladders.registry.find(id_)) is not None]
    seen = [(one.home, now) for one in known if one.home and ladders.buttons.is_personal(one)]
    seen += [(one.home, one.at) for one in over if ladders.asks(one.rule, one.home)]
    left = dict[str, None]()
    for home, at in seen:
        roles = roles_of(act.actor, act.role, [home], ladders.setting.directory)
        says = may("mode", roles)  # a neighbour may look, and say nothing of the weeks to come
        until = at + min(act.seconds or AWAY, LONGEST if says else AWAY)
        left[homes.leave(home, act.actor, act.via, at, until, says and not act.seconds)] = None
    return "; ".join(filter(None, left))


def _note_look(ladders: Ladders, act: Act, now: float) -> str:
    refused = ""
    try:
        ladders.act(act, now)
    except Refused as error:
        refused = str(error)
    deeds.note(ladders, act, "", refused, now)
    return refused


def _reset(engine: Engine, wanted: list[str], now: float, n: int) -> tuple[list[Alert], str]:
    """Reset these -> what came of it, and why none of them could be."""
    alerts: list[Alert] = []
    refusals: list[str] = []
    for one in wanted:
        try:
            alerts += engine.reset(one, now, n)
        except NotOver as error:
            alerts += error.alerts
            refusals.append(str(error))
    return alerts, refusals[0] if wanted and len(refusals) == len(wanted) else ""


def messages(made: Made, teller: Teller, now: float) -> list[Message]:
    """What people and the platform's desk are told."""
    letters = [Message(TO, ALARM if one.loud else STATE, one.n, TO, one.body, now) for one in made.letters]
    answers = [message for answer in made.answers for message in teller.answered(answer, now)]
    merged = [message for whole in made.merged for message in teller.merged(whole, now)]
    return letters + answers + merged + [message for page in made.pages for message in teller.page(page, now)]


def real(made: Made, ladders: Ladders, teller: Teller, engine: Engine, now: float) -> list[Message]:
    """Of what was told as a walk-test and is none the platform hears anew."""
    known = {one.id: one for one in engine.open()} if made.real else {}
    told = [known[id_]._replace(at=now) for id_ in made.real if id_ in known]
    return [message for one in told for message in teller.alert(one, now, ladders.registry.name(one.id), anew="real")]


def follow(made: Made, engine: Engine, feed: Callable[[Reading], list[Alert]], now: float, n: int) -> list[Alert]:
    """What the rules have to say to it: a walk-test's alarm is over; somebody could not be told."""
    alerts: list[Alert] = []
    for one in made.resets:
        try:
            alerts += engine.reset(one, now, n)
        except NotOver as error:  # its condition came back meanwhile
            alerts += error.alerts
    if made.silent is not None:
        alerts += feed(Reading(SPEAKER, "ladder_silent", "ladder_silent", made.silent, now, (), n))
    return alerts
