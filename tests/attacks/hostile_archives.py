"""``.keras`` archives that are damaged, or that were made to do harm."""

from __future__ import annotations

import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from attack import Attack, Family

ARCHIVES = Family()
CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
Members = dict[str, bytes]


def tensor(name: str, node: int = 0) -> dict[str, Any]:
    config = {"shape": [None, 3], "dtype": "float32", "keras_history": [name, node, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def dense(name: str, source: str) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"name": name, "trainable": True, "dtype": "float32", "units": 3, "activation": "relu"},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [tensor(source)], "kwargs": {}}],
    }


def topology() -> dict[str, Any]:
    """A functional model of two layers, in the words of Keras 3."""
    start = {"name": "i", "batch_shape": [None, 3], "dtype": "float32"}
    layers = [
        {
            "class_name": "InputLayer",
            "module": "keras.layers",
            "config": start,
            "name": "i",
            "inbound_nodes": [],
        },
        dense("a", "i"),
        dense("b", "a"),
    ]
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": "m",
            "trainable": True,
            "layers": layers,
            "input_layers": ["i", 0, 0],
            "output_layers": [["b", 0, 0]],
        },
        "registered_name": "Functional",
    }


def weights(edit: Callable[[h5py.File], Any] = lambda _file: None) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as tree:
        for group in ("dense", "dense_1"):
            tree[f"layers/{group}/vars/0"] = np.ones((3, 3), "float32")
            tree[f"layers/{group}/vars/1"] = np.ones(3, "float32")
        edit(tree)
    return file.getvalue()


def members(config: Any = None, version: Any = "3.15.1") -> Members:
    text = config if isinstance(config, bytes) else json.dumps(config or topology()).encode()
    metadata = json.dumps({"keras_version": version}).encode()
    return {"metadata.json": metadata, "config.json": text, "model.weights.h5": weights()}


def pack(folder: Path, content: Members, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(folder / "model.keras", "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return folder / "model.keras"


def patched(path: Path, signature: bytes, member: str, offset: int, layout: str, value: int) -> Path:
    """One field of a header of a member changed."""
    data = bytearray(path.read_bytes())
    name = member.encode()
    fixed = 46 if signature == CENTRAL else 30
    position = data.find(signature)
    while data[position + fixed : position + fixed + len(name)] != name:
        position = data.find(signature, position + 1)
    struct.pack_into(layout, data, position + offset, value)
    path.write_bytes(data)
    return path


@ARCHIVES.attack("")
def plain_archive(folder: Path) -> Path:
    return pack(folder, members())


@ARCHIVES.attack("")
def packed_archive(folder: Path) -> Path:
    """Packed again by something else than Keras."""
    return pack(folder, members(), zipfile.ZIP_DEFLATED)


@ARCHIVES.attack("")
def archive_with_assets(folder: Path) -> Path:
    return pack(folder, {**members(), "assets/layers/lookup/vocabulary.txt": b"a\nb"})


@ARCHIVES.attack("")
def archive_of_another_name(folder: Path) -> Path:
    return pack(folder, members()).rename(folder / "model.h5")


@ARCHIVES.attack("archive-member")
def archive_of_nothing(folder: Path) -> Path:
    return pack(folder, {})


@ARCHIVES.attack("archive-member")
def archive_of_something_else(folder: Path) -> Path:
    return pack(folder, {"word/document.xml": b"<xml/>"})


def without(name: str) -> Attack:
    def make(folder: Path) -> Path:
        return pack(folder, {key: data for key, data in members().items() if key != name})

    return Attack(f"archive_without_{name}", make, "archive-member", 3, {})


def named(label: str, name: str, code: str = "archive-member") -> Attack:
    return Attack(
        f"member_{label}", lambda folder: pack(folder, {**members(), name: b"x"}), code, 3 if code else 0, {}
    )


ARCHIVES += [
    *map(without, ("config.json", "metadata.json", "model.weights.h5")),
    named("above", "../../etc/cron.d/x"),
    named("above_within", "assets/../../x"),
    named("absolute", "/etc/passwd"),
    named("backslash", "assets\\..\\x"),
    named("drive", "C:/x"),
    named("control", "assets/\x1b[31m"),
    named("here", "./config.json"),
    named("beside", "__MACOSX/._config.json", ""),
]


@ARCHIVES.attack("archive-member")
def member_twice(folder: Path) -> Path:
    """Which one counts depends on who reads."""
    path = pack(folder, members())
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("config.json", "{}")
    return path


@ARCHIVES.attack("archive-member")
def member_is_a_link(folder: Path) -> Path:
    path = pack(folder, {key: data for key, data in members().items() if key != "model.weights.h5"})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("model.weights.h5")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return path


@ARCHIVES.attack("archive-member")
def member_encrypted(folder: Path) -> Path:
    return patched(pack(folder, members()), CENTRAL, "config.json", 8, "<H", 1)


@ARCHIVES.attack("archive-member")
def member_of_bzip2(folder: Path) -> Path:
    return pack(folder, members(), zipfile.ZIP_BZIP2)


@ARCHIVES.attack("archive-corrupt")
def member_of_two_sizes(folder: Path) -> Path:
    return patched(pack(folder, members()), CENTRAL, "config.json", 24, "<L", 1 << 30)


@ARCHIVES.attack("archive-corrupt")
def member_longer_than_the_file(folder: Path) -> Path:
    path = pack(folder, members())
    for field in (20, 24):
        patched(path, CENTRAL, "model.weights.h5", field, "<L", 1 << 30)
    return path


@ARCHIVES.attack("archive-corrupt")
def member_shorter_than_it_says(folder: Path) -> Path:
    content = members()
    size = len(content["config.json"])
    return patched(pack(folder, content, zipfile.ZIP_DEFLATED), CENTRAL, "config.json", 24, "<L", size + 1)


@ARCHIVES.attack("archive-corrupt")
def member_longer_than_it_says(folder: Path) -> Path:
    content = members()
    size = len(content["config.json"])
    return patched(pack(folder, content, zipfile.ZIP_DEFLATED), CENTRAL, "config.json", 24, "<L", size - 1)


@ARCHIVES.attack("archive-corrupt")
def member_listed_where_another_is(folder: Path) -> Path:
    return patched(pack(folder, members()), CENTRAL, "config.json", 42, "<L", 0)


@ARCHIVES.attack("archive-corrupt")
def member_of_another_method(folder: Path) -> Path:
    return patched(pack(folder, members()), LOCAL, "config.json", 8, "<H", 8)


@ARCHIVES.attack("archive-corrupt")
def member_of_another_name(folder: Path) -> Path:
    return patched(pack(folder, members()), LOCAL, "config.json", 30, "<B", ord("x")).resolve()


@ARCHIVES.attack("archive-corrupt")
def member_with_a_bit_turned(folder: Path) -> Path:
    path = pack(folder, members())
    data = bytearray(path.read_bytes())
    data[data.find(np.ones(3, "float32").tobytes())] ^= 1
    path.write_bytes(data)
    return path


@ARCHIVES.attack("archive-size")
def bomb_of_text(folder: Path) -> Path:
    return pack(folder, {**members(), "config.json": bytes(1 << 28)}, zipfile.ZIP_DEFLATED)


@ARCHIVES.attack("archive-size")
def bomb_of_weights(folder: Path) -> Path:
    return pack(folder, {**members(), "model.weights.h5": bytes(1 << 28)}, zipfile.ZIP_DEFLATED)


@ARCHIVES.attack("archive-size")
def bomb_beside(folder: Path) -> Path:
    """Keras unpacks it all."""
    return pack(folder, {**members(), "assets/a": bytes(1 << 28)}, zipfile.ZIP_DEFLATED)


@ARCHIVES.attack("archive-size")
def long_text(folder: Path) -> Path:
    return pack(folder, {**members(), "config.json": b" " * (1 << 26) + b"{}"})


@ARCHIVES.attack("archive-size")
def a_million_members(folder: Path) -> Path:
    path = pack(folder, members())
    data = path.read_bytes()
    start = data.find(CENTRAL)
    end = data.find(b"PK\x05\x06")
    listed = data[start:end] + (struct.pack("<4s6H3L5H2L", CENTRAL, *[0] * 9, 1, *[0] * 6) + b"x") * 1_000_000
    count = 0xFFFF
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listed), start, 0)
    path.write_bytes(data[:start] + listed + tail)
    return path


@ARCHIVES.attack("archive-corrupt")
def half_an_archive(folder: Path) -> Path:
    path = pack(folder, members())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@ARCHIVES.attack("archive-corrupt")
def signature_of_an_archive(folder: Path) -> Path:
    (folder / "model.keras").write_bytes(LOCAL)
    return folder / "model.keras"


def told(label: str, code: str, exit_code: int = 3, **changes: Any) -> Attack:
    return Attack(label, lambda folder: pack(folder, {**members(), **changes}), code, exit_code, {})


def configured(
    label: str, change: Callable[[list[Any], dict[str, Any]], Any], code: str, exit_code: int = 3
) -> Attack:
    """A topology changed; told its layers and its configuration."""

    def make(folder: Path) -> Path:
        config = topology()
        change(config["config"]["layers"], config["config"])
        return pack(folder, members(config))

    return Attack(label, make, code, exit_code if code else 0, {})


def versioned(label: str, version: Any, code: str) -> Attack:
    return Attack(label, lambda folder: pack(folder, members(None, version)), code, 3, {})


def renamed(name: str) -> Callable[[list[Any], dict[str, Any]], Any]:
    def change(layers: list[Any], _config: dict[str, Any]) -> None:
        layers[1] = dense(name, "i")
        layers[2] = dense("b", name)

    return change


def link(file: h5py.File) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = h5py.ExternalLink("/etc/passwd", "/x")


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}
FUNCTION = {"module": "builtins", "class_name": "function", "config": "system", "registered_name": "function"}
OPERATION = {
    "module": "keras.src.ops.numpy",
    "class_name": "Add",
    "config": {"name": "a"},
    "registered_name": "Add",
}
GETTER = {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "http://0.0.0.0"}}

ARCHIVES += [
    told("weights_that_are_none", "h5-unreadable", **{"model.weights.h5": b"x" * 5000}),
    told("weights_cut_off", "h5-truncated", **{"model.weights.h5": weights()[:3000]}),
    told(
        "weights_of_nothing", "h5-not-keras", **{"model.weights.h5": weights(lambda file: file.pop("layers"))}
    ),
    told("weights_elsewhere", "h5-link", **{"model.weights.h5": weights(link)}),
    told(
        "weights_missing", "arch-mismatch", **{"model.weights.h5": weights(lambda f: f.pop("layers/dense_1"))}
    ),
    told("config_no_text", "archive-corrupt", **{"config.json": b"\xff\xfe"}),
    told("config_no_json", "topology", **{"config.json": b"{"}),
    told("config_a_list", "topology", **{"config.json": b"[]"}),
    told("config_deep", "topology", **{"config.json": deep(100_000)}),
    told("config_rather_deep", "topology", **{"config.json": deep(300)}),
    told("config_empty", "topology", **{"config.json": b"{}"}),
    versioned("version_to_come", "4.0.0", "keras-version"),
    versioned("version_of_old", "1.2.2", "keras-version"),
    versioned("version_number", 3, "topology"),
    versioned("version_missing", None, "topology"),
    versioned("version_not_that_of_the_words", "2.15.0", "keras3-h5"),
    configured("cycle_of_two", lambda layers, _: layers[1].update(dense("a", "b")), "topology"),
    configured("cycle_of_one", lambda layers, _: layers[1].update(dense("a", "a")), "topology"),
    configured("tensor_of_nobody", lambda layers, _: layers[1].update(dense("a", "ghost")), "topology"),
    configured("tensor_of_no_call", lambda _, config: config.update(output_layers=["b", 7, 0]), "topology"),
    configured("outputs_missing", lambda _, config: config.pop("output_layers"), "topology"),
    configured(
        "outputs_endless",
        lambda _, config: config.update(output_layers=json.loads("[" * 99 + "]" * 99)),
        "topology",
    ),
    configured("layer_number", lambda layers, _: layers.append(7), "topology"),
    configured("class_list", lambda layers, _: layers[1].update(class_name=["Dense"]), "topology"),
    configured("config_of_a_layer_list", lambda layers, _: layers[1].update(config=[]), "topology"),
    configured(
        "call_of_keras_2", lambda layers, _: layers[1].update(inbound_nodes=[[["i", 0, 0, {}]]]), "topology"
    ),
    configured(
        "call_without_arguments",
        lambda layers, _: layers[1].update(inbound_nodes=[{"args": [], "kwargs": {}}]),
        "keras3-call",
        4,
    ),
    configured(
        "call_on_a_number",
        lambda layers, _: layers[1].update(inbound_nodes=[{"args": [1], "kwargs": {}}]),
        "keras3-call",
        4,
    ),
    configured("name_with_a_slash", renamed("x/y"), ""),
    configured("name_escaping", renamed("../x"), ""),
    configured("name_with_a_bar", renamed("x|y"), ""),
    configured("name_of_a_layer_in_unicode", renamed("größe"), ""),
    configured("name_of_control", renamed("\x1b[2J"), "topology"),
    configured(
        "lambda_3",
        lambda layers, _: layers[1].update(class_name="Lambda", config={"name": "a", "function": LAMBDA}),
        "lambda",
        4,
    ),
    configured(
        "foreign_module", lambda layers, _: layers[1].update(module="os", class_name="system"), "foreign-code"
    ),
    configured(
        "foreign_class_of_a_known_name", lambda layers, _: layers[1].update(module="os"), "foreign-code"
    ),
    configured(
        "custom_class", lambda layers, _: layers[1].update(registered_name="pack>Mine"), "custom-layer", 4
    ),
    configured(
        "function_as_activation",
        lambda layers, _: layers[1]["config"].update(activation=FUNCTION),
        "foreign-code",
    ),
    configured(
        "object_as_initializer",
        lambda layers, _: layers[1]["config"].update(kernel_initializer=GETTER),
        "keras3-object",
        4,
    ),
    configured(
        "object_as_units", lambda layers, _: layers[1]["config"].update(odd=GETTER), "keras3-object", 4
    ),
    configured("operation", lambda layers, _: layers[1].update(OPERATION), "arch-mismatch", 3),
]
