"""Vigil: why somebody will or won't be asked whether all is well, as data and in words."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

from drivers.reading import Reading

OFTEN = 2.0
"""Needless calls beyond the accepted ones from which on it is said how to spare them."""


class Vigil(NamedTuple):
    """How one home is watched over at a moment. Times are gateway time, lengths in seconds."""

    home: str
    since: float
    """Of the last sign of life; of the beginning, if there was none since."""
    last: Reading | None
    normal: float
    """So long a silence is normal now."""
    asks_at: float
    calls_at: float
    sensors: tuple[str, ...]
    """That ever said something of life."""
    heard: tuple[str, ...]
    """Those of them that were heard within their budgets."""
    out: bool
    """The front door was the last that was heard."""
    mode: str
    days: float
    """Learned from so many days, old ones counting less."""
    stage: Literal["quiet", "waits", "asks", "calls"]
    awaits: tuple[str, ...] = ()
    """Sensors that aren't heard, and without which nobody is asked: until they are, or a day if others are."""
    often: bool = False
    """It called for nothing again and again of late, and hears of nobody who leaves: no sensor is at a front door."""

    lies: tuple[str, ...] = ()
    """Sensors that are known to be faulty, and tell of no life."""

    def words(self, local: Callable[[float], datetime]) -> dict[str, str]:
        """One line in zh and in en; ``local`` gives the time on the wall."""
        said = f"{self.last.device} {local(self.last.at):%m-%d %H:%M}" if self.last else ""
        asks, calls = f"{local(self.asks_at):%m-%d %H:%M}", f"{local(self.calls_at):%m-%d %H:%M}"
        missing = ", ".join(name for name in self.sensors if name not in (*self.heard, *self.lies))
        faulty = ", ".join(self.lies)
        out_zh = "；".join(f"{what}：{names}" for what, names in (("缺", missing), ("故障", faulty)) if names)
        out_en = "; ".join(f"{what}: {names}" for what, names in (("missing", missing), ("faulty", faulty)) if names)
        zh = [
            f"最后的活动：{said or '还没有'}",
            f"{len(self.sensors)}个传感器中{len(self.heard)}个正常" + (f"（{out_zh}）" if out_zh else ""),
            "入户门是最后的动静，视为外出" if self.out else "未外出" if self.mode != "away" else "外出",
            *self._then_zh(asks, calls),
            *(["近来屡次误呼：在入户门装门磁，或外出时设为away模式，即可避免"] * self.often),
        ]
        en = [
            f"last sign of life: {said or 'none yet'}",
            f"{len(self.heard)} of {len(self.sensors)} sensors healthy" + (f" ({out_en})" if out_en else ""),
            "the front door was last, so believed out" if self.out else "away" if self.mode == "away" else "not away",
            *self._then_en(asks, calls),
            *(["called for nothing of late: a sensor at the front door, or mode away, spares that"] * self.often),
        ]
        return {"zh": "；".join(zh), "en": "; ".join(en)}

    def _then_zh(self, asks: str, calls: str) -> list[str]:
        if self.mode not in ("home", "night"):
            return [f"模式为{self.mode}，不询问"]
        if self.awaits and self.stage in ("quiet", "waits"):
            when = f"{asks}以后" if self.stage == "quiet" else ""
            back = "修好" if set(self.awaits) <= set(self.lies) else "恢复"
            return [f"{'、'.join(self.awaits)}{back}后才询问" + (f"（{when}）" if when else "")]
        return [{"quiet": f"{asks}询问，{calls}通知", "asks": f"已询问，{calls}通知", "calls": "已通知"}[self.stage]]

    def _then_en(self, asks: str, calls: str) -> list[str]:
        if self.mode not in ("home", "night"):
            return [f"doesn't ask in mode {self.mode}"]
        if self.awaits and self.stage in ("quiet", "waits"):
            when = f", not before {asks}" if self.stage == "quiet" else ""
            back = "repaired" if set(self.awaits) <= set(self.lies) else "heard"
            return [f"asks when {', '.join(self.awaits)} is {back}{when}"]
        return [
            {
                "quiet": f"asks at {asks}, calls at {calls}",
                "asks": f"has asked, calls at {calls}",
                "calls": "has called",
            }[self.stage]
        ]
