"""The Fold as rows of the checkpoint, and back.

Only rows that changed are written again. Keys: ``hub`` · ``dates`` · ``strangers`` ·
``m:PORT/ADDRESS`` decoder memory · ``o:HOME`` its mode · ``t:DEVICE`` what was told · ``e:…`` the engine's own ·
``l:…`` the ladders' own · ``b:DEVICE/POINT`` the days of a battery · ``h:HOME`` why it isn't protected.
"""

import json
from collections.abc import Mapping

from gateway.hub.fold import Fold
from gateway.hub.state import ran_in
from rules.engine import Engine


def changed(fold: Fold) -> dict[str, str | None]:
    """The rows that changed since the last call; None deletes one."""
    rows: dict[str, str | None] = {}
    for port, address in fold.dirty:
        memory = fold.memories.get((port, address))
        rows[f"m:{port}/{address}"] = None if memory is None else _dump(memory)
    for device in fold.teller.dirty:
        rows[f"t:{device}"] = _dump(fold.teller.told[device])
    fold.dirty.clear()
    fold.teller.dirty.clear()
    for name in fold.batteries.dirty:
        rows[f"b:{name}"] = _dump(fold.batteries.days[name]) if name in fold.batteries.days else None
    fold.batteries.dirty.clear()
    for home in fold.standing.dirty:
        stands = fold.standing.row(home)
        rows[f"h:{home}"] = None if stands is None else _dump(stands)
    fold.standing.dirty.clear()
    for home in fold.modes.dirty:
        mode = fold.modes.row(home)
        rows[f"o:{home}"] = None if mode is None else _dump(mode)
    fold.modes.dirty.clear()
    for name, row in fold.engine.changed().items():
        rows[f"e:{name}"] = None if row is None else _dump(row)
    for name, row in fold.ladders.rows().items():
        rows[f"l:{name}"] = None if row is None else _dump(row)
    rows["dates"] = _dump(fold.teller.dates.save())
    rows["strangers"] = _dump(fold.strangers.row())
    rows["hub"] = _dump(
        {
            "gateway": fold.gateway,
            "epoch": fold.epoch,
            "life": fold.teller.life,
            "secret": fold.ladders.setting.secret,
            "ran": list(fold.ran),
            "site": fold.site_hash,
            "now": fold.now,
            "offset": fold.teller.offset,
            "synced": fold.teller.synced,
            "lost": fold.lost and list(fold.lost),
            "seqs": fold.teller.seqs,
            "calls": fold.strangers.calls,
        }
    )
    return rows


def load(fold: Fold, rows: Mapping[str, str], n: int) -> list[str]:
    """Bring a new Fold to a checkpoint of journal number ``n``; returns the keys of rows that couldn't be read."""
    hub = json.loads(rows["hub"])
    teller = fold.teller
    fold.n, fold.now, fold.gateway = n, hub["now"], hub["gateway"]
    teller.epoch, teller.life, teller.seqs = hub["epoch"], hub["life"], list(hub["seqs"])
    teller.offset, teller.synced, fold.strangers.calls = hub["offset"], hub["synced"], hub["calls"]
    fold.engine = Engine(fold.gateway, fold.epoch)
    fold.ladders.name(fold.epoch, teller.life, fold.engine.civil, str(hub.get("secret", "")))
    fold.ran, fold.lost = ran_in(hub), tuple(hub.get("lost") or ()) or None
    bad = load_devices(fold, rows)
    if not teller.dates.stretches:  # written before there were any
        teller.dates.tell(0.0, teller.offset, teller.synced)
    fold.use(hub["site"])
    fold.configure(n)
    fold.modes.plan(fold.now)
    return bad


def load_devices(fold: Fold, rows: Mapping[str, str]) -> list[str]:
    """What rows say of alerts, acts and devices, without numbers and time: all that outlives its store."""
    bad: list[str] = []
    engine: dict[str, object] = {}
    ladders: dict[str, object] = {}
    for key, row in rows.items():
        kind, _, name = key.partition(":")
        try:
            value = json.loads(row, parse_constant=_refused)
            if kind == "e":
                engine[name] = value
            elif kind == "m":
                port, _, address = name.partition("/")
                fold.memories[port, address] = dict(value)
            elif kind == "t":
                fold.teller.told[name] = dict(value)
            elif kind == "o":
                fold.modes.load(name, value)
            elif kind == "h":
                fold.standing.load(name, value)
            elif kind == "l":
                ladders[name] = value
            elif kind == "b":
                fold.batteries.load(name, value)
            elif kind == "dates":
                fold.teller.dates.load(value)
            elif kind == "strangers":
                fold.strangers.load(value)
        except (ValueError, TypeError, KeyError, AttributeError):
            bad.append(key)
    bad += [f"l:{name}" for name in fold.ladders.load(ladders)]
    return bad + [f"e:{name}" for name in fold.engine.load(engine)]


def _refused(constant: str) -> object:
    """What no row says that this gateway wrote, and what no sum gets rid of again."""
    raise ValueError(f"no number: {constant}")


def home_of(fold: Fold, key: str) -> str:
    """Whose home a row is about; empty for the gateway itself, and for what holds for all."""
    kind, _, name = key.partition(":")
    site = fold.site
    if site is None or kind not in _OF_HOMES:
        return ""
    if kind == "m":
        port, _, address = name.partition("/")
        device = fold.devices.get((port, address))
        return "" if device is None else device.home
    if kind == "e":
        inner, _, name = name.partition(":")
        name = name.partition("/")[2] if inner == "r" else name
    elif kind == "b":
        name = name.partition("/")[0]
    device = site.devices.get(name)
    return device.home if device is not None else name if name in site.homes else ""


_OF_HOMES = frozenset("motbe")
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
