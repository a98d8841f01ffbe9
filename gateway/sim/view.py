"""The live view in a terminal of at least 80 x 24: sensors, alerts, outputs, outbox, and what the platform received."""

import asyncio
import time

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.sim import flat, words
from gateway.sim.ledger import Arrived
from gateway.sim.plain import arrived_line, clock
from gateway.sim.stage import Stage
from gateway.store.message import LANES
from gateway.words import Language

FRAMES = 5
"""Pictures a second: one costs some milliseconds of the loop in which the gateway runs, too."""
ALARM, MILD, GOOD = "bold white on red", "yellow", "green"
STYLES = {"emergency": ALARM, "urgent": ALARM, "warning": MILD, "notice": MILD}


def loud(point: str, values: words.Values) -> bool:
    """Whether this value is an alarm by itself."""
    return point in words.ALARMING and bool(values[point])


class View:
    """Draws the stage until it ends. Only looks at the gateway."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang
        self._console = Console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False, vertical_overflow="crop")
        self._sentence, self._round = words.say(words.SAID, "opening", lang), 1
        self._lines: list[Text] = []
        self._counts = dict.fromkeys(LANES, 0)
        self._drawing: asyncio.Task[None] | None = None
        self._stage: Stage

    def begin(self, stage: Stage) -> None:
        """Take the screen."""
        self._stage = stage
        for one in stage.platform.arrived.listen(self._arrived):
            self._arrived(one)
        self._live.start()
        self._drawing = asyncio.create_task(self._draw(), name="view")

    def tell(self, sentence: str, number: int) -> None:
        """What the story does next."""
        self._sentence, self._round = sentence, number

    def end(self) -> None:
        """Give the screen back."""
        if self._drawing is not None:
            self._drawing.cancel()
        self._live.stop()

    async def _draw(self) -> None:
        while True:
            self._live.update(self._picture(), refresh=True)
            await asyncio.sleep(1 / FRAMES)

    def _say(self, key: str, **values: object) -> str:
        return words.say(words.SAID, key, self._lang, **values)

    def _arrived(self, one: Arrived) -> None:
        if "seq" in one.body:
            self._counts[one.body["seq"]["lane"]] += 1
        if not (text := arrived_line(one, self._lang)):
            return
        firing = one.body.get("kind") == "alert" and one.body["state"] == "firing"
        line = Text(text, style=STYLES[one.body["severity"]] if firing else "", no_wrap=True, overflow="ellipsis")
        self._lines.append(Text.assemble((f"{clock(time.time())[:8]} ", "dim"), line))
        del self._lines[:-50]

    def _picture(self) -> Layout:
        whole = Layout()
        whole.split_column(
            Layout(self._head(), size=1),
            Layout(Panel(Text(self._sentence), title=self._say("now"), border_style="cyan"), size=4),
            Layout(name="flat", size=9),
            Layout(name="way", minimum_size=6),
        )
        whole["flat"].split_row(
            Layout(self._boxed("sensors", self._sensors()), ratio=3),
            Layout(self._boxed("alerts", self._alerts()), ratio=2),
        )
        whole["way"].split_row(
            Layout(Group(self._boxed("outputs", self._outputs()), self._boxed("outbox", self._outbox())), size=30),
            Layout(self._boxed("platform", self._received())),
        )
        return whole

    def _boxed(self, key: str, content: RenderableType) -> Panel:
        return Panel(content, title=self._say(key), padding=(0, 1), border_style="dim")

    def _head(self) -> Text:
        up, online = self._stage.link.up, self._stage.platform.online
        parts = [
            (self._say("title"), "bold"),
            (self._say("round", round=self._round), ""),
            (self._say("link-up" if up else "link-down"), GOOD if up else ALARM),
            (self._say("online" if online else "offline"), GOOD if online else MILD),
            (time.strftime("%H:%M:%S"), "dim"),
        ]
        return Text("   ").join(Text(text, style) for text, style in parts)

    def _sensors(self) -> Table:
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(no_wrap=True, style="bold")
        table.add_column(ratio=1)
        table.add_column(justify="right", no_wrap=True, style="dim")
        now = time.monotonic()
        for plan in flat.PLANS:
            tap = self._stage.taps[plan.device]
            heard = "–" if tap.heard is None else self._say("ago", seconds=int(now - tap.heard))
            table.add_row(plan.room[self._lang], self._values(tap.values), heard)
        return table

    def _values(self, values: words.Values) -> Text:
        parts = [
            Text(words.reading(point, values[point], self._lang), style=ALARM if loud(point, values) else "")
            for point in words.ORDER
            if point in values and point != "button"
        ]
        return Text(" · ").join(parts)

    def _alerts(self) -> Group:
        stage = self._stage
        if stage.app is None:
            return Group()
        fold, lines = stage.app.hub.fold, []
        titles = {rule.id: rule.title for rule in stage.site.rules}
        for alert in fold.engine.open():
            if alert.state == "pending":
                continue
            state = words.STATES["acknowledged" if fold.ladders.answer(alert.id) else alert.state][self._lang]
            style = STYLES[alert.severity] if alert.state == "firing" else MILD
            title = titles.get(alert.rule, {}).get(self._lang, alert.rule)
            room = words.room(alert.device, self._lang)
            lines += [Text(f"{title}", style=style, no_wrap=True), Text(f"  {room} · {state}", no_wrap=True)]
        return Group(*(lines or [Text(self._say("no-alerts"), style="dim")]))

    def _outputs(self) -> Group:
        values = self._stage.taps["kitchen"].values
        lines = []
        for name, number in (("siren", flat.SIREN), ("valve", flat.VALVE)):
            on = bool(values.get(f"output_on#{number + 1}"))
            lines.append(Text(self._say(f"{name}-{'on' if on else 'off'}"), style=ALARM if on else GOOD))
        return Group(*lines)

    def _outbox(self) -> Table:
        table = Table.grid(padding=(0, 1), expand=True)
        for justify in ("left", "right", "right", "right"):
            table.add_column(justify=justify, no_wrap=True)
        table.add_row("", *(self._say(key) for key in ("waiting", "underway", "arrived")), style="dim")
        lanes = self._stage.app.outboxes[flat.UPLINK].lanes if self._stage.app is not None else ()
        for name, lane in zip(LANES, lanes, strict=bool(lanes)):
            waiting = len(lane.waiting)
            held = Text(str(waiting), style=MILD if waiting else "")
            table.add_row(words.LANES[name][self._lang], held, str(len(lane.underway)), str(self._counts[name]))
        return table

    def _received(self) -> Group:
        room = max(1, self._console.height - 16)
        return Group(*self._lines[-room:])
