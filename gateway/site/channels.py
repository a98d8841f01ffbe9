"""[channels.NAME]: the ways to reach people. What is secret stands in a file or a variable that is named here.

    type = "smtp"       host, port, from, tls = "starttls" | "tls" | "none", username, password_file | password_env
    type = "ntfy"       url = "https://ntfy.sh", token_file | token_env; a person's address is a topic
    type = "webhook"    url = "https://…", token_file | token_env; JSON is posted to it
    type = "apprise"    url_file | url_env: one of apprise's URLs; {to} in it stands for a person's address

An SMS or a chat service is an apprise URL (https://github.com/caronc/apprise/wiki), by ``pip install "anju[apprise]"``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from gateway.site.values import host_of, secret
from rules.document import Table

Type = Literal["smtp", "ntfy", "webhook", "apprise"]
PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Of mail, by how it is protected."""
SECRETS = {"smtp": "password", "ntfy": "token", "webhook": "token", "apprise": "url"}


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach people. ``secret_file`` or ``secret_env``: its password, token, or (apprise) its URL."""

    name: str
    type: Type
    url: str = ""
    host: str = ""
    port: int = 0
    sender: str = ""
    """``from`` of an e-mail."""
    tls: str = "none"
    username: str = ""
    secret_file: Path | None = None
    secret_env: str = ""

    @property
    def secret(self) -> str:
        """What its secret is called in site.toml."""
        return SECRETS[self.type]

    @property
    def needs_address(self) -> bool:
        """Whether it must be told where a person is."""
        return self.type in ("smtp", "ntfy")


def channel(name: str, table: Table, base: Path) -> Channel:
    """One channel from its table in a site file in folder ``base``."""
    if name == "voice":
        table.mistake("", 'the name "voice" is taken by the speakers of the homes', "choose another name")
    kind = cast(Type, table.text("type", choices=("smtp", "ntfy", "webhook", "apprise")))
    if kind == "smtp":
        return _smtp(name, table, base)
    if kind == "apprise":
        found = secret(table, base, "url")
        if found == (None, "") and "url" not in table:
            table.mistake("", '"url_file" is missing in {table}', "write url_file or url_env", table=table.name)
        return Channel(name, kind, secret_file=found[0], secret_env=found[1])
    if kind not in ("ntfy", "webhook"):
        table.known |= table.data.keys()  # what else is here depends on a type that nobody knows
        return Channel(name, kind)
    url = web_address(table, "url", "https://ntfy.sh" if kind == "ntfy" else None)
    path, variable = secret(table, base, "token")
    return Channel(name, kind, url=url, secret_file=path, secret_env=variable)


def _smtp(name: str, table: Table, base: Path) -> Channel:
    tls = table.text("tls", "starttls", choices=tuple(PORTS))
    path, variable = secret(table, base, "password")
    if (path or variable) and "username" not in table:
        table.mistake(
            "", '"username" is missing in {table}', 'write username = "…", a password needs one', table=table.name
        )
    if (path or variable) and tls == "none":
        table.mistake("tls", "a password would go over the network for all to read", 'write tls = "starttls" or "tls"')
    sender = table.text("from")
    if sender and ("@" not in sender or any(ord(letter) < 33 for letter in sender)):
        table.mistake(
            "from", '"{sender:.60}" is no e-mail address', 'write from = "gateway@example.org"', sender=sender
        )
    return Channel(
        name,
        "smtp",
        host=host_of(table),
        port=table.whole("port", PORTS.get(tls, 25), low=1, high=65535),
        sender=sender,
        tls=tls,
        username=table.text("username", ""),
        secret_file=path,
        secret_env=variable,
    )


def web_address(table: Table, key: str, default: str | None) -> str:
    """A URL of http or https with a host and without a user or a query."""
    url = table.text(key, default)
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not parts.fragment
        sound = sound and parts.port != 0 and url.isascii() and not any(ord(letter) < 33 for letter in url)
    except ValueError:
        sound = False
    if url and not sound:
        table.mistake(
            key, "{key} is no web address", 'write {key} = "https://example.org/…", without user and #', key=key
        )
    return url.rstrip("/")
