"""What a channel keeps secret, read when it is needed: from its file or its variable, never from the site."""

import os

from gateway.site import Channel


class Refused(Exception):
    """A channel will never accept this."""


def secret(channel: Channel) -> str:
    """The password, token or URL of a channel; empty if it has none. Raises OSError, and Refused if it is missing."""
    if channel.secret_file is not None:
        return channel.secret_file.read_text(encoding="utf-8").strip()
    if not channel.secret_env:
        return ""
    found = os.environ.get(channel.secret_env)
    if found is None:
        raise Refused(f"the variable {channel.secret_env} is not set")
    return found
