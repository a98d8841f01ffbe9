"""A month on paper: one HTML file without script or picture, for a printer and for the wall of a stairwell."""

from collections.abc import Iterable, Sequence
from html import escape

from gateway.history.print import COLUMNS, COUNTED, HOMES, Report, Told, percent
from gateway.history.words import say
from gateway.words import Language

STYLE = """\
body { font: 0.9rem/1.45 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", system-ui, sans-serif;
       margin: 2rem; color: #16202a; background: #fff; max-width: 72rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 0.4rem; }
p { margin: 0.3rem 0; } .about, footer { color: #4a5663; } .sums { font-size: 1.05rem; margin: 0.8rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #c3cad2; padding: 0.2rem 0.5rem; text-align: right; vertical-align: top; }
thead th { border-bottom: 2px solid #16202a; font-weight: 600; }
.words th, .words td, th:first-child, td:first-child { text-align: left; }
.none { color: #7b8794; } .poor { font-weight: 700; }
tfoot th, tfoot td { border-top: 2px solid #16202a; font-weight: 600; }
footer { margin-top: 1.5rem; font-size: 0.8rem; }
@media print { @page { size: A4 landscape; margin: 12mm; } body { margin: 0; font-size: 9pt; }
               tr, h2 { break-inside: avoid; } h2 { break-after: avoid; } thead { display: table-header-group; } }
"""
POOR = 0.99
"""Share of the time below which a home's protection stands out."""


def as_html(report: Report, language: Language) -> str:
    """One page or two, in one file."""
    told = Told(report, language)
    title = escape(f"{say('of', language, month=report['month'])} · {report.get('site', '')}".strip(" ·"))
    parts = [
        f'<header><h1>{title}</h1><p class="about">{escape(told.about())}</p></header>',
        f'<p class="sums">{escape(told.sums())}</p>',
        *(f"<p>{escape(line)}</p>" for line in (*told.buildings(), *told.wide())),
        _homes(told),
        _alarms(told),
        _bare(told),
        _batteries(told),
        f"<footer><p>{escape(told.gateway())}</p><p>{escape(say('means', language))}</p>"
        f"<p>{escape(say('page', language))}</p></footer>",
    ]
    tag = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"</head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _homes(told: Told) -> str:
    """A row a home; nothing is shown as nothing, so that the eye finds what was."""
    head = "".join(f'<th scope="col">{escape(say(key, told.language))}</th>' for key in COLUMNS)
    body = []
    for row in [*told.rows, *([told.own] if told.own else [])]:
        cells = []
        for key in COLUMNS[1:]:
            text = "–" if not row["home"] and key in HOMES else told.cell(key, row)
            poor = key == "covered" and row[key] is not None and row[key] < POOR
            mark = ' class="poor"' if poor else ' class="none"' if text in ("0", "–") else ""
            cells.append(f"<td{mark}>{escape(text)}</td>")
        body.append(f'<tr><th scope="row">{escape(told.home(row["home"]))}</th>{"".join(cells)}</tr>')
    sums = {name: sum(row[name] for row in [*told.rows, *([told.own] if told.own else [])]) for name in COUNTED}
    sums |= {"covered": percent(told.covered()), "batteries": sum(len(row["batteries"]) for row in told.rows)}
    foot = "".join(f"<td>{escape(str(sums.get(key, '')))}</td>" for key in COLUMNS[1:])
    whole = escape(say("all", told.language))
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
        f'<tfoot><tr><th scope="row">{whole}</th>{foot}</tr></tfoot></table>'
    )


def _alarms(told: Told) -> str:
    whole = [*told.rows, *([told.own] if told.own else [])]
    rows = sorted(((one["at"], row["home"], one) for row in whole for one in row["alarms"]), key=lambda one: one[:2])
    cells = [(told.moment(at), told.home(home), *told.alarm(one)) for at, home, one in rows]
    heads = ("when", "home", "what", "where", "answer", "found")
    return _list(told, "alarms", heads, cells)


def _bare(told: Told) -> str:
    cells = [
        (told.home(row["home"]), told.cause(one), f"{one['hours']:.1f}") for row in told.rows for one in row["lost"]
    ]
    return _list(told, "bare", ("home", "why", "hours"), cells)


def _batteries(told: Told) -> str:
    cells = [
        (told.home(row["home"]), told.place(device), day) for row in told.rows for device, day in told.batteries(row)
    ]
    return _list(told, "changes", ("home", "where", "by"), cells)


def _list(told: Told, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A heading and its table, or that there is none."""
    name = f"<h2>{escape(say(title, told.language))}</h2>"
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f'{name}<p class="none">{escape(say("none", told.language))}</p>'
    head = "".join(f'<th scope="col">{escape(say(one, told.language))}</th>' for one in heads)
    return f'{name}<table class="words"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
