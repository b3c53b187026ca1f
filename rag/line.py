"""Who asks when others ask too waits in line, first come, first served, and can be told the place.

For one event loop, which the page and `/api` share: at most so many questions are answered at once as there are cores.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Generic, TypeVar

AT_ONCE = max(2, os.cpu_count() or 2)
Given = TypeVar("Given")


class Line:
    """A line before so many desks."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._desks = asyncio.Semaphore(at_once)  # serves in the order of asking
        self._waiting: list[Waiting] = []  # type: ignore[type-arg]

    def join(self, work: Callable[[], Given]) -> "Waiting[Given]":
        """Stand in line with some work, to be done in a thread when the turn comes, whether or not anybody still looks."""
        waiting: Waiting[Given] = Waiting(self._waiting)
        waiting.task = asyncio.create_task(self._serve(waiting, work))
        return waiting

    async def _serve(self, waiting: "Waiting[Given]", work: Callable[[], Given]) -> Given:
        self._waiting.append(waiting)
        try:
            await self._desks.acquire()
        finally:
            self._waiting.remove(waiting)
        try:
            return await asyncio.to_thread(work)
        finally:
            self._desks.release()


class Waiting(Generic[Given]):
    """One who stands in line, or is being served."""

    task: "asyncio.Task[Given]"

    def __init__(self, line: "list[Waiting[Given]]") -> None:
        self._line = line

    @property
    def place(self) -> int:
        """The place in line, from 1; 0 when it is this one's turn."""
        return self._line.index(self) + 1 if self in self._line else 0

    async def done_within(self, seconds: float) -> bool:
        """Wait for the work, but not longer than this."""
        done, _ = await asyncio.wait({self.task}, timeout=seconds)
        return bool(done)

    def result(self) -> Given:
        """What the work gave, or raises what it raised."""
        return self.task.result()

    def leave(self) -> None:
        """Step out of the line; work that has begun is finished, and nobody hears of it."""
        if self.place:
            self.task.cancel()
