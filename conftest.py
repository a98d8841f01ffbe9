"""How hypothesis runs here: without a deadline for one example, because a busy machine is no mistake of the code."""

from hypothesis import settings

settings.register_profile("anju", deadline=None)
settings.load_profile("anju")
