"""Secrets of devices: site.toml says where they are, and they stay there. No text, journal or log holds one."""

import os
import re
from collections.abc import Iterable

from gateway.site.model import Device
from rules.sentence import Sentence

LONGEST = 4096
"""Bytes of a key file; more is no key, and /dev/zero has an end."""
_KEY = re.compile(r"(?:[0-9a-f]{2}){8,64}")
"""Hex digits, 8 bytes at least."""


class NoKey(ValueError):
    """There is no key where the site says; ``why`` tells why and never the key."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def read_key(device: Device) -> str:
    """The key of a device as hex digits, "" if it has none; raises NoKey."""
    if device.key_env:
        text = os.environ.get(device.key_env)
        if text is None:
            raise NoKey(Sentence("the variable {variable} is not set here", variable=device.key_env))
        place: str = Sentence("the variable {variable}", variable=device.key_env)
    elif device.key_file:
        place = str(device.key_file)
        try:
            with device.key_file.open("rb") as file:
                text = file.read(LONGEST).decode("ascii", "replace")
        except OSError as error:
            raise NoKey(
                Sentence("{path}: {strerror}", path=place, strerror=Sentence(error.strerror or str(error)))
            ) from None
    else:
        return ""
    key = re.sub(r"[\s:-]", "", text).lower()
    if not _KEY.fullmatch(key):
        raise NoKey(Sentence("{place} holds no key of hex digits", place=place))
    return key


def read_keys(devices: Iterable[Device]) -> dict[str, str]:
    """Device -> key, of those that have one where the site says. What is amiss there is for `anju check` to tell."""
    found = {}
    for device in devices:
        try:
            key = read_key(device)
        except NoKey:
            continue
        if key:
            found[device.name] = key
    return found
