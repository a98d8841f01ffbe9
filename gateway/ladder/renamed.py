"""Homes with another name: what the ladders know by the name of a home. Pure.

An open alert comes by itself to where it is now (intake.py). What somebody keeps from others there, a silence or a
walk-test, goes with the name as long as the same people live there; it would hide what is somebody else's otherwise.
"""

from collections.abc import Collection, Mapping

from gateway.ladder.incident import Incident
from gateway.ladder.parts import Parts
from gateway.ladder.words import HOME
from rules.renamed import carry


def rename(ladders: Parts, names: Mapping[str, str], others: Collection[str], now: float) -> None:
    """These homes are called otherwise, old -> new: a question, a hush, and what its voice was told go on; and what is
    silenced or tested, but in ``others``, the new names of those in which other people live. Whoever was told of what
    is open in a home by a title that it has no more hears the right one."""
    ladders.setting.renamed = names
    for times in (ladders.climb.asked, ladders.buttons.hushed, ladders.buttons.opened):
        carry(times, names)
    same = {old: new for old, new in names.items() if new not in others}
    ladders.quiet.rename(same, now)
    ladders.walks.rename(same, now)
    registry, voices = ladders.registry, {f"{HOME}:{old}": f"{HOME}:{new}" for old, new in names.items()}
    for incident in (*registry.open.values(), *registry.over.values()):
        if _rename(incident, names, voices):
            registry.mark(incident)
    post = ladders.post
    under_way = [sent for sent in post.sent.values() if sent.to in voices]
    for sent in under_way:
        sent.to = voices[sent.to]
        post.dirty.add(sent.id)
    if under_way:
        post.resume()
    post.silent = {voices.get(to, to) for to in post.silent}
    post.allowances.rename(voices)
    for incident in [one for one in registry.open.values() if one.home in ladders.setting.called.keys() - names.keys()]:
        if incident.home in ladders.setting.directory.homes:
            ladders.climb.correct(incident, incident.told, incident.home, now)


def _rename(incident: Incident, names: Mapping[str, str], voices: Mapping[str, str]) -> bool:
    """-> whether anything of it was called so."""
    before = incident.told, incident.homes
    incident.told = [voices.get(to, to) for to in incident.told]
    if not incident.home or incident.is_over:  # no alert of it says so
        incident.homes = [names.get(home, home) for home in incident.homes]
        incident.home = names.get(incident.home, incident.home)
    return before != (incident.told, incident.homes)
