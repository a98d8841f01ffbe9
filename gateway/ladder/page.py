"""Page: one message to one addressee, as it rides in the outbox to ``people`` and as the sender reports back on it.

Topic ``people``, lane alarm for emergency and urgent, else state; the body is canonical JSON:

    id              names the message; the sender reports under it, and asks ``Ladders.wanted(id)`` before it sends
    kind            page · question (are you fine?) · follow-up (news of what was told) · reminder · test · digest
    once            true: rather lost than doubled (marked before it is sent); false: rather doubled than lost
    incident alert rule step round      what it is about; empty for test and digest
    to channel      a person's name or "home:NAME", and the name of the channel
    severity home home_title room title advice since time_quality at      ``title`` and ``advice`` by language
    homes building  of what concerns many homes: how many, and in which building; then home and room are empty
    items more      digest: [{incident, severity, home, home_title, room, title, since, state, news}], and how many more
    beside          other causes open in the same home: [{incident, severity, title, room}]
    evidence        [{device, room, point, value, at}]
    answer          {"code": "4711"}; empty for what asks for no answer
    told            titles of the others who were told
    news            follow-up, reminder: {"what": …, "who": title, "text": …}; WHAT lists the words
    replaces        id of the message that did not arrive by the channel before

The sender answers with a Frame of port ``channel``, in canonical JSON: {"message", "to", "channel", "state", "why"},
state one of STATES. The same report twice changes nothing.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast, get_args

TO = "people"
"""Destination and topic in the outbox."""
Kind = Literal["page", "question", "follow-up", "reminder", "test", "digest"]
State = Literal["delivered", "seen", "failed", "refused"]
"""delivered: the channel's own word that it arrived · seen: opened, or heard to the end · failed: not this time ·
refused: never."""
STATES: tuple[State, ...] = get_args(State)
News = Literal[
    "answered", "fine", "cancelled", "called-again", "also", "worse", "cleared", "resolved", "visited", "nobody",
    "assigned", "moved", "silence-asked", "silence-asked-calls", "silence-ends", "walk-test", "walk-test-over",
]  # fmt: skip
"""What a follow-up or a reminder says."""
WHAT: tuple[News, ...] = get_args(News)
HELD_BACK = "quiet hours"
"""Why the sender refuses what comes in somebody's quiet hours: it says nothing of the channel, and is told later."""
LONGEST = 500
"""Characters of a sender's reason that are kept."""

_ID = re.compile(r"[0-9a-f.p]{1,64}", re.ASCII)


class Report(NamedTuple):
    """What became of one message."""

    message: str
    to: str
    channel: str
    state: State
    why: str = ""


def report(data: bytes) -> Report:
    """A Frame of port ``channel``; raises ValueError for anything else."""
    try:
        said: dict[str, Any] = json.loads(data)
        texts = {key: said.get(key, "") for key in Report._fields}
    except (RecursionError, AttributeError) as error:
        raise ValueError("no report") from error
    if not all(isinstance(text, str) for text in texts.values()) or texts["state"] not in STATES:
        raise ValueError("no report")
    if not _ID.fullmatch(texts["message"]):
        raise ValueError("no message is named so")
    return Report(texts["message"], texts["to"], texts["channel"], cast(State, texts["state"]), texts["why"][:LONGEST])


def encode(body: Mapping[str, object]) -> bytes:
    """Canonical JSON: the same content is the same bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
