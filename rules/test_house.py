"""A small house for the tests of the rules: an engine with rules given as TOML, and a way to say readings."""

from drivers.reading import Reading, Scalar, Source
from rules.alert import Alert
from rules.document import read
from rules.engine import Device, Engine
from rules.rule import Rule
from rules.rulefile import read_rules

DEVICES = {
    "a": Device("h1", "kitchen", 3600.0),
    "b": Device("h1", "bedroom", 7200.0),
    "c": Device("h2"),
}


def rules_of(*bodies: str) -> list[Rule]:
    """Rules r0, r1, … of the lines of their tables."""
    head = '[r{}]\ntitle = {{zh = "一", en = "one"}}\nseverity = "warning"\n{}\n'
    return read_rules(read("".join(head.format(number, body) for number, body in enumerate(bodies)), "test.toml"))


class House:
    """Says readings to an engine; each one is an input of its own."""

    def __init__(self, *bodies: str, devices: dict[str, Device] | None = None) -> None:
        self.devices = dict(DEVICES if devices is None else devices)
        self.rules = rules_of(*bodies)
        self.engine = Engine("gw", "epoch")
        self.n = 0
        self.first = self.engine.configure(self.rules, self.devices, 0.0, 0)

    def say(
        self, at: float, device: str, quantity: str, value: Scalar, *flags: str, seq: int = 0, point: str = ""
    ) -> list[Alert]:
        """One reading; ``seq`` makes it one of an alarm frame."""
        self.n += 1
        source = Source(device, 7, seq) if seq else None
        return self.engine.feed(Reading(device, point or quantity, quantity, value, at, flags, self.n, source))

    def configure(self, at: float, *bodies: str, devices: dict[str, Device] | None = None) -> list[Alert]:
        """Other rules, or other devices."""
        self.n += 1
        self.rules = rules_of(*bodies)
        self.devices = self.devices if devices is None else devices
        return self.engine.configure(self.rules, self.devices, at, self.n)


def brief(alerts: list[Alert]) -> list[tuple[float, str, int, str]]:
    """What most tests compare: (at, state, n, reason)."""
    return [(alert.at, alert.state, alert.n, alert.reason) for alert in alerts]
