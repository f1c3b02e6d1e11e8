"""HDF5 read with suspicion: nothing outside the file, nothing larger than the file can hold.

Links to other files, virtual datasets and external storage would publish what lies elsewhere on
the machine as weights; declared sizes cost nothing to write and everything to allocate. The
low-level interface of h5py is used throughout: it says exactly what is there, and is quick.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5i, h5l, h5o, h5p, h5t, h5z

from converter.errors import SourceError
from converter.layers.configuration import brief as shorten
from converter.model import Array, Weight
from converter.sources import watchdog
from converter.sources.section import Section

DEFLATE_RATIO = 1032
"""The most that deflate can shrink anything (https://zlib.net/zlib_tech.html)."""

BUILT_IN_FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, h5z.FILTER_LZF}
MAX_MEMBERS = 50_000
MAX_DEPTH = 64
MAX_SHOWN = 200
MAX_ATTRIBUTE = 1 << 28
"""The largest attribute that is read, in bytes; names of weights and topologies are kilobytes."""

PLAIN_TYPES: list[tuple[h5t.TypeID, np.dtype[Any]]] = [
    (h5t.IEEE_F32LE, np.dtype("<f4")),
    (h5t.IEEE_F64LE, np.dtype("<f8")),
    (h5t.STD_I32LE, np.dtype("<i4")),
    (h5t.STD_I64LE, np.dtype("<i8")),
]
"""What is stored as numpy holds it; HDF5 must convert all others (a bfloat16 has the dtype float32)."""

BFLOAT16 = np.dtype("V2")
"""What Keras stores bfloat16 as: two bytes that HDF5 knows nothing of."""

CORRUPT_FIX = "Save the model again, or fetch the file again if it was downloaded."

DAMAGE = (OSError, KeyError, RuntimeError, ValueError, TypeError, OverflowError, MemoryError)
"""h5py turns what libhdf5 finds in a damaged file into whichever of these comes to hand."""

Group: TypeAlias = h5g.GroupID
Object: TypeAlias = h5g.GroupID | h5d.DatasetID


def corrupt(where: str, why: str, code: str = "h5-corrupt") -> SourceError:
    """The error for a file whose own structure does not hold together."""
    return SourceError(code, where, why, CORRUPT_FIX)


class File:
    """An open HDF5 file, or one inside another file; weights that were read from it keep it open.

    Attributes:
        root: its root group.
        descriptor: of the file on disk.
        start: where in that the HDF5 file begins, in bytes.
        size: of the HDF5 file, in bytes.

    Raises:
        SourceError: when it cannot be opened or is not HDF5.
    """

    def __init__(self, path: Path | Section) -> None:
        try:
            self._file = _open(path)
            self.root = h5g.open(self._file.id, b"/")
            if isinstance(path, Section):
                self._section = path  # open for as long as this is
                self.descriptor, self.start, self.size = path.descriptor, path.start, path.size
            else:
                self.descriptor, self.start = int(self._file.id.get_vfd_handle()), 0
                self.size = os.fstat(self.descriptor).st_size
            self.plain = self._file.userblock_size == 0
        except DAMAGE as error:
            reason = brief(error)
            if "truncated file" in reason:
                raise corrupt(str(path), f"the file is cut off: {reason}.", "h5-truncated") from error
            raise corrupt(str(path), f"this is no readable HDF5 file: {reason}.", "h5-unreadable") from error
        self._free = self.size

    def claim(self, stored: int) -> bool:
        """Whether another ``stored`` bytes of weights have room in the file beside those before them."""
        self._free -= stored
        return self._free >= 0

    def close(self) -> None:
        """Closes the file; its weights can no longer be read."""
        self._file.close()


def _open(path: Path | Section) -> h5py.File:
    """Opened without a lock, which read-only and network file systems may refuse."""
    if isinstance(path, Section):
        return h5py.File(path, "r")
    try:
        return h5py.File(path, "r", locking=False)
    except OSError as error:
        if "locking flag" not in str(error):
            raise
        # The caller has the file open already, with a lock.
        return h5py.File(path, "r")


def brief(error: BaseException) -> str:
    """HDF5's own words without the layers of wrapping around them."""
    reason = "there is not enough memory" if isinstance(error, MemoryError) else str(error)
    return reason.rsplit("(", 1)[-1].rstrip(") .'\"") or reason or type(error).__name__


def name_of(node: Object) -> str:
    """The path of an object, for messages."""
    return _shown((h5i.get_name(node) or b"?").decode("utf-8", "replace"))


def _inside(node: Object, part: str) -> str:
    return _shown(f"{name_of(node).rstrip('/')}/{part}")


def _shown(path: str) -> str:
    """A path as long as people read, without what terminals obey."""
    return path if path.isprintable() and len(path) < MAX_SHOWN else shorten(path)


def child(group: Group, path: str) -> Object:
    """The object at ``path`` below ``group``, reached through hard links alone.

    Raises:
        SourceError: when it is missing or behind a soft or external link.
    """
    key = b""
    for part in path.split("/"):
        name = part.encode("utf-8", "surrogateescape")
        key = key + b"/" + name if key else name
        try:
            strange = name in {b"", b".", b".."} or b"\0" in name  # C would read something else
            kind = None if strange else group.links.get_info(key).type
        except (KeyError, RuntimeError):
            kind = None
        if kind is None:
            raise corrupt(_inside(group, path), "there is no such object in the file.", "h5-missing")
        if kind != h5l.TYPE_HARD:
            raise SourceError(
                "h5-link",
                _inside(group, path),
                "this is a soft or external link, which can point at any file on the machine.",
                "Copy the data into the file itself and try again.",
            )
    return h5o.open(group, key)


def subgroup(group: Group, path: str) -> Group:
    """The group at ``path``.

    Raises:
        SourceError: as ``child``, or when it is no group.
    """
    node = child(group, path)
    if not isinstance(node, h5g.GroupID):
        raise corrupt(name_of(node), "this should be a group.")
    return node


def leaves(group: Group, marker: str) -> Iterator[tuple[str, Group]]:
    """The groups below ``group`` that carry the list ``marker``, by path, in HDF5's own order.

    Raises:
        SourceError: when there are too many groups, or too deep ones, or one in two places: hard links
            can make 50 groups look like 2**50.
    """
    members = 0
    seen: set[Group] = set()
    pending: list[tuple[Object, tuple[str, ...]]] = [(group, ())]
    while pending:
        node, path = pending.pop()
        if not isinstance(node, h5g.GroupID):
            continue
        if path and has_list(node, marker):
            yield "/".join(path), node
            continue
        members += node.get_num_objs()
        if node in seen or members > MAX_MEMBERS or len(path) > MAX_DEPTH:
            why = "it is in two places." if node in seen else "it holds more than any model does."
            raise corrupt(name_of(node), why)
        seen.add(node)
        names = [_text(key, node) for key in node]
        pending += [(child(node, name), (*path, name)) for name in reversed(names)]


def has_list(node: Group, name: str) -> bool:
    """Whether the group carries the list ``name``, whole or in numbered pieces."""
    return bool(h5a.exists(node, name.encode()) or h5a.exists(node, f"{name}0".encode()))


def text(node: Group, name: str) -> str | None:
    """A string attribute, or None when there is none.

    Raises:
        SourceError: when the attribute holds something else.
    """
    if not h5a.exists(node, name.encode()):
        return None
    values = _attribute(node, name)
    if values.size != 1:
        raise corrupt(f"{name_of(node)}@{name}", "this should be one text.")
    return _text(values.reshape(-1)[0], node)


def text_list(node: Group, name: str) -> list[str]:
    """A list of strings from an attribute, or from ``name0``, ``name1``: Keras cuts lists over 64 KiB.

    Raises:
        SourceError: when there is none or it holds something else.
    """
    keys = [name]
    if not h5a.exists(node, name.encode()):
        keys = []
        while h5a.exists(node, f"{name}{len(keys)}".encode()):
            keys.append(f"{name}{len(keys)}")
        if not keys:
            raise corrupt(name_of(node), f"the attribute '{name}' is missing.", "h5-missing")
    found: list[str] = []
    for key in keys:
        values = _attribute(node, key)
        if values.ndim != 1:
            raise corrupt(f"{name_of(node)}@{key}", "this should be a list of names.")
        found += [_text(value, node) for value in values]
    return found


def _attribute(node: Group, name: str) -> Array:
    attribute = h5a.open(node, name.encode())
    shape, kind = attribute.shape, attribute.get_type()
    if shape is None or 0 in shape:
        return np.empty(shape or 0)
    declared = math.prod(shape) * kind.get_size()
    if declared > MAX_ATTRIBUTE:
        why = f"the attribute declares {declared:,} bytes, more than any model has names."
        raise corrupt(f"{name_of(node)}@{name}", why, "h5-size")
    if isinstance(kind, h5t.TypeStringID) and not kind.is_variable_str():
        # The usual case, without the detour of h5py over a type that it makes of numpy's.
        values = np.empty(shape, f"S{kind.get_size()}")
        attribute.read(values, kind)
        return values
    values = np.empty(shape, attribute.dtype)
    if values.size:
        attribute.read(values)
    return values


def _text(value: object, node: Object) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise corrupt(name_of(node), "a name or text in it is not UTF-8.") from error
    if isinstance(value, str):
        return value
    raise corrupt(name_of(node), f"this should hold text, but holds {type(value).__name__}.")


def weight(file: File, group: Group, path: str, name: str) -> Weight:
    """The array at ``path`` below ``group``, read when it is asked for.

    Raises:
        SourceError: when it is no array, its data lies elsewhere, needs a plug-in, or cannot be as
            large as declared.
    """
    dataset = child(group, path)
    if not isinstance(dataset, h5d.DatasetID):
        raise corrupt(name_of(dataset), "this should be an array.")
    return _plain(file, dataset, name) or _other(file, dataset, name)


def _plain(file: File, dataset: h5d.DatasetID, name: str) -> Weight | None:
    """The usual case: contiguous data of a type that numpy has, in this file; None for all else."""
    # HDF5 tells an offset of contiguous data alone, and of none that lies in other files.
    offset = dataset.get_offset()
    # Only then the shape: asked for that of a virtual dataset, HDF5 opens those files.
    shape = None if offset is None else dataset.shape
    if offset is None or shape is None or not file.plain:
        return None
    kind, stored = dataset.get_type(), dataset.get_storage_size()
    dtype = next((held for plain, held in PLAIN_TYPES if kind.equal(plain)), None)
    size = math.prod(shape) * kind.get_size()
    if dtype is None or size != stored or offset + size > file.size or not file.claim(stored):
        return None
    return Weight(name, shape, dtype, _Contiguous(file, offset, dtype, dataset).load)


def _other(file: File, dataset: h5d.DatasetID, name: str) -> Weight:
    """Chunked, compressed or converted data, or the reason why it is refused."""
    properties = dataset.get_create_plist()
    layout = properties.get_layout()
    if layout == h5d.VIRTUAL or properties.get_external_count():
        raise SourceError(
            "h5-external",
            name_of(dataset),
            "the data of this weight lies in another file.",
            "Copy the data into the file itself and try again.",
        )
    filters = {properties.get_filter(index)[0] for index in range(properties.get_nfilters())}
    if not filters <= BUILT_IN_FILTERS:
        raise SourceError(
            "h5-filter",
            name_of(dataset),
            f"this weight is compressed with HDF5 filter {min(filters - BUILT_IN_FILTERS)}, a plug-in.",
            "Save the file with gzip or without compression.",
        )
    shape = dataset.shape
    if shape is None:
        raise corrupt(name_of(dataset), "this weight has no shape.")
    item, stored = dataset.get_type().get_size(), dataset.get_storage_size()
    size = math.prod(shape) * item
    room = stored * DEFLATE_RATIO if filters else stored
    if size > room or stored > _most(properties, shape, item):
        why = f"the weight declares shape {list(shape)}, {size:,} bytes, but {stored:,} bytes are stored."
        raise corrupt(name_of(dataset), why, "h5-size")
    offset = dataset.get_offset()
    if offset is not None and file.plain and offset + size > file.size:
        why = "the data of this weight lies behind the end of the file."
        raise corrupt(name_of(dataset), why, "h5-truncated")
    if not file.claim(stored):
        raise corrupt(name_of(dataset), "the weights up to this one are larger than the file.", "h5-size")
    whole = _Whole(file, dataset)
    if dataset.dtype == BFLOAT16:
        return Weight(
            name, shape, np.dtype(np.float32), lambda start, stop: _widened(whole.load(start, stop))
        )
    return Weight(name, shape, dataset.dtype, whole.load)


def _widened(values: Array) -> Array:
    """Bfloat16 as float32, whose upper half it is."""
    return (values.view("<u2").astype("<u4") << 16).view("<f4")


def _most(properties: h5p.PropDCID, shape: tuple[int, ...], item: int) -> int:
    """The most bytes that can be stored for an array; more would be there to flood the memory."""
    if properties.get_layout() != h5d.CHUNKED:
        return math.prod(shape) * item
    chunk: tuple[int, ...] = properties.get_chunk()
    chunks = math.prod(-(-side // step) for side, step in zip(shape, chunk, strict=True))
    whole = chunks * math.prod(chunk) * item
    # What deflate makes of noise is slightly larger, https://zlib.net/zlib_tech.html.
    return whole + whole // 1000 + 64 * chunks


class _Contiguous:
    """Reads a stretch of a contiguous dataset straight from the file, with no buffer in between."""

    def __init__(self, file: File, offset: int, dtype: np.dtype[Any], dataset: h5d.DatasetID) -> None:
        self.file = file
        self.offset = offset
        self.dtype = dtype
        self.dataset = dataset

    def load(self, start: int, stop: int) -> Array:
        """Elements ``start:stop``."""
        values = np.empty(stop - start, self.dtype)
        view = values.view(np.uint8).data
        done = 0
        while done < len(view):
            position = self.file.start + self.offset + start * self.dtype.itemsize + done
            try:
                count = os.preadv(self.file.descriptor, [view[done:]], position)
            except OSError as error:
                raise corrupt(name_of(self.dataset), f"it cannot be read: {error.strerror}.") from error
            if not count:
                why = "the file ended while this weight was read."
                raise corrupt(name_of(self.dataset), why, "h5-truncated")
            done += count
        return values


class _Whole:
    """Reads whole what HDF5 must put together or convert, and keeps it for as long as it is streamed."""

    def __init__(self, file: File, dataset: h5d.DatasetID) -> None:
        self.file = file
        self.dataset = dataset
        self.values: Array | None = None

    def load(self, start: int, stop: int) -> Array:
        """Elements ``start:stop``."""
        if self.values is None:
            try:
                values = np.empty(self.dataset.shape, self.dataset.dtype)
                with watchdog.limited(values.nbytes):
                    self.dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
            except DAMAGE as error:
                raise corrupt(name_of(self.dataset), f"the weight cannot be read: {brief(error)}.") from error
            self.values = values.reshape(-1)
        part = self.values[start:stop]
        if stop >= self.values.size:
            self.values = None
        return part
