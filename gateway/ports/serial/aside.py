"""Work that may hang in the kernel, in a thread of its own: a hung adapter holds up neither the loop nor other threads.

The loop's own pool is shared with all that writes files and looks up names; who waits for a line mustn't wait for them.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], seconds: float, undo: Callable[[T], None] = lambda result: None) -> T:
    """Do this in a thread -> its result; raises what it raises, and OSError when it takes longer than that.

    What comes of it when nobody waits any more is undone.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def done(result: T) -> None:
        if future.done():
            undo(result)
        else:
            future.set_result(result)

    def failed(error: BaseException) -> None:
        if not future.done():
            future.set_exception(error)

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(failed, error)
            return
        try:
            loop.call_soon_threadsafe(done, result)
        except RuntimeError:  # the loop has ended meanwhile
            undo(result)

    threading.Thread(target=run, name="tty", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            return await future
    except TimeoutError:
        raise OSError(f"no answer from the system for {seconds:g} s") from None
