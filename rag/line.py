"""Who asks when others ask too waits in line, first come, first served, and can be told the place.

For one event loop, which the page and `/api` share: at most so many questions are answered at once as there are cores.
Work in a thread cannot be ended from outside; who leaves while being served gives the desk to the next at once, and the
work ends when it ends. No more work goes on abandoned than there are desks: whoever leaves beyond that keeps the desk
until the work is done, so that one who asks and leaves all day cannot fill the machine with threads.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

AT_ONCE = max(2, os.cpu_count() or 2)
Given = TypeVar("Given")


class Line:
    """A line before so many desks."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._desks = asyncio.Semaphore(at_once)  # serves in the order of asking
        self._may_be_abandoned = at_once
        self._threads = ThreadPoolExecutor(2 * at_once, "antwoord")  # of its own: each thread keeps memory for what it computes
        self._waiting: list[Waiting] = []  # type: ignore[type-arg]

    def join(self, work: Callable[[], Given]) -> "Waiting[Given]":
        """Stand in line with some work, to be done in a thread when the turn comes, whether or not anybody still looks."""
        waiting: Waiting[Given] = Waiting(self._waiting, self._abandon)
        waiting.task = asyncio.create_task(self._serve(waiting, work))
        return waiting

    async def _serve(self, waiting: "Waiting[Given]", work: Callable[[], Given]) -> Given:
        self._waiting.append(waiting)
        try:
            await self._desks.acquire()
        finally:
            self._waiting.remove(waiting)
        waiting.served = True
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            if waiting.abandoned:
                self._may_be_abandoned += 1
            else:
                self._desks.release()

    def _abandon(self) -> bool:
        """Free the desk of work that nobody waits for any more; false where too much of that goes on already."""
        if not self._may_be_abandoned:
            return False
        self._may_be_abandoned -= 1
        self._desks.release()
        return True


class Waiting(Generic[Given]):
    """One who stands in line, or is being served."""

    task: "asyncio.Task[Given]"

    def __init__(self, line: "list[Waiting[Given]]", abandon: Callable[[], bool]) -> None:
        self._line, self._abandon = line, abandon
        self.served = self.abandoned = False

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
        """Step out of the line, or from the desk; work that has begun is finished, and nobody hears of it."""
        if not self.served:
            self.task.cancel()
        elif not self.task.done() and not self.abandoned:
            self.abandoned = self._abandon()
