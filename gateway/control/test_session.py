"""Who sits at the gateway and who came over the network, by files as logind and the kernel write them (Debian 12)."""

import os
from pathlib import Path

import pytest

from gateway.control.session import is_remote

SCOPE = "0::/user.slice/user-1000.slice/session-{}.scope\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-u9.service\n"


def note(folder: Path, name: str, uid: int, *, remote: bool) -> None:
    (folder / "sessions").mkdir(exist_ok=True)
    text = f"# This is private data. Do not parse.\nUID={uid}\nUSER=wang\nACTIVE=1\nREMOTE={remote:d}\nTYPE=tty\n"
    (folder / "sessions" / name).write_text(text)


def asked(folder: Path, group: str) -> bool:
    (folder / "proc/77").mkdir(parents=True, exist_ok=True)
    (folder / "proc/77/cgroup").write_text(group)
    return is_remote(77, folder / "proc", folder / "sessions")


def test_a_session_over_ssh_is_remote_and_one_at_the_console_is_not(tmp_path: Path) -> None:
    note(tmp_path, "3", 1000, remote=True)
    note(tmp_path, "c1", 1001, remote=False)
    assert asked(tmp_path, SCOPE.format("3"))
    assert not asked(tmp_path, SCOPE.format("c1"))


def test_who_leaves_their_session_for_their_manager_is_as_remote_as_before(tmp_path: Path) -> None:
    note(tmp_path, "3", 1000, remote=True)
    note(tmp_path, "c1", 1001, remote=False)
    assert asked(tmp_path, MANAGER)
    note(tmp_path, "5", 1000, remote=False)
    assert not asked(tmp_path, MANAGER)


@pytest.mark.parametrize("group", ["", "0::/\n", "0::/system.slice/anju.service\n", SCOPE.format("99"), MANAGER])
def test_where_no_login_is_noted_nobody_is_remote(tmp_path: Path, group: str) -> None:
    assert not asked(tmp_path, group)
    assert not is_remote(os.getpid(), tmp_path, tmp_path / "nowhere")
