"""The fork itself, before anything else is imported: every millisecond after it is spent twice."""

import os
import sys


class Forked:
    """The worker that was forked, and the ends of its pipes."""

    current: "tuple[int, int, int] | None" = None


def start() -> None:
    """Forks the worker, which begins to load the library; ``worker.Worker.take`` finds it."""
    if not hasattr(os, "fork") or sys.platform == "darwin":  # Apple's frameworks may not be forked
        return
    request_end, requests = os.pipe()
    replies, reply_end = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(requests)
        os.close(replies)
        from converter.cli.worker import serve

        serve(parent, request_end, reply_end)
    os.close(request_end)
    os.close(reply_end)
    Forked.current = pid, requests, replies
