"""Protocol buffers as they lie in a file: the fields of a message by their numbers, without TensorFlow.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_WIDTHS = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_MOST_VARINT_BYTES = 10


class WireError(Exception):
    """The bytes are no message."""


class Message:
    """One message; what lies in it is read when it is asked for.

    A field that is not there reads as 0, as an empty text or as an empty message.

    Args:
        data: its bytes.

    Raises:
        WireError: when they are no message.
    """

    def __init__(self, data: memoryview) -> None:
        self._fields: dict[int, list[int | memoryview]] = {}
        at = 0
        while at < len(data):
            key, at = _varint(data, at)
            number, kind = key >> 3, key & 7
            value: int | memoryview
            if kind == _VARINT:
                value, at = _varint(data, at)
            elif kind == _BYTES or kind in _WIDTHS:
                size, at = _varint(data, at) if kind == _BYTES else (_WIDTHS[kind], at)
                value, at = data[at : at + size], at + size
            else:
                raise WireError
            if not number or at > len(data):
                raise WireError
            self._fields.setdefault(number, []).append(value)

    def has(self, number: int) -> bool:
        """Whether a field is there."""
        return number in self._fields

    def number(self, number: int) -> int:
        """A whole number with its sign.

        Raises:
            WireError: when the field is something else.
        """
        value = self._fields.get(number, [0])[-1]
        if not isinstance(value, int):
            raise WireError
        return value - (1 << 64) if value >> 63 else value

    def text(self, number: int) -> str:
        """A text.

        Raises:
            WireError: when the field is something else.
        """
        return (self.texts(number) or [""])[-1]

    def texts(self, number: int) -> list[str]:
        """All texts of a field that repeats.

        Raises:
            WireError: when the field is something else.
        """
        try:
            return [str(value, "utf-8") for value in self._bytes(number)]
        except UnicodeDecodeError as error:
            raise WireError from error

    def message(self, number: int) -> Message:
        """A message; of one that lies there in parts the whole.

        Raises:
            WireError: when the field is something else.
        """
        parts = self._bytes(number)
        return Message(parts[0] if len(parts) == 1 else memoryview(b"".join(parts)))

    def messages(self, number: int) -> list[Message]:
        """All messages of a field that repeats.

        Raises:
            WireError: when the field is something else.
        """
        return [Message(value) for value in self._bytes(number)]

    def mapping(self, number: int) -> dict[str, Message]:
        """The messages of a map by their keys, which are texts.

        Raises:
            WireError: when the field is something else.
        """
        return {entry.text(1): entry.message(2) for entry in self.messages(number)}

    def _bytes(self, number: int) -> list[memoryview]:
        values = self._fields.get(number, [])
        found = [value for value in values if isinstance(value, memoryview)]
        if len(found) < len(values):
            raise WireError
        return found


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[at : at + _MOST_VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & (1 << 64) - 1, at + index + 1
    raise WireError
