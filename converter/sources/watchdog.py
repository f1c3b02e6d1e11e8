"""An end to reading that never ends.

libhdf5 follows some damaged structures for ever (a heap whose objects overflow its size, in 1.14.6),
deaf to Python. A process that may be ended, as the command line's worker is, sets ``seconds``; in a
process of the user's own nothing is done.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

SIGNAL = getattr(signal, "SIGPROF", None)
"""What ends the process."""

BYTES_PER_SECOND = 10_000_000
"""How slowly HDF5 may unpack a weight: a tenth of what it does."""

seconds: float | None = None
"""How much processor time reading the structure of a file may take; None for any."""


@contextlib.contextmanager
def limited(nbytes: int = 0) -> Iterator[None]:
    """Ends the process when what is inside takes too long for ``nbytes`` of data."""
    if seconds is None:
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds + nbytes / BYTES_PER_SECOND)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
