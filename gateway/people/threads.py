"""Threads of one's own for what may block for ever: nobody waits for them when the process ends."""

import asyncio
import threading
from collections.abc import Callable


def in_thread(work: Callable[[], None], free: Callable[[], None]) -> "asyncio.Future[None]":
    """Do it in a thread that nobody waits for when the process ends; ``free`` is called in the loop when it is done."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    done.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # whoever waited may have gone

    def finish(error: BaseException | None) -> None:
        free()
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except Exception as one:
            error = one
        try:
            loop.call_soon_threadsafe(finish, error)
        except RuntimeError:
            return  # the loop has ended meanwhile

    threading.Thread(target=run, daemon=True).start()
    return done
