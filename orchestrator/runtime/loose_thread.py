"""A thread that the end of the process does not wait for. Called by `bootstrap` to load the search kernels."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress


async def in_a_thread_that_may_be_left(work: Callable[[], None]) -> None:
    """Like `asyncio.to_thread`, but a server that ends does not wait for it: a compiler cannot be interrupted."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop has closed meanwhile
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=run, name="load kernels", daemon=True).start()
    await done
