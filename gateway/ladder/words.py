"""Words that ladders, acts and people share; below all of them, so that the site may read ladders too."""

from typing import Literal, get_args

Role = Literal["resident", "carer", "neighbour", "property", "installer", "duty"]
"""resident lives there · carer is family or a nurse · neighbour has a key · property looks after the estate ·
installer sets it up · duty is the platform's desk, day and night."""
ROLES: tuple[Role, ...] = get_args(Role)
HOME = "home"
"""In a step's ``who``: those who are in the home now, by its own voice. As an addressee it is ``home:NAME``."""


def one_line(text: str) -> str:
    """What somebody outside wrote, to stand in a list, a letter, a terminal: no line of its own, no control character,
    no turn of the direction of writing."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
