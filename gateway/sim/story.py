"""What happens in the flat. Each step waits for what it must lead to; pauses are only there to be read."""

import asyncio
import random
import uuid
from collections.abc import Callable
from typing import Any

from gateway.sim import flat
from gateway.sim.ledger import Arrived, Body
from gateway.sim.node import is_event
from gateway.sim.stage import Stage
from gateway.sim.words import DESK

SOON = 15.0
"""Seconds in which a step must lead to what it must lead to."""
AIRED = 75.0
"""Seconds until the gas alarm's own condition for its end (60 s of clean air) has passed for certain."""

Tell = Callable[..., None]


class Story:
    """One flat's troubles, round after round; the same ``dice`` play the same variations. Raises record.Missing."""

    def __init__(self, stage: Stage, tell: Tell, dice: random.Random, pause: float) -> None:
        self._stage, self._tell, self._dice, self._pause = stage, tell, dice, pause
        self._kitchen, self._hall, self._bathroom = (stage.nodes[plan.device] for plan in flat.PLANS)
        self._alerts: dict[str, str] = {}
        """Rule -> id of its alert, as the platform was told."""

    async def begin(self) -> None:
        """Everything is up and has heard of each other."""
        self._tell("begin")
        await self._arrives(lambda one: one.rest == "status" and one.body["online"], after=0)
        for node in self._stage.nodes.values():
            await self._arrives(lambda one, name=node.device: one.rest == f"state/{name}", after=0)  # type: ignore[misc]

    async def play(self, *, to_the_end: bool) -> None:
        """One round. ``to_the_end``: wait until the air is clean and persons have reset the alarms."""
        await self._ordinary_morning()
        await self._call_for_help()
        await self._smoke()
        await self._gas_without_a_link(silently=to_the_end and self._dice.random() < 0.5)
        await self._quiet()
        if to_the_end:
            await self._clean_up()

    async def _ordinary_morning(self) -> None:
        self._tell("morning")
        after = self._mark()
        self._hall.set("door_open", 1)
        await self._state("hall", "door_open", True, after)
        await self._read()
        self._hall.set("motion", 1)
        self._hall.set("door_open", 0)
        self._kitchen.set("temperature_c", self._about(22.8, 0.4))
        self._bathroom.set("humidity_pct", self._about(55, 5))
        await self._state("hall", "door_open", False, after)
        await self._state("kitchen", "temperature_c", None, after)
        await self._read()

    async def _call_for_help(self) -> None:
        self._tell("button")
        after = self._mark()
        self._hall.set("motion", 0)
        self._bathroom.press()
        await self._alert("emergency-call", "firing", after)
        await self._read()
        self._tell("desk-takes-call")
        await self._command("acknowledge", alert=self._alerts["emergency-call"])
        await self._read()

    async def _smoke(self) -> None:
        self._tell("smoke")
        after, turn = self._mark(), self._kitchen.mark
        self._kitchen.set("temperature_c", self._about(41, 3))
        self._kitchen.set("smoke", 1)
        await self._siren(True, turn)
        await self._alert("smoke", "firing", after)
        await self._read(2)
        self._tell("smoke-over")
        turn = self._kitchen.mark
        self._kitchen.set("smoke", 0)
        await self._siren(False, turn)
        await self._alert("smoke", "cleared", after)
        await self._read()

    async def _gas_without_a_link(self, *, silently: bool) -> None:
        stage, after = self._stage, self._mark()
        self._tell("stall" if silently else "cut")
        if silently:
            stage.link.stall()
        else:
            stage.link.refuse()
            await self._arrives(lambda one: one.rest == "status" and not one.body["online"], after)
        self._hall.set("door_open", 1)
        self._kitchen.set("temperature_c", self._about(25, 1))
        await self._read()
        self._tell("gas")
        turn = self._kitchen.mark
        self._kitchen.set("gas_lel_pct", self._about(14, 2))
        self._kitchen.set("gas_alarm", 1)
        await self._siren(True, turn)
        await self._relay(flat.VALVE, True, turn)
        await self._read()
        self._tell("offline-life")
        self._hall.set("door_open", 0)
        self._hall.set("motion", 1)
        self._bathroom.set("humidity_pct", self._about(60, 5))
        if self._dice.random() < 0.5:
            self._bathroom.press()
        # A stalled link is noticed by what isn't confirmed within 6 s: sometimes it is back before, sometimes not.
        await self._read(self._dice.uniform(3, 9) if silently else self._dice.uniform(2, 4))
        self._tell("mend")
        if silently:
            stage.link.cut()  # What waited in it is lost.
        stage.link.resume()
        # The gateway's next attempt may be as far away as its back-off has grown.
        await self._alert("gas-leak", "firing", after, seconds=40)
        await self._state("hall", "motion", True, after)
        await self._state("bathroom", "humidity_pct", None, after)
        self._tell("caught-up")
        await self._read()

    async def _quiet(self) -> None:
        self._tell("hush")
        turn = self._kitchen.mark
        await self._command("hush", home=flat.HOME, seconds=AIRED)
        await self._siren(False, turn)
        self._kitchen.set("gas_alarm", 0)
        self._kitchen.set("gas_lel_pct", self._about(0.4, 0.2))
        self._hall.set("motion", 0)
        await self._read()

    async def _clean_up(self) -> None:
        """Latched alarms wait for a person, and the gas alarm for a minute of clean air."""
        self._tell("airing")
        after = self._mark()
        async with asyncio.TaskGroup() as both:
            both.create_task(asyncio.sleep(AIRED))  # The hush, too, must be over before the next round's smoke.
            both.create_task(self._alert("gas-leak", "cleared", after, seconds=AIRED))
        self._tell("resets")
        for rule in ("emergency-call", "smoke", "gas-leak"):
            await self._command("reset", alert=self._alerts[rule])
            await self._alert(rule, "resolved", after)
        await self._read()

    async def _read(self, times: float = 1) -> None:
        await asyncio.sleep(times * self._pause)

    def _about(self, middle: float, spread: float) -> float:
        return round(self._dice.uniform(middle - spread, middle + spread), 1)

    def _mark(self) -> int:
        return len(self._stage.platform.arrived)

    async def _arrives(self, want: Callable[[Arrived], bool], after: int, seconds: float = SOON) -> Body:
        return (await self._stage.platform.arrived.wait_for(want, seconds, after=after)).body

    async def _state(self, device: str, point: str, value: Any, after: int) -> None:
        def wanted(one: Arrived) -> bool:
            values = one.body.get("values", {})
            return one.rest == f"state/{device}" and point in values and value in (None, values[point])

        await self._arrives(wanted, after)

    async def _alert(self, rule: str, state: str, after: int, seconds: float = SOON) -> None:
        def wanted(one: Arrived) -> bool:
            return one.body.get("rule") == rule and one.body["state"] == state

        self._alerts[rule] = (await self._arrives(wanted, after, seconds))["alert"]

    async def _siren(self, on: bool, turn: int) -> None:
        await self._relay(flat.SIREN, on, turn)

    async def _relay(self, number: int, on: bool, turn: int) -> None:
        """The kitchen's own word that it switched one of its relays."""
        await self._kitchen.said.wait_for(lambda said: is_event(said, "output", output=number, on=on), SOON, after=turn)

    async def _command(self, verb: str, **rest: Any) -> None:
        after = self._mark()
        act = {"act_id": uuid.uuid4().hex, "verb": verb, "actor": DESK, "via": "platform", **rest}
        await asyncio.to_thread(self._stage.platform.publish, f"{flat.PREFIX}/command", act)
        reply = await self._arrives(lambda one: one.rest == "reply" and one.body["act_id"] == act["act_id"], after)
        if not reply["ok"]:
            raise Refusal(f"{verb}: {reply['why']}")


class Refusal(Exception):
    """The gateway refused what a person asked for in the story."""
