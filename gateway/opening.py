"""What `anju run` says round the gateway's life: what it read, what it opens, what is missing, and that it has ended.

One line a happening, on stderr. Under systemd the journal has the time already, and takes the weight of a line from
its prefix (sd-daemon), so that `journalctl -p err` finds what went wrong.
"""

import logging
import os
import platform
import sys
from pathlib import Path
from types import TracebackType
from typing import TextIO

from gateway import __version__
from gateway.loglines import Lines
from gateway.site import Site
from gateway.site.surroundings import look
from gateway.site.texts import load_document

log = logging.getLogger(__name__)

PRIORITIES = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
"""Level -> the number that syslog has for it."""


class Journal(Lines):
    """Lines for systemd's journal; each line of a traceback has the prefix."""

    def __init__(self) -> None:
        super().__init__("%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record as lines."""
        prefix = f"<{PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(prefix + line for line in super().format(record).split("\n"))


def begin_log(*, verbose: bool) -> None:
    """Log to stderr. MQTT's own complaints are left out unless ``verbose``: the uplink says what they mean."""
    sink = logging.StreamHandler()
    sink.setFormatter(Journal() if _is_journal(sys.stderr) else Lines())
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[sink])
    sys.excepthook = _fell
    logging.getLogger("mqtt").setLevel(logging.DEBUG if verbose else logging.CRITICAL)
    for talker in ("aiosqlite", "asyncio"):  # a line for each statement, not for each happening
        logging.getLogger(talker).setLevel(logging.INFO)


def _fell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody caught ends the program: the log has it like all else, by its weight and with nothing that steers."""
    log.critical("ended by a fault of the program", exc_info=(kind, error, trace))


def _is_journal(stream: TextIO) -> bool:
    """Whether this stream ends in systemd's journal: a terminal may have inherited the variable alone."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def say_what_is_there(path: Path) -> None:
    """Name what was read, what will be opened and what is amiss; raises Mistakes when the file isn't sound."""
    site, document = load_document(path)
    say_site(path, site)
    for file, line, what, remedy in (found for kind in look(site, document) for found in kind):
        log.warning("%s:%d: %s (remedy: %s)", file, line, what, remedy)


def say_site(path: Path, site: Site) -> None:
    """One line each for the program, the site, the store, every port and uplink; for the verbose also each rule."""
    log.info("anju %s on Python %s", __version__, platform.python_version())
    counts = (len(site.homes), len(site.devices), len(site.outputs), len(site.rules))
    log.info("site %s: homes %d, devices %d, outputs %d, rules %d", path, *counts)
    log.info("store %s: at most %d MB and %d days", site.store.path, site.store.max_mb, site.store.keep_days)
    for port in site.lines.values():
        spoken = ", ".join(site.drivers_of(port.name)) or "none"
        log.info("port %s: %s, %d baud, driver %s", port.name, port.path or port.url, port.baud, spoken)
    for radio in site.radios.values():
        spoken = ", ".join(site.drivers_of(radio.name)) or "none"
        log.info("port %s: Bluetooth, adapters %s, driver %s", radio.name, ", ".join(radio.adapters) or "all", spoken)
    for uplink in site.uplinks.values():
        secure = ", TLS" if uplink.tls else ""
        version = "MQTT 5" if uplink.version == 5 else "MQTT 3.1.1"
        log.info("uplink %s: %s:%d, %s%s", uplink.name, uplink.host, uplink.port, version, secure)
    for rule in site.rules:
        log.debug("rule %s: %s, per %s", rule.id, rule.severity, rule.per)


def say_goodbye(status: int) -> int:
    """Say that it ended as it was told to -> the same exit status."""
    if status == 0:
        log.info("anju has stopped")
    return status
