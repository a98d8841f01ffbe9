"""Whether who asks sits at this computer or came to it from another one, as far as systemd's logins say.

A process is in the control group of the session that began it, and logind notes of each session whether it came over
the network (ssh). Where there is no logind, nobody says so, and whoever may open the socket is taken to be there.
"""

import re
from pathlib import Path

PROC, SESSIONS = Path("/proc"), Path("/run/systemd/sessions")
_SESSION = re.compile(r"/session-([0-9a-z]+)\.scope")
_MANAGER = re.compile(r"/user@([0-9]+)\.service")


def is_remote(pid: int, proc: Path = PROC, sessions: Path = SESSIONS) -> bool:
    """Whether this process belongs to a session from another computer. What a user's own manager runs may belong to any
    of that user's sessions: it came from afar unless one of them is here."""
    group = _text(proc / str(pid) / "cgroup")
    if one := _SESSION.search(group):
        return _says(sessions / one[1], "REMOTE=1")
    if user := _MANAGER.search(group):
        own = [path for path in _files(sessions) if _says(path, f"UID={user[1]}")]
        return bool(own) and all(_says(path, "REMOTE=1") for path in own)
    return False


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []


def _says(path: Path, line: str) -> bool:
    return line in _text(path).splitlines()


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(65_536)
    except OSError:
        return ""
