"""Sentences for people: English with its values put in, and able to be said in Chinese from a catalogue.

A sentence is a template and its values, kept apart: ``Sentence("{key} is empty", key="title")`` is the text "title is
empty" wherever a text is wanted, and its Chinese is what the catalogue has for the template, with the same values put
in. A text without values is its own template, so a plain string needs nothing; only a text that has values doubles its
other braces, as an f-string does. A value may be a sentence or a `Term`; those of a list are told side by side.

To add a sentence: write it where it is said (`table.mistake(key, what, remedy, **values)`, or ``Sentence``, never an
f-string), and its Chinese beside the others: rules/chinese/ for what rules/ says, gateway/chinese/ for the gateway. A
test walks the sources and names each sentence without Chinese, with other values, or that nobody says any more.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self


class Sentence(str):
    """A text that knows its ``template`` and its ``values``; as a text it is English."""

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """The text of ``template`` with ``values`` put in; without values it stays as it is, braces and all.

        A sentence of which nobody knows whether it is one already stays the same.
        """
        if isinstance(template, cls) and not values:
            return template
        said = {name: _listed(value) for name, value in values.items()}
        made = super().__new__(cls, template.format(**said) if said else template)
        made.template, made.values = template, values
        return made


class Term(str):
    """A piece put into a sentence that brings its own Chinese, as a duration does."""

    chinese: str

    def __new__(cls, english: str, chinese: str) -> Self:
        """The same in both languages."""
        made = super().__new__(cls, english)
        made.chinese = chinese
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.chinese


def strung(parts: Iterable[str], template: str) -> str:
    """Several put together one by one with a template of ``{one}`` and ``{other}``, such as "{one} and {other}"."""
    said = ""
    for part in parts:
        said = Sentence(template, one=said, other=part) if said else part
    return said


class Catalogue(NamedTuple):
    """English template -> Chinese template, of what we say and of what ``others`` say to us: drivers, the libraries."""

    ours: Mapping[str, str]
    others: Mapping[str, str]

    def chinese(self, text: str) -> str:
        """A text in Chinese; what isn't known stays English."""
        if isinstance(text, Term):
            return text.chinese
        if not isinstance(text, Sentence) or not text.values:
            return self.ours.get(text) or self._heard(text)
        template = self.ours.get(text.template)
        if template is None:
            return str(text)
        return template.format(**{name: self._put_in(value) for name, value in text.values.items()})

    def _put_in(self, value: object) -> object:
        """A value as Chinese has it; a name stays, even one that reads like a sentence."""
        if isinstance(value, tuple | list):
            return "、".join(str(self._put_in(one)) for one in value)
        return self.chinese(value) if isinstance(value, Sentence | Term) else value

    def _heard(self, text: str) -> str:
        """What others say is a plain text, values and all: the first template that it fits tells them apart."""
        for english, chinese in self.others.items():
            names = re.findall(r"\{(\w+)\}", english)
            if found := re.fullmatch(_pattern(english), text, re.DOTALL):
                return chinese.format(**dict(zip(names, found.groups(), strict=True))) if names else chinese
        return str(text)


def _pattern(english: str) -> str:
    """What tells the values of a template apart. Each ends where the words behind it come first, for good: to try the
    other places takes minutes with a long text that somebody made for it."""
    begin, *pieces = map(re.escape, re.split(r"\{\w+\}", english))
    if not pieces:
        return begin
    return begin + "".join(f"(?>(.*?){piece})" for piece in pieces[:-1]) + f"(.*){pieces[-1]}"


def _listed(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
