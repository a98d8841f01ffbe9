"""The node's behaviour, apart from any board: bytes and sensor changes in, bytes and commands to the board out.

Times are milliseconds of a clock that doesn't wrap, handed in as ``now``. What happened is appended to
``events``; the caller takes them out and acts on them.
"""

import wire
from alarms import ALARM_STATES, LIFE_SAFETY, Alarm, Waiting

FIRMWARE = (1, 0, 0)
HAS_SOUNDER, HAS_RELAY, HAS_BATTERY, SHARED_LINE = 1, 2, 4, 8
SOUNDER = 0
POINTS = 32
"""Most sensors of one node: all its states fit into one packet."""
HELLO_MS = (500, 1000, 2000, 4000, 8000, 16000, 30000)
"""Pauses between HELLOs until the gateway is heard; the last one stays."""
BEATS_MISSED = 3
FIRST_BEAT_S = 10
"""Taken for the gateway's interval until it has told it."""


class Event:
    """What the node did or decided.

    sent     an alarm left for the first time; dropped: it fell out of the full queue
    acked    number = seq, value = 1 durable, 2 volatile
    output   number = output, value = on: set it (0 is the sounder)
    gateway  value = lost
    refused  number = code, value = index: a sensor too many
    """

    def __init__(self, name: str, number: int, value: int, alarm: "Alarm | None" = None) -> None:
        self.name = name
        self.number = number
        self.value = value
        self.alarm = alarm


class Equipment:
    """What hangs on a node, as HELLO tells it."""

    def __init__(self, hardware: str, capabilities: int, relays: int, cause: int) -> None:
        self.hardware = hardware
        self.capabilities = capabilities
        self.relays = relays
        self.cause = cause


class Node:
    """One node between two resets."""

    def __init__(
        self,
        ident: int,
        boot: int,
        now: int,
        equipment: Equipment,
        heartbeat_s: float = 60,
        reading_s: float = 300,
        shared: bool = False,
    ) -> None:
        self.ident = ident
        self.boot = boot
        self.events: list[Event] = []
        self.battery = wire.NO_BATTERY
        self._equipment = equipment
        self._shared = shared
        self._heartbeat_ms = int(heartbeat_s * 1000)
        self._reading_ms = int(reading_s * 1000)
        self._cutter = wire.Cutter()
        self._alarms = Waiting()
        self._seq = 0
        self._states: dict[tuple[int, int], int] = {}
        self._measured: dict[tuple[int, int], int] = {}
        self._changed: set[tuple[int, int]] = set()
        self._born = now
        self._hellos = 0
        self._hello_at = now
        self._heartbeat_at = now
        self._reading_at = now + self._reading_ms
        self._heard_at = now
        self._greeted = False
        self._beat_ms = FIRST_BEAT_S * 1000
        self._lost = False
        self._outputs = [False] * (equipment.relays + 1)
        self._until: dict[int, int] = {}
        self._commands: dict[int, int] = {}
        self._readbacks: list[tuple[int, int, int]] = []
        self._sounding = False

    # ---- what the sensors say

    def set(self, code: int, index: int, raw: int, now: int) -> None:
        """A state or a measurement, in wire units; nothing happens unless it changed."""
        kept = self._measured
        if wire.is_boolean(code):
            kept = self._states
            raw = 1 if raw and raw != wire.NO_READING else raw
        old = kept.get((code, index))
        if old == raw:
            return
        if old is None and len(self._states) + len(self._measured) >= POINTS:
            self.events.append(Event("refused", code, index))
            return
        kept[(code, index)] = raw
        if code not in ALARM_STATES:
            self._changed.add((code, index))
        elif raw != wire.NO_READING and (raw or old is not None):
            self._alarm(code, index, raw, now)

    def press(self, index: int, raw: int, now: int) -> None:
        """A button: 1 press, 2 long press, 3 double press."""
        self._alarm(wire.BUTTON, index, raw, now)

    def test(self, now: int) -> None:
        """The test button."""
        self._alarm(wire.TEST, 0, 1, now)

    # ---- what the line says

    def receive(self, data: bytes, now: int) -> list[bytes]:
        """Bytes off the line -> frames that answer at once, none but on a shared line."""
        polled = False
        for chunk in self._cutter.feed(data):
            packet = wire.packet(chunk)
            if packet:
                # Only the last frame on the line gives the right to speak: a POLL found late may be another's turn.
                polled = packet[0] == wire.POLL and packet[1] == self.ident
                if packet[0] & wire.DOWN and packet[1] in (self.ident, wire.EVERYONE):
                    self._obey(packet, now)
        self._settle(now)
        return [self._next(now) or self._frame(wire.IDLE, b"")] if polled and self._shared else []

    def step(self, now: int) -> list[bytes]:
        """Let time pass -> frames to send now. A node on a shared line sends none of its own accord."""
        self._settle(now)
        if self._shared:
            return []
        frames: list[bytes] = []
        while True:
            frame = self._next(now)
            if frame is None:
                return frames
            frames.append(frame)

    def wait(self, now: int) -> int:
        """-> milliseconds until something is to be done, if nothing comes in before."""
        times = [self._lost_at(), self._alarms.sounds_at(now)] + list(self._until.values())
        if self._lost:
            times[0] = None
        if not self._shared:
            times += [self._alarms.due(), self._heartbeat_at, self._reading_at]
            if not self._greeted:
                times.append(self._hello_at)
            if self._changed or self._readbacks:
                return 0
        return max(0, min([time for time in times if time is not None] + [now + 60_000]) - now)

    # ---- one frame at a time, the most urgent first

    def _next(self, now: int) -> "bytes | None":
        alarm = self._alarms.next(now)
        if alarm:
            return self._send_alarm(alarm, now)
        if self._readbacks:
            return self._frame(wire.OUTPUT, wire.readback(*self._readbacks.pop(0)))
        if not self._greeted and self._hello_at <= now:
            return self._send_hello(now)
        if self._heartbeat_at <= now:
            self._heartbeat_at = now + self._heartbeat_ms
            return self._frame(wire.HEARTBEAT, self._heartbeat(now))
        if self._reading_at <= now:
            self._reading_at = now + self._reading_ms
            self._changed.update(self._measured)
        if self._changed:
            body = wire.values([(code, index, self._value(code, index)) for code, index in sorted(self._changed)])
            self._changed.clear()
            return self._frame(wire.READING, body)
        return None

    def _send_alarm(self, alarm: Alarm, now: int) -> bytes:
        self._alarms.was_sent(alarm, now)
        if alarm.seq is None:
            alarm.seq = self._take_seq()
            self.events.append(Event("sent", alarm.seq, 0, alarm))
        return self._frame(wire.ALARM, wire.values([(alarm.code, alarm.index, alarm.raw)]), alarm.seq)

    def _send_hello(self, now: int) -> bytes:
        self._hello_at = now + HELLO_MS[min(self._hellos, len(HELLO_MS) - 1)]
        self._hellos += 1
        equipment = self._equipment
        capabilities = equipment.capabilities | (SHARED_LINE if self._shared else 0)
        return self._frame(
            wire.HELLO,
            wire.hello(
                FIRMWARE,
                equipment.cause,
                capabilities,
                equipment.relays,
                equipment.hardware,
                self._known_states(),
            ),
        )

    def _heartbeat(self, now: int) -> bytes:
        flags = (1 if self._sounding else 0) | (2 if self._lost else 0)
        outputs = 0
        for number, on in enumerate(self._outputs):
            outputs |= (1 << number) if on else 0
        outputs = (outputs & ~1) | (flags & 1)
        uptime = (now - self._born) // 1000
        states = self._known_states()
        return wire.heartbeat(uptime, self.battery, FIRMWARE, flags, outputs, len(self._alarms), states)

    def _known_states(self) -> "list[tuple[int, int, int]]":
        """States now, less those whose alarm the gateway didn't hear of: the alarm itself is to bring them."""
        return [key + (raw,) for key, raw in sorted(self._states.items()) if not self._alarms.hides(*key)]

    def _value(self, code: int, index: int) -> int:
        return (self._states if wire.is_boolean(code) else self._measured)[(code, index)]

    def _frame(self, kind: int, body: bytes, seq: "int | None" = None) -> bytes:
        return wire.frame(kind, self.ident, self.boot, self._take_seq() if seq is None else seq, body)

    def _take_seq(self) -> int:
        self._seq += 1
        return self._seq - 1

    def _alarm(self, code: int, index: int, raw: int, now: int) -> None:
        shed = self._alarms.add(code, index, raw, now)
        if shed:
            self.events.append(Event("dropped", 0, 0, shed))

    # ---- the gateway

    def _obey(self, packet: "tuple[int, int, int, int, bytes]", now: int) -> None:
        kind, _, boot, seq, body = packet
        self._heard_at = now
        if self._lost:
            self._lost = False
            self.events.append(Event("gateway", 0, 0))
        if kind == wire.QUERY:
            self._hellos = 0
            self._hello_at = self._heartbeat_at = self._reading_at = now
            self._alarms.hurry(now)
        self._greeted = self._hellos > 0
        if kind == wire.ACK and boot == self.boot and body:
            if self._alarms.acknowledge(seq, body[0], now):
                self.events.append(Event("acked", seq, body[0]))
        elif kind == wire.SWITCH and boot in (0, self.boot):
            self._command(seq, wire.command(body), now)
        elif kind == wire.BEAT and body and body[0]:
            self._beat_ms = body[0] * 1000

    def _command(self, number: int, command: "tuple[int, int, int] | None", now: int) -> None:
        if command is None:
            return
        output, on, seconds = command
        if output >= len(self._outputs) or (output == SOUNDER and not self._equipment.capabilities & HAS_SOUNDER):
            self._readbacks.append((number, output, 0))
            return
        self._commands[output] = number
        self._until.pop(output, None)
        if on and seconds:
            self._until[output] = now + seconds * 1000
        self._switch(output, bool(on))
        self._readbacks.append((number, output, 1 if on else 0))

    def _switch(self, output: int, on: bool) -> None:
        if self._outputs[output] != on:
            self._outputs[output] = on
            if output != SOUNDER:
                self.events.append(Event("output", output, on))

    # ---- time

    def _settle(self, now: int) -> None:
        """Outputs whose time is over, a gateway that went silent, and the sounder that follows from all."""
        for output in [output for output, until in self._until.items() if until <= now]:
            del self._until[output]
            self._switch(output, False)
            self._readbacks.append((self._commands[output], output, 0))
        if not self._lost and self._lost_at() <= now:
            self._lost = True
            self.events.append(Event("gateway", 0, 1))
        sounding = self._outputs[SOUNDER] or self._in_danger() or self._alarms.sounds(now, self._states)
        if sounding != self._sounding:
            self._sounding = sounding
            self.events.append(Event("output", SOUNDER, sounding))

    def _lost_at(self) -> int:
        return self._heard_at + BEATS_MISSED * self._beat_ms + self._beat_ms // 2

    def _in_danger(self) -> bool:
        """The gateway knew of an alarm, is gone, and the alarm lasts: nobody else can sound."""
        return self._lost and any([raw == 1 and key[0] in LIFE_SAFETY for key, raw in self._states.items()])
