"""Zip archives read with suspicion, member by member: nothing is ever extracted under a name from the file.

What is refused is refused for Keras as well, which unpacks some members when it runs the original.
The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import io
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn, cast

from converter.errors import SourceError
from converter.layers.configuration import brief
from converter.sources.section import Section

if TYPE_CHECKING:
    from typing_extensions import Self

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
"""How an archive begins, and how one without members does."""

MAX_DIRECTORY = 1 << 22
"""The largest list of members that is read, in bytes; that of a model with its assets is kilobytes."""

MAX_TEXT = 1 << 26
"""The largest text that is read, in bytes; the topology of a deep network is one or two million."""

MAX_UNPACKED = 1 << 34
"""How much a compressed member may unpack to, in bytes."""

RATIO = 200
"""How far a large member may have been compressed: weights hardly shrink, unless all are the same."""

SMALL = 1 << 24
"""What is no bomb however far it was compressed, in bytes."""

CHUNK = 1 << 20
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _UTF8 = 1, 1 << 11
_FIX = "Save the model again with model.save('model.keras'), or fetch the file again if it was downloaded."
_DAMAGE = (
    *(zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
    *(struct.error, zlib.error, OverflowError, MemoryError, IndexError),
)


class Archive:
    """An open archive, closed when its context is left; sections of it stay open.

    Args:
        path: the file.

    Raises:
        SourceError: when it is damaged or hostile: names that lead out of a folder, two members of one
            name, links, encryption, sizes that cannot be.
    """

    def __init__(self, path: Path) -> None:
        self._where = str(path)
        self._file = path.open("rb")
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise

    def _read(self) -> None:
        try:
            self._size = self._file.seek(0, io.SEEK_END)
            with zipfile.ZipFile(cast("IO[bytes]", _Directory(self._file, self._where))) as directory:
                members = directory.infolist()
        except _DAMAGE as error:
            self._corrupt(f"this is no readable zip archive: {_words(error)}.", error)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._check(member)
            if self._members.setdefault(member.filename, member) is not member:
                self._refuse(member.filename, "two members have this name.")
        self._check_room()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def text(self, name: str) -> str:
        """A member that holds text.

        Raises:
            SourceError: when it is missing, damaged, larger than ``MAX_TEXT`` or no UTF-8.
        """
        member = self._member(name)
        if member.file_size > MAX_TEXT:
            why = f"it declares {member.file_size:,} bytes of text, more than any model has."
            raise SourceError("archive-size", self._name(name), why, _FIX)
        data = b"".join(self._unpacked(member))
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            self._corrupt("it is not text in UTF-8.", error, name)

    def section(self, name: str) -> Section:
        """A member as a file; a compressed one is unpacked into a file without a name.

        Raises:
            SourceError: when it is missing or damaged.
        """
        member = self._member(name)
        where = self._name(name)
        if member.compress_type == zipfile.ZIP_STORED:
            for _ in self._unpacked(member):
                pass  # only so that its checksum is compared
            return Section(self._file, self._begin(member), member.file_size, where)
        if member.file_size > MAX_UNPACKED:
            why = f"it declares {member.file_size:,} bytes, more than are unpacked."
            fix = "Save the model from Keras, which does not compress its weights."
            raise SourceError("archive-size", where, why, fix)
        try:
            with tempfile.TemporaryFile() as unpacked:
                unpacked.writelines(self._unpacked(member))
                unpacked.flush()
                return Section(unpacked, 0, member.file_size, where)
        except OSError as error:
            self._corrupt(f"it cannot be unpacked: {_words(error)}.", error, name)

    def _check(self, member: zipfile.ZipInfo) -> None:
        name = member.orig_filename
        parts = name.replace("\\", "/").split("/")
        if not name.isprintable() or "\\" in name or ":" in parts[0] or {"", ".", ".."} & {*parts[:-1]}:
            self._refuse(name, "its name leads out of the folder that it would be unpacked into.")
        if parts[-1] in {".", ".."}:
            self._refuse(name, "its name leads out of the folder that it would be unpacked into.")
        mode = member.external_attr >> 16
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            self._refuse(name, "it is a link or a device.")
        if member.flag_bits & _ENCRYPTED:
            self._refuse(name, "it is encrypted.", "Decrypt the archive first.")
        stored = member.compress_type == zipfile.ZIP_STORED
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            self._refuse(name, f"it is compressed by method {member.compress_type}.", "Use deflate or none.")
        if stored and member.compress_size != member.file_size:
            self._corrupt("it declares two different sizes.", None, name)
        if not stored and member.file_size > max(SMALL, RATIO * member.compress_size):
            why = f"it declares {member.file_size:,} bytes, packed into {member.compress_size:,}."
            raise SourceError("archive-size", self._name(name), why, _FIX)

    def _check_room(self) -> None:
        """Whether every member has bytes of its own in the file."""
        end, before = 0, ""
        for member in sorted(self._members.values(), key=lambda member: member.header_offset):
            if member.header_offset < end:
                self._corrupt(f"it shares bytes with {brief(before)}.", None, member.filename)
            name = len(
                member.orig_filename.encode("utf-8" if member.flag_bits & _UTF8 else "cp437", "replace")
            )
            end = member.header_offset + _LOCAL.size + name + member.compress_size
            before = member.filename
        if end > self._size:
            self._corrupt("it reaches behind the end of the file.", None, before)

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            held = ", ".join(brief(each)[1:-1] for each in list(self._members)[:4])
            more = " …" if len(self._members) > 4 else ""
            raise SourceError(
                "archive-member",
                self._where,
                f"this zip archive holds no {name}, as those of Keras do; it holds "
                f"{held + more or 'nothing'}.",
                "Give a file that model.save('model.keras') wrote.",
            )
        return self._members[name]

    def _begin(self, member: zipfile.ZipInfo) -> int:
        """Where the data of a member begins; its own header must agree with the list of members."""
        self._file.seek(member.header_offset)
        header = _LOCAL.unpack(self._file.read(_LOCAL.size))
        signature, _, flags, method, *_, length, extra = header
        own = self._file.read(length).decode("utf-8" if flags & _UTF8 else "cp437")
        if signature != SIGNATURES[0] or (flags & _ENCRYPTED, method, own) != (
            0,
            member.compress_type,
            member.orig_filename,
        ):
            self._corrupt("the archive lists it otherwise than it is.", None, member.filename)
        begin = int(member.header_offset + _LOCAL.size + length + extra)
        if begin + member.compress_size > self._size:
            self._corrupt("it reaches behind the end of the file.", None, member.filename)
        return begin

    def _unpacked(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """The data, in pieces; its size and checksum are compared with those declared."""
        size = checksum = 0
        try:
            for piece in self._pieces(member):
                size += len(piece)
                if size > member.file_size:
                    break
                checksum = zlib.crc32(piece, checksum)
                yield piece
        except _DAMAGE as error:
            self._corrupt(f"it cannot be read: {_words(error)}.", error, member.filename)
        if size != member.file_size:
            self._corrupt(f"it declares {member.file_size:,} bytes and has others.", None, member.filename)
        if checksum != member.CRC:
            self._corrupt("its checksum is wrong: the file was damaged.", None, member.filename)

    def _pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        position, left = self._begin(member), member.compress_size
        inflate = None if member.compress_type == zipfile.ZIP_STORED else zlib.decompressobj(-zlib.MAX_WBITS)
        while left:
            self._file.seek(position)
            packed = self._file.read(min(CHUNK, left))
            if not packed:
                raise EOFError
            position, left = position + len(packed), left - len(packed)
            if inflate is None:
                yield packed
                continue
            while packed and not inflate.eof:
                yield inflate.decompress(packed, CHUNK)
                packed = inflate.unconsumed_tail
        if inflate is not None:
            yield inflate.flush()

    def _name(self, name: str) -> str:
        return f"{self._where}, {name if name.isprintable() and len(name) < 100 else brief(name)}"

    def _refuse(self, name: str, why: str, fix: str = _FIX) -> NoReturn:
        raise SourceError("archive-member", self._name(name), why, fix)

    def _corrupt(self, why: str, error: BaseException | None, name: str = "") -> NoReturn:
        raise SourceError("archive-corrupt", self._name(name) if name else self._where, why, _FIX) from error


class _Directory(io.RawIOBase):
    """The archive as ``zipfile`` sees it, which reads a list of members of any size at once."""

    def __init__(self, file: IO[bytes], where: str) -> None:
        self._file = file
        self._where = where

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY:
            why = f"its list of members takes {size:,} bytes, more than that of any model."
            raise SourceError("archive-size", self._where, why, _FIX)
        return self._file.read(MAX_DIRECTORY if size < 0 else size)


def _words(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    text = getattr(error, "strerror", None) or str(error) or "it ends too early"
    return text if text.isprintable() and len(text) < 200 else brief(text)
