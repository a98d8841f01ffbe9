"""Homes with another name: what the ladders know by the name of a home. Pure.

An open alert comes by itself to where it is now (intake.py); silences and walk-tests that name the old one hide nothing
any more.
"""

from collections.abc import Mapping

from gateway.ladder.incident import Incident
from gateway.ladder.parts import Parts
from gateway.ladder.words import HOME


def rename(ladders: Parts, names: Mapping[str, str]) -> None:
    """These homes are called otherwise, old -> new: a question, a hush, and what its voice was told go on."""
    for times in (ladders.climb.asked, ladders.buttons.hushed, ladders.buttons.opened):
        for old in names.keys() & times.keys():
            times[names[old]] = times.pop(old)
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


def _rename(incident: Incident, names: Mapping[str, str], voices: Mapping[str, str]) -> bool:
    """-> whether anything of it was called so."""
    before = incident.told, incident.homes
    incident.told = [voices.get(to, to) for to in incident.told]
    if not incident.home or incident.is_over:  # no alert of it says so
        incident.homes = [names.get(home, home) for home in incident.homes]
        incident.home = names.get(incident.home, incident.home)
    return before != (incident.told, incident.homes)
