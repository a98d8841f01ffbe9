"""Whatever bytes stand in a site file or in the text of a site: a site or mistakes, and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.site import check, loads
from gateway.site.conftest import EXAMPLE
from gateway.site.texts import LONGEST
from rules.document import Mistakes

NOT_TOML = {
    "empty": b"",
    "no UTF-8": b"\xff",
    "no UTF-8 in the second line": b"a = 1\n\xe4",
    "NUL": b"\0",
    "brackets": b"[" * 5000,
    "deep": b"a=" + b"[" * 100_000,
    "endless": b"#" * (LONGEST + 1),
}


@pytest.mark.parametrize("data", NOT_TOML.values(), ids=NOT_TOML)
def test_what_is_no_site_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(data)
    assert check(path).errors


def test_a_file_that_is_too_long_is_told_what_helps(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes(NOT_TOML["endless"])
    (error,) = check(tmp_path / "site.toml").errors
    assert error.what == "longer than 1048576 bytes"
    assert "another gateway" in error.remedy
    site = '[gateway]\nid = "g"\nsite = "s"\n[rules]\nfiles = ["rules.toml"]\n'
    (tmp_path / "site.toml").write_text(site, "utf-8")
    (tmp_path / "rules.toml").write_bytes(NOT_TOML["endless"])
    (error,) = check(tmp_path / "site.toml").errors
    assert (error.file, error.what) == (str(tmp_path / "rules.toml"), "longer than 1048576 bytes")
    assert "several files" in error.remedy


@pytest.mark.parametrize("path", ["missing.toml", ".", "missing/site.toml"])
def test_what_is_no_file(tmp_path: Path, path: str) -> None:
    found = check(tmp_path / path)
    assert len(found.errors) == 1
    assert found.errors[0].file == str(tmp_path / path)


NOT_A_TEXT = ("", "{", "[]", "1", "{}", '{"format":2}', '{"format":1,"site":1,"packs":{},"files":{}}', "[" * 100_000)


@pytest.mark.parametrize("text", NOT_A_TEXT, ids=range(len(NOT_A_TEXT)))
def test_what_is_no_text_of_a_site(text: str) -> None:
    with pytest.raises(Mistakes):
        loads(text)


VALUES = (
    "1",
    "-1",
    "1e400",
    "nan",
    '""',
    "[]",
    "{}",
    "true",
    "[[1]]",
    '"\\u0000"',
    "1979-05-27",
    '"😀"',
    "[{}]",
    "{x = 1}",
)


class Judge:
    """Checks texts and counts: each is a site or has mistakes, never both, never another exception."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sound = self.wrong = 0

    def ask(self, data: bytes) -> None:
        self.path.write_bytes(data)
        found = check(self.path)
        assert bool(found.errors) != (found.site is not None)
        assert all(one.line >= 1 and one.what and one.remedy for one in (*found.errors, *found.warnings))
        if found.errors:
            self.wrong += 1
        else:
            self.sound += 1


def mutated(data: st.DataObject) -> str:
    """The example with one to four lines dropped, doubled, swapped, cut short, or given another value."""
    lines = EXAMPLE.splitlines(keepends=True)
    places = st.integers(0, len(lines) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(places)
        match data.draw(st.sampled_from(["drop", "double", "value", "swap", "cut"])):
            case "drop":
                lines[at] = ""
            case "double":
                lines[at] *= 2
            case "value":
                lines[at] = f"{lines[at].partition('=')[0]} = {data.draw(st.sampled_from(VALUES))}\n"
            case "swap":
                other = data.draw(places)
                lines[at], lines[other] = lines[other], lines[at]
            case "cut":
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
    return "".join(lines)


def test_any_bytes_are_a_site_or_mistakes(folder: Path) -> None:
    judge = Judge(folder / "site.toml")

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=200))
    def any_bytes(data: bytes) -> None:
        judge.ask(data)

    @settings(max_examples=100, deadline=None)
    @given(st.text(alphabet="[]{}=.,\"'#ab1_-\n \\", max_size=60))
    def toml_like(text: str) -> None:
        judge.ask(text.encode())

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def mutations(data: st.DataObject) -> None:
        judge.ask(mutated(data).encode())

    any_bytes()
    toml_like()
    mutations()
    assert judge.wrong >= 250
    assert judge.sound >= 5
    assert judge.wrong + judge.sound >= 400


def test_a_port_whose_driver_is_no_name_is_no_crash(folder: Path) -> None:
    lines, judge = EXAMPLE.splitlines(keepends=True), Judge(folder / "site.toml")
    for at in [at for at, line in enumerate(lines) if line.partition("=")[0].strip() in ("driver", "drivers")]:
        judge.ask("".join([*lines[:at], f'{lines[at].partition("=")[0]} = ""\n', *lines[at + 1 :]]).encode())
    assert judge.wrong + judge.sound >= 3
