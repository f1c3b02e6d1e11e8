"""Work beside the work: hashing, compressing and flushing release the interpreter.

``concurrent.futures`` does the same, but takes longer to import than a small model to convert, and
lets any number of jobs wait, each holding its part of the weights.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

WAITING = 16
"""How many jobs may wait; whoever adds another waits, too."""


class Background:
    """A thread that does jobs one after the other; a context manager that waits for all of them."""

    def __init__(self) -> None:
        self._jobs: deque[Callable[[], None] | None] = deque()
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        if error is None:
            self.finish()

    def run(self, job: Callable[..., Any], *arguments: Any) -> None:
        """Has the job done, behind those before it."""
        self._add(lambda: job(*arguments))

    def finish(self) -> None:
        """Waits for every job, and raises the error of the first that failed."""
        self._end()
        if self._error is not None:
            raise self._error

    def _end(self) -> None:
        if self._thread.is_alive():
            self._add(None)
            self._thread.join()

    def _add(self, job: Callable[[], None] | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._jobs) < WAITING)
            self._jobs.append(job)
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._jobs))
                job = self._jobs.popleft()
                self._changed.notify_all()
            if job is None:
                return
            if self._error is None:
                try:
                    job()
                except BaseException as error:  # noqa: BLE001 - raised again by ``finish``
                    self._error = error
