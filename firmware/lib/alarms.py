"""Alarms that wait for their acknowledgement: what is sent again, when, and what goes if there are too many.

Times are milliseconds of a clock that doesn't wrap. Rules of the queue, which holds CAPACITY alarms:
- A state that is already the newest waiting one of its sensor is not queued again; one that goes back before
  its change was ever sent is taken out again. Presses and tests are never merged.
- Of one sensor only the oldest is sent until the gateway heard it, so "smoke" never arrives after "no smoke".
- When full, the least important goes, the oldest of its kind first: ends of alarms, then faults and tests,
  then alarms (their state is in every heartbeat too), presses of a button last.
"""

from wire import BUTTON, DURABLE, TEST

CAPACITY = 32
BACK_OFF_MS = (200, 500, 1000, 2000)
"""Pauses between repetitions; the last one stays. It never stops."""
VOLATILE_MS = 60_000
"""Pause when the gateway holds the alarm in memory only."""
SOUND_AFTER_MS = 5_000
PRESS_SOUNDS_MS = 60_000
"""A call nobody answers is sounded so long; an alarm state as long as it lasts."""

LIFE_SAFETY = (1, 2, 3, 4, 5)
"""Codes of smoke, heat, gas, CO and flood: the node sounds for them by itself."""
ALARM_STATES = (1, 2, 3, 4, 5, 6, 7, 9)
"""Codes whose every change is an ALARM: life safety, tamper, fault, battery low."""
LONG_PRESS = 2


class Alarm:
    """One change or one press; ``seq`` is None until it is first sent."""

    def __init__(self, code: int, index: int, raw: int, now: int) -> None:
        self.code = code
        self.index = index
        self.raw = raw
        self.born = now
        self.due = now
        self.sent = 0
        self.seq: "int | None" = None
        self.heard = False

    def is_event(self) -> bool:
        """A press or a test: it happened, it isn't a state."""
        return self.code in (BUTTON, TEST)

    def rank(self) -> int:
        """How much it matters; the least goes first when the queue is full."""
        if self.code == BUTTON:
            return 3
        if not self.raw:
            return 0
        return 2 if self.code in LIFE_SAFETY else 1


class Waiting:
    """The queue. It keeps no clock: ``now`` is handed in."""

    def __init__(self) -> None:
        self._alarms: list[Alarm] = []

    def __len__(self) -> int:
        return len(self._alarms)

    def hides(self, code: int, index: int) -> bool:
        """True while the gateway heard nothing of an alarm of this sensor: the alarm itself is to bring the state."""
        return any([alarm.code == code and alarm.index == index and not alarm.heard for alarm in self._alarms])

    def add(self, code: int, index: int, raw: int, now: int) -> "Alarm | None":
        """Queue a change or a press -> the alarm that had to go for it, or None."""
        new = Alarm(code, index, raw, now)
        if not new.is_event():
            newest = self._newest(code, index)
            if newest and newest.raw == raw:
                return None
            if newest and newest.seq is None:
                self._alarms.remove(newest)
                newest = self._newest(code, index)
                if newest and newest.raw == raw:
                    return None
        self._alarms.append(new)
        return self._shed() if len(self._alarms) > CAPACITY else None

    def next(self, now: int) -> "Alarm | None":
        """-> the alarm to send now, the one that waited longest, or None."""
        ready = [alarm for alarm in self._heads() if alarm.due <= now]
        return min(ready, key=lambda alarm: alarm.due) if ready else None

    def due(self) -> "int | None":
        """-> when the next one is to be sent, or None."""
        return min([alarm.due for alarm in self._heads()]) if self._alarms else None

    def was_sent(self, alarm: Alarm, now: int) -> None:
        """Plan its repetition."""
        pause = BACK_OFF_MS[min(alarm.sent, len(BACK_OFF_MS) - 1)]
        alarm.sent += 1
        alarm.due = now + (VOLATILE_MS if alarm.heard else pause)

    def acknowledge(self, seq: int, status: int, now: int) -> bool:
        """-> True if an alarm was waiting for this. Anything but "durable" only slows it down."""
        for alarm in self._alarms:
            if alarm.seq == seq:
                if status == DURABLE:
                    self._alarms.remove(alarm)
                else:
                    alarm.heard = True
                    alarm.due = now + VOLATILE_MS
                return True
        return False

    def hurry(self, now: int) -> None:
        """The gateway asks for everything: all that wait are due."""
        for alarm in self._alarms:
            alarm.due = min(alarm.due, now)

    def sounds(self, now: int, states: "dict[tuple[int, int], int]") -> bool:
        """True if the node has to sound because nobody heard of an alarm that still lasts, or of a call."""
        return any([self._cries(alarm, now, states) for alarm in self._alarms])

    def sounds_at(self, now: int) -> "int | None":
        """-> when ``sounds`` may change next by time alone, or None."""
        edges = []
        for alarm in self._alarms:
            edges.append(alarm.born + SOUND_AFTER_MS)
            if alarm.code == BUTTON:
                edges.append(alarm.born + SOUND_AFTER_MS + PRESS_SOUNDS_MS)
        edges = [edge for edge in edges if edge > now]
        return min(edges) if edges else None

    def _cries(self, alarm: Alarm, now: int, states: "dict[tuple[int, int], int]") -> bool:
        late = now - alarm.born - SOUND_AFTER_MS
        if alarm.heard or late < 0:
            return False
        if alarm.code == BUTTON:
            return alarm.raw != LONG_PRESS and late < PRESS_SOUNDS_MS
        return alarm.code in LIFE_SAFETY and bool(alarm.raw and states.get((alarm.code, alarm.index)))

    def _newest(self, code: int, index: int) -> "Alarm | None":
        found = None
        for alarm in self._alarms:
            if alarm.code == code and alarm.index == index:
                found = alarm
        return found

    def _heads(self) -> list[Alarm]:
        """Of each sensor all up to the first that the gateway didn't hear of, and every event."""
        held = set()
        heads = []
        for alarm in self._alarms:
            key = (alarm.code, alarm.index)
            if alarm.is_event() or key not in held:
                heads.append(alarm)
            if not alarm.heard:
                held.add(key)
        return heads

    def _shed(self) -> Alarm:
        victim = self._alarms[0]
        for alarm in self._alarms:
            if alarm.rank() < victim.rank():
                victim = alarm
        self._alarms.remove(victim)
        return victim
