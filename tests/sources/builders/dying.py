"""Builders that take their process with them, before they import anything."""

import os
import signal


def build():
    os.write(2, b"\x1b[31mgoing\x1b[0m\n")
    os._exit(7)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)
