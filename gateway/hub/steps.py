"""The steps that Frames of all ports have in common: what falls due comes first, what follows is told at the end."""

from gateway.hub import responder
from gateway.hub.modes import Change
from gateway.hub.outcome import Outcome
from gateway.hub.standing import Silences
from gateway.hub.state import State


def keep(state: State, out: Outcome) -> None:
    """Number the Frame and bring the state to its time; what falls due on the way comes out first."""
    out.n = state.n + 1
    state.now = out.frame.at
    advance(state, out, state.now)


def advance(state: State, out: Outcome, to: float) -> None:
    """All that falls due up to this moment, in its order."""
    modes = state.modes
    while (moment := modes.due()) is not None and moment <= to:
        _tick(state, out, moment)
        turn(state, out, modes.tick(moment), None)
    _tick(state, out, to)


def _tick(state: State, out: Outcome, to: float) -> None:
    """Rules, then the ladders that hear of them."""
    out.alerts += state.engine.tick(to)
    tell(state, out)
    state.ladders.tick(to)


def turn(state: State, out: Outcome, changes: list[Change], begin: int | None) -> None:
    """Homes came into another mode: by this input, or (None) because its moment has come."""
    for change in changes:
        out.changes.append(change)
        out.alerts += state.engine.mode(change.home, change.mode, change.at, change.at if begin is None else begin)


def tell(state: State, out: Outcome) -> None:
    """A message for each alert change not told yet; one that is only pending (n = 0) is no news."""
    while out.told < len(out.alerts):
        alert = out.alerts[out.told]
        out.told += 1
        if alert.n:
            out.urgent = True
            out.messages += responder.alert(state.ladders, state.teller, alert, state.now)
            for home in state.standing.take(alert):
                stand(state, out, home, alert.at)
    while out.turned < len(out.changes):
        out.messages += state.teller.mode(out.changes[out.turned], state.now)
        out.turned += 1


def hear(state: State, out: Outcome) -> None:
    """Somebody may have silenced something, or a silence is over."""
    tests = {home: test.until for home, test in state.ladders.walks.tests.items()}
    for home, at in state.standing.hear(Silences(state.ladders.quiet.silences, tests), state.now):
        stand(state, out, home, at)


def stand(state: State, out: Outcome, home: str, at: float) -> None:
    """Something else is true of whether a home is protected: an entry of the record, and the platform hears of it."""
    causes = state.standing.homes.get(home)
    why = [[key, *cause[:3]] for key, cause in sorted((causes or {}).items())]
    state.ladders.setting.note(at, "home", home=home, present=causes is not None, why=why)
    out.messages += state.teller.home(home, at, state.now)


def respond(state: State, out: Outcome) -> None:
    """Do what the ladders want, and what follows from that, until there is nothing left to do."""
    ladders, now = state.ladders, state.now
    tell(state, out)
    ladders.tick(now)
    while made := ladders.made():
        out.entries += made.entries
        out.sound = out.sound or made.sound
        letters = responder.messages(made, state.teller, now)
        out.messages += letters + responder.real(made, ladders, state.teller, state.engine, now)
        out.urgent = out.urgent or bool(letters)
        out.alerts += responder.follow(made, state.engine, state.engine.feed, now, out.n)
        tell(state, out)
        hear(state, out)
        ladders.tick(now)
