"""Parts: what the ladders consist of, for what concerns several of them: acts (deeds.py), the checkpoint (saved.py)."""

from gateway.ladder.buttons import Buttons
from gateway.ladder.climb import Climb
from gateway.ladder.deadlines import Deadlines
from gateway.ladder.made import Setting
from gateway.ladder.post import Post
from gateway.ladder.quiet import Quiet
from gateway.ladder.registry import Registry
from gateway.ladder.walks import Walks


class Parts:
    """Each has one matter; they share the setting and the deadlines."""

    def __init__(self) -> None:
        self.setting = Setting()
        self.deadlines = Deadlines()
        self.registry = Registry(self.setting)
        self.post = Post(self.setting, self.deadlines, self.registry.told)
        self.post.letters.open_in = self.registry.open_in
        self.climb = Climb(self.setting, self.registry, self.post, self.deadlines)
        self.quiet = Quiet(self.setting, self.registry, self.climb, self.post, self.deadlines)
        self.buttons = Buttons(self.setting, self.registry, self.climb)
        self.walks = Walks(self.setting, self.registry, self.climb, self.post, self.deadlines, self.buttons)
        self.done: dict[str, str] = {}
        """act_id -> outcome: empty, or why it was refused."""
        self.meant: dict[str, str] = {}
        """act_id -> what it wanted (acts.meaning)."""
        self.left: dict[str, str] = {}
        """act_id -> what of it was not done, where it was done all the same."""
        self.visits: dict[str, dict[str, int]] = {}
        """Rule -> how often a visit found it real, false, a test."""
        self.swept = 0.0
        """When it was last looked what may be forgotten, in gateway seconds."""
