"""Fold: the gateway's whole state as a fold over Frames. Pure: no clock, no I/O.

``handle`` is what the live loop calls and what replay calls; the same Frames give the same alerts, the same
message numbers and the same bytes. Deadlines need no Frame of their own: every Frame first brings the engine to
its time. A Frame that made something is always kept, so that the journal alone explains everything.
"""

from drivers.reading import Frame
from gateway.hub import sensors, special
from gateway.hub.outcome import Outcome
from gateway.hub.state import State
from gateway.hub.steps import respond


class Fold(State):
    """State = fold(Frames)."""

    def handle(self, frame: Frame) -> Outcome:
        """Take in one Frame. Raises nothing for any bytes of a sensor's port."""
        if frame.at < self.now:
            frame = frame._replace(at=self.now)
        out = Outcome(frame)
        special.PORTS.get(frame.port, sensors.take)(self, out)
        if out.n:
            respond(self, out)
            self.n = out.n
        return out
