"""The weights in an HDF5 file, by layer, in either of the layouts that Keras has for them.

Keras 2 lists layers by name, and their weights by name
(https://github.com/keras-team/keras/blob/v2.15.0/keras/saving/legacy/hdf5_format.py); ``.weights.h5`` of
Keras 3 and of Keras from 2.12 on holds a tree of layers counted by class, and numbered arrays
(https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/saving_lib.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from converter.errors import SourceError
from converter.model import Weight
from converter.sources import hdf5, watchdog
from converter.sources.keras2 import check_name

CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
"""Where the second layout keeps the layers of a model; the second name is that of TensorFlow 2.12."""

ARRAYS = "vars"
NOT_WEIGHTS = {"seed_generator"}
"""What Keras keeps beside the weights: the states of random number generators."""

_COUNTED = re.compile(r"(.*?)(?:_([0-9]{1,9}))?")


@dataclass
class Node:
    """What the tree of the second layout holds of one layer, model or part of a layer.

    Attributes:
        name: the layer's own name, which Keras stores from 3.7 on.
        weights: its own, without those of its parts.
        parts: by the name of the group.
    """

    name: str | None = None
    weights: list[Weight] = field(default_factory=list)
    parts: dict[str, Node] = field(default_factory=dict)

    def walk(self) -> Iterator[Node]:
        """This and everything below, in the order in which Keras counts."""
        yield self
        # Keras sorts the parts of a layer by name, but lists the weights of the forward part first.
        for key in sorted(self.parts, key=lambda part: (part == "backward_layer", *natural(part))):
            yield from self.parts[key].walk()

    @property
    def holds_weights(self) -> bool:
        """Whether there is a weight in it or below."""
        return any(node.weights for node in self.walk())

    @property
    def layers(self) -> Node | None:
        """The layers of a model; None when this is no model."""
        return next((self.parts[key] for key in CONTAINERS if key in self.parts), None)


@dataclass(frozen=True, eq=False)
class Stored:
    """The weights in a file.

    Attributes:
        layout: which of the ways of storing them it is; whole ``.h5`` files of Keras 3 list weights as
            Keras 2 does, under other names.
        layers: the weights by layer, in the order of the layers as far as the file tells it: by name, or
            by place in the tree (``conv2d_1``) where the file holds no names.
        named: whether the keys of ``layers`` are the names of layers.
        tree: the second layout as it stands; empty for the first.
        keras_version: of the Keras that wrote the file; empty when it does not say.
    """

    layout: Literal["keras2", "keras3", "keras3-h5"]
    layers: dict[str, list[Weight]]
    named: bool
    tree: Node = field(default_factory=Node)
    keras_version: str = ""


def natural(name: str) -> tuple[str, int]:
    """A key that sorts ``conv2d_2`` before ``conv2d_10``."""
    match = _COUNTED.fullmatch(name)
    assert match is not None
    return match.group(1), int(match.group(2) or 0)


def is_weights_only(path: Path) -> bool:
    """Whether a file is HDF5 with weights of Keras and no topology; nothing is said about unreadable ones."""
    try:
        with watchdog.limited():
            file = hdf5.File(path)
            try:
                root = file.root
                return not hdf5.has_list(root, "model_config") and (
                    hdf5.has_list(root, "layer_names") or _container(root) is not None
                )
            finally:
                file.close()
    except (SourceError, *hdf5.DAMAGE):
        return False


def stored_weights(path: Path) -> Stored:
    """The weights in a file of either layout, or of a whole model; the arrays stay in the file.

    Raises:
        SourceError: when the file is corrupt, hostile, or holds no weights of Keras.
    """
    try:
        with watchdog.limited():
            return read_stored(hdf5.File(path), str(path))
    except (*hdf5.DAMAGE, RecursionError) as error:
        raise hdf5.corrupt(str(path), f"its structure is damaged: {hdf5.brief(error)}.") from error


def read_stored(file: hdf5.File, where: str) -> Stored:
    """The weights in an open file.

    Raises:
        SourceError: as ``stored_weights``, which knows what damaged files make HDF5 say.
    """
    groups = hdf5.subgroup(file.root, "model_weights") if _is_whole(file.root) else file.root
    if hdf5.has_list(groups, "layer_names"):
        version = hdf5.text(file.root, "keras_version") or hdf5.text(groups, "keras_version") or ""
        layers = _listed(file, groups)
        return Stored("keras2", layers, named=True, keras_version=check_name(version, "keras_version"))
    container = _container(groups)
    if container is None:
        raise SourceError(
            "h5-not-keras",
            where,
            "this HDF5 file holds no weights of a Keras model.",
            "Give a file that model.save_weights(…) wrote.",
        )
    tree = _tree(file, container)
    return Stored("keras3", *_flat(tree), tree=tree)


def _is_whole(root: hdf5.Group) -> bool:
    return hdf5.has_list(root, "model_config") and not hdf5.has_list(root, "layer_names")


def _container(root: hdf5.Group) -> hdf5.Group | None:
    for name in CONTAINERS:
        if root.links.exists(name.encode()):  # what a link leads to is not looked at
            return hdf5.subgroup(root, name)
    return None


def _listed(file: hdf5.File, groups: hdf5.Group) -> dict[str, list[Weight]]:
    names = hdf5.text_list(groups, "layer_names")
    where = f"{hdf5.name_of(groups)}@layer_names"
    if len(names) > hdf5.MAX_MEMBERS:
        raise hdf5.corrupt(where, f"it lists {len(names):,} layers, more than any model has.")
    if len(set(names)) < len(names):
        raise hdf5.corrupt(where, "it lists a layer twice.")
    layers: dict[str, list[Weight]] = {}
    for name in names:
        group = hdf5.subgroup(groups, check_name(name, where))
        layers[name] = [
            hdf5.weight(file, group, weight, weight.removesuffix(":0"))
            for weight in hdf5.text_list(group, "weight_names")
        ]
    return layers


def _tree(file: hdf5.File, container: hdf5.Group) -> Node:
    """The tree below ``container``; refuses what hard links can make of it, as ``hdf5.leaves`` does."""
    root = Node()
    members = 0
    seen: set[hdf5.Group] = set()
    pending: list[tuple[hdf5.Group, Node, int]] = [(container, root, 0)]
    while pending:
        group, node, depth = pending.pop()
        members += group.get_num_objs()
        if group in seen or members > hdf5.MAX_MEMBERS or depth > hdf5.MAX_DEPTH:
            why = "it is in two places." if group in seen else "it holds more than any model does."
            raise hdf5.corrupt(hdf5.name_of(group), why)
        seen.add(group)
        for name in _members(group):
            inside = hdf5.subgroup(group, name)
            if name == ARRAYS:
                node.name, node.weights = _name(inside), _numbered(file, inside)
            elif name not in NOT_WEIGHTS:
                part = node.parts[name] = Node()
                pending.append((inside, part, depth + 1))
    return root


def _members(group: hdf5.Group) -> list[str]:
    return [check_name(key.decode("utf-8", "surrogateescape"), hdf5.name_of(group)) for key in group]


def _name(group: hdf5.Group) -> str | None:
    name = hdf5.text(group, "name")
    return None if name is None else check_name(name, f"{hdf5.name_of(group)}@name")


def _numbered(file: hdf5.File, group: hdf5.Group) -> list[Weight]:
    names = set(_members(group))
    order = [str(index) for index in range(len(names))]
    if len(names) > hdf5.MAX_MEMBERS or names != set(order):
        raise hdf5.corrupt(hdf5.name_of(group), "the weights in it are not numbered from 0 on.")
    path = hdf5.name_of(group)
    return [hdf5.weight(file, group, index, f"{path}/{index}") for index in order]


def _flat(tree: Node) -> tuple[dict[str, list[Weight]], bool]:
    """Every layer of the tree that stands by itself, and whether all have names, each its own."""
    found = list(_leaves(tree, ""))
    names = [node.name for _, node in found if node.holds_weights]
    named = bool(names) and None not in names and len(set(names)) == len(names)
    layers = {
        (node.name if named and node.name else path): [
            weight for each in node.walk() for weight in each.weights
        ]
        for path, node in found
        if not named or node.holds_weights
    }
    return layers, named


def _leaves(container: Node, path: str) -> Iterator[tuple[str, Node]]:
    for key in sorted(container.parts, key=natural):
        node = container.parts[key]
        if node.layers is None:
            yield f"{path}{key}", node
        else:
            yield from _leaves(node.layers, f"{path}{key}/")
