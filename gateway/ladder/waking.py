"""Waking: the gateway was away, and nobody can say for how long.

The machine lost its power, and its clock isn't set: gateway time goes on where it stopped. What keeps help away must
not last longer for it, so it is taken for over; what calls for help is done now rather than late.
"""

from gateway.ladder.incident import Incident
from gateway.ladder.parts import Parts

UNKNOWN = "nobody knows how long the gateway was away"
EMERGENCY = "emergency"


def wake(ladders: Parts, at: float) -> None:
    """The next step of each emergency is due now, and the next channel of its messages; silences of life-safety,
    walk-tests, hushed sirens and an opened gas valve end. A question keeps the time that it still had."""
    quiet, buttons = ladders.quiet, ladders.buttons
    for incident in list(ladders.registry.open.values()):
        if incident.severity == EMERGENCY and incident.due is not None and not incident.asking:
            ladders.climb.hasten(incident, _soon(ladders, incident, at))
    ladders.post.hasten(at)
    for silence in list(quiet.silences.values()):
        if silence.life_safety:
            quiet.end(silence.id, at, UNKNOWN)
    for home in list(ladders.walks.tests):
        ladders.walks.end(home, at, UNKNOWN)
    for home in list(buttons.hushed):
        buttons.unhush(home)
    buttons.opened.clear()


def _soon(ladders: Parts, incident: Incident, at: float) -> float:
    """A step at once. A pause between rounds is at most as long as the first one: with the power coming and going each
    minute a round a minute would be read by nobody."""
    ladder = ladders.setting.ladder(incident.ladder, incident.home)
    is_pause = ladder is not None and incident.step >= len(ladder.steps)
    return at + (ladder.again or 0.0) if is_pause and ladder is not None else at
