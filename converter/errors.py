"""The errors a user can meet: one root, and one subclass for each exit code.

Anything else that escapes is a bug of ours and ends with exit code 1 and its traceback.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ConverterError(Exception):
    """What went wrong, where, why, and what to do next.

    Args:
        code: a short stable identifier, such as ``h5-truncated``, for machines.
        where: the file, layer or weight concerned.
        why: one sentence that says what is wrong.
        fix: what the user can do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, where: str, why: str, fix: str) -> None:
        super().__init__(code, where, why, fix)
        self.code = code
        self.where = where
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.where}: {self.why} {self.fix}".strip()


class UsageError(ConverterError):
    """The command line asks for something that makes no sense."""

    exit_code = 2


class SourceError(ConverterError):
    """The source cannot be read, or is refused because it is corrupt or hostile."""

    exit_code = 3


class UnsupportedError(ConverterError):
    """The model cannot be expressed in TensorFlow.js as it stands."""

    exit_code = 4


class ParityError(ConverterError):
    """The artifact does not give the original's outputs, or not at the asked quality.

    Args:
        parity: the record of the proof, where there is one.
    """

    exit_code = 5

    def __init__(
        self, code: str, where: str, why: str, fix: str, parity: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code, where, why, fix)
        self.parity = parity


class MissingRuntimeError(ConverterError):
    """A runtime that was asked for is not installed."""

    exit_code = 6


class OutputError(ConverterError):
    """The artifact could not be written; what stood there before is untouched."""

    exit_code = 2
