"""A month's figures as text for a terminal, CSV for a spreadsheet, HTML for a printer; in the reader's language."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from gateway.words import Language, say

Row = Mapping[str, Any]
LABELS = {
    "home": "report-home",
    "alerts_emergency": "report-alerts-emergency",
    "alerts_urgent": "report-alerts-urgent",
    "alerts_warning": "report-alerts-warning",
    "alerts_notice": "report-alerts-notice",
    "answered": "report-answered",
    "answer_s": "report-answer-s",
    "visits": "report-visits",
    "visits_false": "report-visits-false",
    "covered": "report-covered",
    "batteries": "report-batteries",
}
"""Column -> its words."""
COLUMNS = tuple(LABELS)
STYLE = """\
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; color: #16202a; background: #fff; }
table { border-collapse: collapse; } caption { text-align: left; font-weight: 600; padding: 0.5rem 0; }
th, td { border: 1px solid #6b7785; padding: 0.25rem 0.5rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
"""


def as_csv(rows: Iterable[Row]) -> str:
    """RFC 4180, names of columns in English, so that a script reads it. A cell never begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_plain(row[name]) for name in COLUMNS])
    return out.getvalue()


def _plain(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def as_text(rows: Sequence[Row], month: str, titles: Mapping[str, str], language: Language) -> str:
    """One block a home, the gateway's own last."""
    lines = [say("report-of", language, month=month)]
    for row in sorted(rows, key=lambda row: row["home"] == ""):
        name = titles.get(row["home"]) or row["home"] or say("gateway-itself", language)
        lines.append("")
        lines.append(f"{name} ({row['home']})" if row["home"] else name)
        lines += [
            f"    {_label(key, language)}: {_shown(key, row[key], language)}"
            for key in COLUMNS[1:]
            if row["home"] or key not in _HOMES
        ]
        lines += [f"        {rule}: {count}" for rule, count in row["rules"].items()]
    return "\n".join(lines) + "\n"


_HOMES = ("visits", "visits_false", "covered")


def as_html(rows: Sequence[Row], month: str, titles: Mapping[str, str], language: Language) -> str:
    """One table in one file, without script or picture."""
    caption = escape(say("report-of", language, month=month))
    head = "".join(f'<th scope="col">{escape(_label(key, language))}</th>' for key in COLUMNS)
    body = []
    for row in sorted(rows, key=lambda row: row["home"] == ""):
        name = titles.get(row["home"]) or row["home"] or say("gateway-itself", language)
        cells = "".join(f"<td>{escape(_shown(key, row[key], language))}</td>" for key in COLUMNS[1:])
        body.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    tag = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8"><title>{caption}</title><style>{STYLE}</style>'
        f"</head><body><main><table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></main></body></html>\n"
    )


def _label(key: str, language: Language) -> str:
    return say(LABELS[key], language)


def _shown(key: str, value: Any, language: Language) -> str:
    if value is None:
        return "–"
    if key == "covered":
        return f"{100 * value:.1f} %"
    if key == "answer_s":
        return say("minutes", language, minutes=value / 60)
    return ", ".join(value) or "–" if isinstance(value, list) else str(value)
