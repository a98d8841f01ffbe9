"""A site of an earlier version, in the journal or kept beside the store: what this version refuses costs no alarm."""

import json

import pytest

from drivers.reading import Frame
from gateway.hub.conftest import SITE, TOML, boot_frame, say
from gateway.hub.fold import Fold
from gateway.site import loads, once_sound
from rules.document import Mistakes
from rules.rulefile import packs

OTHER = '[devices.attic]\nhome = "flat"\nport = "line-1"\naddress = "a1b2c3d5"\n'
WRONG = {
    "another driver": TOML + OTHER + 'driver = "of-long-ago"\n',
    "no driver": TOML + OTHER + "driver = 7\n",
    "another port": TOML + OTHER.replace("line-1", "line-2") + 'driver = "node"\n',
    "another home": TOML + OTHER.replace('"flat"', '"house"') + 'driver = "node"\n',
    "a port's driver": TOML.replace('driver = "node"', 'driver = "of-long-ago"', 1),
    "a key": TOML + "[controls]\n",
    "an output": TOML.replace("line = 1", "line = 1\nof = 2"),
    "a number": TOML + "[rules.smoke.when.any.1]\nis = false\n",
    "off": TOML + '[rules]\noff = ["smoke", "sensor-silent"]\n',
}


@pytest.mark.parametrize("how", WRONG)
def test_what_is_wrong_by_now_costs_no_alarm(how: str) -> None:
    text = json.dumps({"format": 1, "site": WRONG[how], "packs": packs(), "files": {}})
    with pytest.raises(Mistakes):
        loads(text)
    site, wrong = once_sound(text)
    assert wrong
    fold = Fold({site.hash: site.text})
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, site.hash.encode()))
    out = fold.handle(Frame("line-1", 20.0, say("ALARM", 2, smoke=1)))
    assert [(one.rule, one.device, one.state) for one in out.alerts] == [("smoke", "kitchen", "firing")]


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}', '{"format": 1, "site": "[[", "packs": {}, "files": {}}'])
def test_of_a_text_that_is_no_site_nothing_is_made(text: str) -> None:
    with pytest.raises(Mistakes):
        once_sound(text)


def test_of_a_sound_text_it_is_the_same_site() -> None:
    assert once_sound(SITE.text) == (SITE, ())
