"""What rules/ tells of mistakes, doubts and stories, in Chinese (zh-CN): English template -> Chinese template.

A template is the text as it is written where it is said (see rules/sentence.py); the Chinese has the same values. Each
sentence stands once, in the room that says it first.

documents.py   files, TOML, keys and values, words that nobody knows
conditions.py  rules and their conditions
doubts.py      what is right word by word and probably not meant
stories.py     stories, and recorded data
others.py      what the libraries say: the values stand in it already, and are found by the template
"""

from collections.abc import Mapping
from typing import Final

from rules.chinese import conditions, documents, doubts, stories
from rules.chinese.others import OTHERS

__all__ = ["CHINESE", "OTHERS", "ROOMS"]

ROOMS: Final = (documents.CHINESE, conditions.CHINESE, doubts.CHINESE, stories.CHINESE)
CHINESE: Mapping[str, str] = {english: chinese for room in ROOMS for english, chinese in room.items()}
