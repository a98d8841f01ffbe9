"""A port that is a broker in the home, and what every table that reaches a broker says: [ports.NAME], [uplinks.NAME].

    [ports.NAME]    type = "mqtt", host, port, version = 5 | 3, keepalive = 30, username, password_file | password_env,
                    tls = {ca, cert, key}, driver, base (what stands before the topics; default the driver's)
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from drivers.driver import Driver
from gateway.site.model import MqttPort, Tls
from gateway.site.values import host_of, path_of, secret
from rules.document import Mistake, Table
from rules.sentence import Sentence


class Reach(NamedTuple):
    """How a broker is reached. ``version`` is 5, or 3 for MQTT 3.1.1; ``keepalive`` in seconds."""

    host: str
    port: int
    version: Literal[3, 5]
    keepalive: int
    username: str
    password_file: Path | None
    password_env: str
    tls: Tls | None


def reach(table: Table, base: Path) -> Reach:
    """The keys that say how a broker is reached."""
    version = table.whole("version", 5)
    if version not in (3, 5):
        table.mistake("version", "{version} is no MQTT version", "write 5, or 3 for MQTT 3.1.1", version=version)
    tls = _tls(table, base) if "tls" in table else None
    password_file, password_env = secret(table, base, "password")
    if (password_file or password_env) and "username" not in table:
        table.mistake(
            "", '"username" is missing in {table}', 'write username = "…", a password needs one', table=table.name
        )
    return Reach(
        host_of(table),
        table.whole("port", 8883 if tls else 1883, low=1, high=65535),
        3 if version == 3 else 5,
        table.whole("keepalive", 30, low=1, high=3600),
        table.text("username", ""),
        password_file,
        password_env,
        tls,
    )


def _tls(table: Table, base: Path) -> Tls:
    inner = table.table("tls")
    tls = Tls(path_of(inner, "ca", base), path_of(inner, "cert", base), path_of(inner, "key", base))
    if (tls.cert is None) != (tls.key is None):
        missing = "key" if tls.key is None else "cert"
        inner.mistake(
            "",
            '"{missing}" is missing in {inner}',
            "a client certificate needs cert and key",
            missing=missing,
            inner=inner.name,
        )
    return tls


def broker(name: str, table: Table, base: Path, drivers: Mapping[str, Driver]) -> MqttPort:
    """[ports.NAME] of type mqtt."""
    driver = table.text("driver", "", choices=sorted(one.name for one in drivers.values() if one.link == "mqtt"))
    prefix = table.text("base", "").strip("/")
    if any(sign in prefix for sign in "#+\0"):
        table.mistake(
            "base",
            '"{prefix:.60}" holds a wildcard',
            'write the topic before all others, as "zigbee2mqtt"',
            prefix=prefix,
        )
    return MqttPort(name, driver, *reach(table, base), base=prefix)


def overlaps(root: Table, port: MqttPort, drivers: Iterable[Driver]) -> None:
    """Note two drivers of a port that hear the same topics: a press would ring twice."""
    wanted = [(driver, topic.split("/")) for driver in drivers for topic in _filters(port, driver)]
    for at, (driver, levels) in enumerate(wanted):
        for other, others in wanted[:at]:
            if driver.name != other.name and _meet(levels, others):
                line = root.document.line("ports", port.name)
                what = Sentence(
                    "the topics of {other} and {driver} on port {port} overlap",
                    other=other.name,
                    driver=driver.name,
                    port=port.name,
                )
                remedy = "give each a port of its own, with its own base"
                root.mistakes.append(Mistake(root.document.file, line, what, remedy))
                return


def _filters(port: MqttPort, driver: Driver) -> list[str]:
    base = port.base or driver.base
    return [f"{base}/{topic}" if base else topic for topic in driver.topics]


def _meet(one: list[str], other: list[str]) -> bool:
    """Whether some topic matches both filters."""
    for mine, theirs in zip(one, other, strict=False):
        if "#" in (mine, theirs):
            return True
        if mine != theirs and "+" not in (mine, theirs):
            return False
    longer = max(one, other, key=len)
    return len(one) == len(other) or longer[min(len(one), len(other))] == "#"
