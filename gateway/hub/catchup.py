"""Catching up: the last life went on in memory after the disk took nothing more, and the vital file tells of it.

The database stands where it stood when the disk failed; the file knows the state at the end, and the alarm messages
that nobody has confirmed. That state takes the place of the folded one, once: a row names the file that was used.
"""

import json
import logging
from typing import Any

from gateway.hub import checkpoint
from gateway.hub.booted import Booted
from gateway.hub.fold import Fold
from gateway.ladder.page import TO
from gateway.site import Site
from gateway.store.message import Message
from gateway.store.salvage import Salvaged, renumber
from gateway.store.vital import Vital

log = logging.getLogger(__name__)

USED = "used"
"""Key of the row that names the state last carried over."""
UNSEEN = 10_000
"""Numbers left out in each lane: messages that left from memory since the file was written may have had them."""


async def catch_up(booted: Booted, site: Site, rescued: Vital) -> Booted:
    """The state of the vital file on top of the database, or what was booted where that is the newer one."""
    old = booted.fold
    same = rescued.epoch == old.epoch
    if _is_used(booted, rescued) or (same and rescued.n <= old.n):
        return booted
    fold = Fold(old.configs, site)
    try:
        hub = json.loads(rescued.rows["hub"])
        rows = {**rescued.rows, "hub": json.dumps(_joined(hub, old, same=same))}
        bad = checkpoint.load(fold, rows, max(old.n, rescued.n if same else 0))
        _go_on_numbering(fold, old)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.error("the vital file holds no state: %r", error)
        return booted
    fold.engine.deaf(fold.now - float(hub["now"]))
    log.warning("the disk took nothing in the last run: its state and alarms are carried over")
    gone = dict.fromkeys(booted.base.keys() - rows.keys())
    kept = {key: row for key, row in rows.items() if key != "hub" and key not in bad}
    return Booted(
        booted.store,
        fold,
        base=booted.base,
        spare=booted.spare,
        rows={**gone, **kept, **mark(rescued)},
        salvaged=Salvaged(messages=await _unsaved(booted, rescued, same=same)),
        bad_rows=bad,
        folded=booted.folded,
    )


def mark(used: Vital) -> dict[str, str | None]:
    """The row that says that this file, and all before it, has been used."""
    return {USED: json.dumps([used.epoch, used.n])}


def _is_used(booted: Booted, rescued: Vital) -> bool:
    try:
        epoch, n = json.loads(booted.base[USED])
        return bool(rescued.epoch == epoch and rescued.n <= n)
    except (KeyError, ValueError, TypeError):
        return False


def _joined(hub: dict[str, Any], old: Fold, *, same: bool) -> dict[str, Any]:
    """The row ``hub`` of the file, as this store goes on: its own name and numbers, never an earlier time."""
    known = hub["site"] in old.configs
    seqs = [max(ours, theirs) + UNSEEN for ours, theirs in zip(old.teller.seqs, hub["seqs"], strict=True)]
    return {
        **hub,
        "gateway": old.gateway,
        "epoch": old.epoch,
        "site": hub["site"] if known else old.site_hash,
        "now": max(old.now, float(hub["now"])),
        "seqs": seqs if same else old.teller.seqs,
    }


def _go_on_numbering(fold: Fold, old: Fold) -> None:
    """Messages to people, and entries of the record, go on where either of the two ended."""
    ours, theirs = fold.ladders, old.ladders
    ours.post.letters.n = max(ours.post.letters.n, theirs.post.letters.n) + UNSEEN
    ours.setting.chain.head = max(ours.setting.chain.head, theirs.setting.chain.head)


async def _unsaved(booted: Booted, rescued: Vital, *, same: bool) -> list[Message]:
    """Messages of the file that the database has never seen: under their own numbers where those are still free."""
    known = await booted.store.bodies()
    new = [message for message in rescued.events if (message.to, message.body) not in known]
    seqs, letters = booted.fold.teller.seqs, booted.fold.ladders.post.letters.n
    last = {TO: (letters,) * len(seqs)}
    ours = [one for one in new if same and one.n > last.get(one.to, seqs)[one.lane]]
    theirs = [one for one in new if one not in ours]
    return [*renumber(theirs, await booted.store.lowest()), *ours]
