"""The pages, by WCAG 2.2 AA: no script, no picture, one column; everything grows with the reader's text size.

Contrast is 7:1 or better in both colour schemes, what can be pressed is at least 48 px high and says what it does, an
error is said in words, first on the page, and is what the browser reads out.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple

from gateway.answers.words import say
from gateway.words import Language

STYLE = """\
:root { color-scheme: light dark; --ink: #16202a; --page: #ffffff; --soft: #46525e; --press: #0b4f8a; --on: #ffffff;
  --wrong: #9b1c1c; --line: #6b7785; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f5f7; --page: #10161c; --soft: #c3ccd4; --press: #9fcdf5;
  --on: #10161c; --wrong: #ffb4ab; --line: #93a1ad; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 1.125rem/1.6 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
main, nav { max-width: 36rem; margin: 0 auto; padding: 0 1rem; }
main { padding-bottom: 3rem; }
nav { text-align: right; padding-top: 0.75rem; }
nav a, main > p a { display: inline-block; min-height: 2.75rem; padding: 0.5rem 0; color: var(--press); }
h1 { font-size: 1.75rem; line-height: 1.3; margin: 0.5rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 1.5rem 0 0.5rem; overflow-wrap: anywhere; }
dl { margin: 0; } dt { color: var(--soft); } dd { margin: 0 0 0.75rem; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; }
.hint { color: var(--soft); margin: 0; }
input { font: inherit; font-size: 1.5rem; letter-spacing: 0.1em; width: 100%; max-width: 12rem; min-height: 3rem;
  padding: 0.25rem 0.75rem; margin: 0.25rem 0 1rem; color: inherit; background: var(--page);
  border: 2px solid var(--line); border-radius: 0.375rem; }
button { font: inherit; font-weight: 600; display: block; width: 100%; min-height: 3.5rem; margin: 1rem 0 0;
  padding: 0.75rem 1rem; border: 2px solid var(--press); border-radius: 0.375rem; background: var(--press);
  color: var(--on); cursor: pointer; }
button.other { background: var(--page); color: var(--press); }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
.wrong { color: var(--wrong); border-left: 0.375rem solid; padding-left: 0.75rem; font-weight: 600; }
"""


class Shown(NamedTuple):
    """One alarm as the page shows it; texts are in the reader's language."""

    severity: str
    title: str
    place: str
    since: str
    advice: str


def page(language: Language, content: Iterable[str], *, here: str = "/") -> str:
    """A whole page around its content."""
    other: Language = "en" if language == "zh" else "zh"
    heading = escape(say("heading", language))
    return "".join(
        (
            f'<!doctype html><html lang="{_tag(language)}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<title>{heading}</title><link rel="stylesheet" href="/style.css"></head><body>',
            f'<nav><a href="{here}?lang={other}" lang="{_tag(other)}">{escape(say("other", language))}</a></nav>',
            "<main>",
            *content,
            "</main></body></html>",
        )
    )


def ask(language: Language, wrong: str = "") -> str:
    """The first page: which alarm?"""
    return page(
        language,
        (
            f"<h1>{escape(say('heading', language))}</h1>",
            f'<p class="wrong" role="alert" id="wrong">{escape(wrong)}</p>' if wrong else "",
            f"<p>{escape(say('ask', language))}</p>",
            '<form method="post" action="/look">',
            f'<label for="code">{escape(say("code", language))}</label>',
            f'<p class="hint" id="hint">{escape(say("code-hint", language))}</p>',
            '<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required',
            f' aria-describedby="hint{" wrong" if wrong else ""}"{" aria-invalid=true" if wrong else ""}>',
            _hidden({"lang": language}),
            f"<button>{escape(say('look', language))}</button></form>",
        ),
    )


def alarm(
    language: Language,
    shown: Iterable[Shown],
    who: str,
    verbs: Iterable[str],
    hidden: Mapping[str, str],
    wrong: str = "",
) -> str:
    """The alarm with a button for each verb, the likeliest first. ``who`` has answered already."""
    content = [f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""]
    level = "h1"
    for one in shown:
        content += [f"<{level}>{escape(one.severity)}: {escape(one.title)}</{level}><dl>"]
        for key, value in (("where", one.place), ("since", one.since), ("do", one.advice)):
            if value:
                content.append(f"<dt>{escape(say(key, language))}</dt><dd>{escape(value)}</dd>")
        content.append("</dl>")
        level = "h2"
    content.append(f"<p>{escape(say('answered', language, who=who) if who else say('nobody', language))}</p>")
    content.append('<form method="post" action="/answer">')
    content.append(_hidden({**hidden, "lang": language}))
    kinds = ("", ' class="other"')
    for kind, verb in zip(kinds, verbs, strict=False):
        content.append(f'<button{kind} name="verb" value="{verb}">{escape(say(f"do-{verb}", language))}</button>')
    content.append("</form>")
    return page(language, content)


def done(language: Language, verb: str) -> str:
    """It was done; ``noted``: it was written down, and goes on."""
    thanks = escape(say(f"done-{verb}", language))
    again = escape(say("again", language))
    return page(language, (f'<h1 role="status">{thanks}</h1><p><a href="/?lang={language}">{again}</a></p>',))


def _hidden(fields: Mapping[str, str]) -> str:
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


def _tag(language: Language) -> str:
    return "zh-CN" if language == "zh" else "en"
