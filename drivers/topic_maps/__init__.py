"""The shipped maps of topics (see drivers/topic_map.py): one TOML file each, with its source."""

from collections.abc import Mapping
from functools import cache

from drivers import maps


@cache
def shipped() -> Mapping[str, Mapping[str, object]]:
    """Name -> parsed map."""
    return maps.read(__name__)
