"""The page that a rig leaves behind: for each test the requirement, what was done, figures, verdict.

``pytest hil_tests --hil-report build/hil.html`` writes it; the same lines go into the JUnit file as properties.
"""

import html
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

Figure = float | str

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Anju: hardware-in-the-loop report</title>
<style>
body{{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1a1a1a}}
table{{border-collapse:collapse;width:100%}}
th,td{{text-align:left;vertical-align:top;padding:.5rem;border-top:1px solid #bbb}}
td.passed{{color:#05602b}}td.failed{{color:#a3000c;font-weight:bold}}td.skipped{{color:#5c4a00}}
dl{{margin:0;display:grid;
grid-template-columns:auto auto;gap:0 1rem;justify-content:start}}dd{{margin:0;text-align:right}}
</style>
<h1>Anju: hardware-in-the-loop report</h1>
<p>{when} · {machine} · rig: {rig}</p>
<p><strong>{passed} passed, {failed} failed, {skipped} not possible on this rig.</strong></p>
<table><thead><tr><th scope="col">Requirement<th scope="col">What was done<th scope="col">Figures<th scope="col">Verdict
</thead><tbody>
{rows}
</tbody></table></html>
"""


@dataclass(slots=True)
class Entry:
    """One test's line of the report. Call it as often as there is something to add."""

    test: str
    requirement: str = ""
    done: list[str] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)
    verdict: str = "not finished"
    reason: str = ""
    seconds: float = 0.0

    def __call__(self, *, requirement: str = "", did: str = "", figures: Mapping[str, Figure] | None = None) -> None:
        """``requirement``: what must hold. ``did``: a step that was done. ``figures``: name with unit -> figure."""
        self.requirement = requirement or self.requirement
        self.done += [did] if did else []
        self.figures.update(figures or {})

    def row(self) -> str:
        """As HTML; all texts escaped."""
        figures = "".join(f"<dt>{_safe(name)}<dd>{_safe(value)}" for name, value in self.figures.items())
        said = f"{self.verdict} ({self.seconds:.1f} s)" + (f"<br>{_safe(self.reason)}" if self.reason else "")
        done = "<br>".join(map(_safe, self.done))
        return (
            f"<tr><td>{_safe(self.requirement)}<br><small>{_safe(self.test)}</small><td>{done}"
            f"<td><dl>{figures}</dl><td class={self.verdict}>{said}"
        )


def _safe(value: object) -> str:
    return html.escape(str(value))


class Report:
    """The pytest plugin: collects entries, learns their verdicts, writes the page at the end."""

    def __init__(self, path: Path | None, rig: str) -> None:
        self._path = path
        self._rig = rig
        self.entries: dict[str, Entry] = {}
        self._elsewhere: dict[str, Entry] = {}
        """Tests that run in another process: what they said comes with the report of their end."""

    def entry(self, test: str, requirement: str = "") -> Entry:
        """The line of one test, made at the first call."""
        return self.entries.setdefault(test, Entry(test, requirement))

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how each test ended; a failed set-up or tear-down is a failure too."""
        entry = self.entries.get(report.nodeid)
        if entry is None:
            entry = self._elsewhere.setdefault(report.nodeid, Entry(report.nodeid))
        self._judge(entry, report)
        if report.when == "teardown" and self._elsewhere.pop(report.nodeid, None) is not None:
            self._take(entry, report.user_properties)

    def _take(self, entry: Entry, said: Iterable[tuple[str, object]]) -> None:
        """A test of another process is on the page if it said what it is for."""
        for name, value in said:
            if name == "requirement":
                entry.requirement = str(value)
                self.entries[entry.test] = entry
            elif name == "did":
                entry.done.append(str(value))
            else:
                entry.figures[name] = value if isinstance(value, float) else str(value)

    @staticmethod
    def _judge(entry: Entry, report: pytest.TestReport) -> None:
        entry.seconds += report.duration
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            entry.verdict, entry.reason = "failed", str(crash.message if crash else report.longrepr)[:1000]
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            entry.verdict, entry.reason = "skipped", reason.removeprefix("Skipped: ")
        elif report.when == "call":
            entry.verdict = "passed"

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """Write the page, if somebody asked for it."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self.page(), encoding="utf-8")

    def page(self) -> str:
        """The whole page."""
        verdicts = [entry.verdict for entry in self.entries.values()]
        return _PAGE.format(
            when=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            machine=_safe(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"),
            rig=_safe(self._rig),
            rows="\n".join(entry.row() for entry in self.entries.values()),
            passed=verdicts.count("passed"),
            failed=len(verdicts) - verdicts.count("passed") - verdicts.count("skipped"),
            skipped=verdicts.count("skipped"),
        )
