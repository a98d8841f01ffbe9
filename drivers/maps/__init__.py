"""The shipped register maps of Modbus devices: one TOML file each, with its source and the trap that it avoids.

A file named ``generic-…`` is no maker's: it shows the usual shape of such a device, to be copied and corrected with
the manual in hand.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def shipped() -> Mapping[str, Mapping[str, object]]:
    """Name -> parsed map."""
    return read(__name__)


def read(package: str) -> Mapping[str, Mapping[str, object]]:
    """The TOML files of a package by name. They are part of it and are read once, as its modules are."""
    files = sorted(resources.files(package).iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
        for file in files
        if file.name.endswith(".toml")
    }
