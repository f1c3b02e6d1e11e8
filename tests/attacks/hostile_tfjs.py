"""TensorFlow.js folders whose manifest or shards lie."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from attack import Attack, Family
from hostile_topology import LAMBDA, drop, nested, put

TFJS = Family()

ENTRY = "weightsManifest/0/weights/0"
GRID = {"dtype": "uint8", "min": 0.0, "scale": 1.0, "original_dtype": "float32"}
MODEL = {
    "format": "layers-model",
    "modelTopology": {
        "keras_version": "2.19.0",
        "model_config": {
            "class_name": "Sequential",
            "config": {
                "name": "sequential",
                "layers": [
                    {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None, 2]}},
                    {"class_name": "Dense", "config": {"name": "dense", "units": 3, "use_bias": False}},
                ],
            },
        },
    },
    "weightsManifest": [
        {
            "paths": ["group1-shard1of1.bin"],
            "weights": [{"name": "dense/kernel", "shape": [2, 3], "dtype": "float32"}],
        }
    ],
}


def model(folder: Path) -> Path:
    """A sound artifact of one dense layer."""
    (folder / "model").mkdir()
    (folder / "model" / "model.json").write_text(json.dumps(MODEL))
    np.arange(6, dtype="<f4").tofile(folder / "model" / "group1-shard1of1.bin")
    return folder / "model"


def changed(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    path = model(folder)
    document = json.loads(json.dumps(MODEL))
    change(document)
    (path / "model.json").write_text(json.dumps(document))
    return path


def quantized(value: Any) -> Callable[[dict[str, Any]], None]:
    return put(f"{ENTRY}/quantization", value)


PATHS = "weightsManifest/0/paths"
SHARD = "group1-shard1of1.bin"
CHANGES: list[tuple[str, Callable[[dict[str, Any]], Any], str, int]] = [
    ("graph_model", put("format", "graph-model"), "graph-model", 4),
    ("no_topology", drop("modelTopology"), "tfjs-topology", 3),
    ("topology_list", put("modelTopology", []), "tfjs-topology", 3),
    ("model_config_list", put("modelTopology/model_config", []), "topology", 3),
    ("lambda_layer", put("modelTopology/model_config/config/layers/1", LAMBDA), "lambda", 4),
    ("class_name_list", put("modelTopology/model_config/config/layers/1/class_name", []), "topology", 3),
    ("layer_config_number", put("modelTopology/model_config/config/layers/0/config", 5), "topology", 3),
    ("units_too_many", put("modelTopology/model_config/config/layers/1/config/units", 4), "weight-shape", 3),
    ("deep_key", put("modelTopology/model_config/config/layers/1/config/odd", nested(450)), "topology", 3),
    ("no_manifest", drop("weightsManifest"), "tfjs-manifest", 3),
    ("manifest_object", put("weightsManifest", {}), "tfjs-manifest", 3),
    ("manifest_numbers", put("weightsManifest", [1]), "tfjs-manifest", 3),
    ("manifest_without_paths", drop(PATHS), "tfjs-manifest", 3),
    ("manifest_without_weights", drop("weightsManifest/0/weights"), "tfjs-manifest", 3),
    ("manifest_empty", put("weightsManifest", []), "weights-missing", 3),
    ("path_outside", put(PATHS, ["../secret.bin"]), "tfjs-manifest", 3),
    ("path_absolute", put(PATHS, ["/etc/passwd"]), "tfjs-manifest", 3),
    ("path_empty", put(PATHS, [""]), "tfjs-manifest", 3),
    ("path_dot", put(PATHS, ["."]), "tfjs-manifest", 3),
    ("path_number", put(PATHS, [7]), "tfjs-manifest", 3),
    ("path_object", put(PATHS, [{}]), "tfjs-manifest", 3),
    ("path_long", put(PATHS, ["x" * 5000]), "tfjs-manifest", 3),
    ("path_with_nul", put(PATHS, ["a\0b"]), "tfjs-manifest", 3),
    ("path_with_a_surrogate", put(PATHS, ["\ud800"]), "tfjs-manifest", 3),
    ("path_missing", put(PATHS, ["group1-shard1of2.bin"]), "tfjs-manifest", 3),
    ("path_twice", put(PATHS, [SHARD, SHARD]), "tfjs-manifest", 3),
    ("path_of_the_document", put(PATHS, ["model.json"]), "tfjs-manifest", 3),
    ("entry_number", put(ENTRY, 7), "tfjs-manifest", 3),
    ("entry_huge", put(ENTRY, ["x" * 10**6]), "tfjs-manifest", 3),
    ("name_number", put(f"{ENTRY}/name", 7), "tfjs-manifest", 3),
    ("name_of_no_layer", put(f"{ENTRY}/name", "ghost/kernel"), "weight-without-layer", 3),
    ("name_without_a_slash", put(f"{ENTRY}/name", "kernel"), "weight-without-layer", 3),
    ("name_of_slashes", put(f"{ENTRY}/name", "ghost" + "/" * 10**6), "weight-without-layer", 3),
    ("dtype_unknown", put(f"{ENTRY}/dtype", "float128"), "tfjs-manifest", 3),
    ("dtype_text", put(f"{ENTRY}/dtype", "string"), "tfjs-manifest", 3),
    ("dtype_list", put(f"{ENTRY}/dtype", ["float32"]), "tfjs-manifest", 3),
    ("dtype_wider", put(f"{ENTRY}/dtype", "complex64"), "tfjs-manifest", 3),
    ("dtype_narrower", put(f"{ENTRY}/dtype", "uint8"), "tfjs-manifest", 3),
    ("shape_text", put(f"{ENTRY}/shape", "2,3"), "tfjs-manifest", 3),
    ("shape_negative", put(f"{ENTRY}/shape", [-2, -3]), "tfjs-manifest", 3),
    ("shape_of_true", put(f"{ENTRY}/shape", [True, 6]), "tfjs-manifest", 3),
    ("shape_of_fractions", put(f"{ENTRY}/shape", [2.0, 3.0]), "tfjs-manifest", 3),
    ("shape_huge", put(f"{ENTRY}/shape", [2**40, 2**40]), "tfjs-manifest", 3),
    ("shape_of_huge_numbers", put(f"{ENTRY}/shape", [10**4000] * 9), "tfjs-manifest", 3),
    ("shape_of_many_sides", put(f"{ENTRY}/shape", [1] * 10**5), "tfjs-manifest", 3),
    ("shape_turned", put(f"{ENTRY}/shape", [3, 2]), "weight-shape", 3),
    ("quantization_empty", quantized({}), "tfjs-manifest", 3),
    ("quantization_number", quantized(7), "tfjs-manifest", 3),
    ("quantization_list", quantized(["uint8"]), "tfjs-manifest", 3),
    ("quantization_short", quantized(GRID), "tfjs-manifest", 3),
    ("quantization_to_a_list", quantized({**GRID, "dtype": ["uint8"]}), "tfjs-manifest", 3),
    ("quantization_to_float32", quantized({**GRID, "dtype": "float32"}), "tfjs-manifest", 3),
    ("quantization_to_complex64", quantized({**GRID, "dtype": "complex64"}), "tfjs-manifest", 3),
    ("quantization_nan", quantized({**GRID, "scale": float("nan")}), "tfjs-manifest", 3),
    ("quantization_infinite", quantized({**GRID, "min": float("inf")}), "tfjs-manifest", 3),
    ("quantization_huge", quantized({**GRID, "scale": 10**400}), "tfjs-manifest", 3),
    ("quantization_text", quantized({**GRID, "scale": "1"}), "tfjs-manifest", 3),
    ("quantization_without_min", quantized({"dtype": "uint8", "scale": 1.0}), "tfjs-manifest", 3),
]

for _name, _change, _code, _exit_code in CHANGES:

    def _make(folder: Path, change: Any = _change) -> Path:
        return changed(folder, change)

    TFJS.append(Attack(f"tfjs_{_name}", _make, _code, _exit_code, {}))


@TFJS.attack("")
def tfjs_sound(folder: Path) -> Path:
    """The model that the others were made from."""
    return model(folder)


def on_bytes(folder: Path, dtype: str, **quantization: Any) -> Path:
    """The kernel stored in six bytes."""
    path = changed(
        folder, put(ENTRY, {"name": "dense/kernel", "shape": [2, 3], "dtype": dtype, **quantization})
    )
    (path / SHARD).write_bytes(bytes([0, 1, 2, 127, 128, 255]))
    return path


@TFJS.attack("")
def tfjs_scale_beyond_float32(folder: Path) -> Path:
    """TensorFlow.js computes infinities: so does the reader, and does not complain."""
    return on_bytes(folder, "float32", quantization={**GRID, "scale": 1e308})


@TFJS.attack("")
def tfjs_scale_beyond_int32(folder: Path) -> Path:
    return on_bytes(folder, "int32", quantization={**GRID, "scale": 1e308, "min": -1e300})


@TFJS.attack("quantize-range", exit_code=4, quantize=["uint8"])
def tfjs_infinities_quantized_again(folder: Path) -> Path:
    return on_bytes(folder, "float32", quantization={**GRID, "scale": 1e308})


@TFJS.attack("topology")
def tfjs_not_json(folder: Path) -> Path:
    path = model(folder)
    (path / "model.json").write_text("<!doctype html>")
    return path


@TFJS.attack("tfjs-unreadable")
def tfjs_not_utf8(folder: Path) -> Path:
    path = model(folder)
    (path / "model.json").write_bytes(b'{"format": "\xff"}')
    return path


@TFJS.attack("tfjs-size")
def tfjs_document_of_a_gibibyte(folder: Path) -> Path:
    """A hole in the disk, so that it costs nothing."""
    path = model(folder)
    os.truncate(path / "model.json", 1 << 30)
    return path


@TFJS.attack("source-folder")
def tfjs_document_a_pipe(folder: Path) -> Path:
    path = model(folder)
    (path / "model.json").unlink()
    os.mkfifo(path / "model.json")
    return path


@TFJS.attack("tfjs-manifest")
def tfjs_shard_a_pipe(folder: Path) -> Path:
    path = model(folder)
    (path / SHARD).unlink()
    os.mkfifo(path / SHARD)
    return path


@TFJS.attack("tfjs-manifest")
def tfjs_shard_a_folder(folder: Path) -> Path:
    path = model(folder)
    (path / SHARD).unlink()
    (path / SHARD).mkdir()
    return path


@TFJS.attack("tfjs-manifest")
def tfjs_shard_a_link_outside(folder: Path) -> Path:
    path = model(folder)
    (path / SHARD).rename(folder / "secret.bin")
    (path / SHARD).symlink_to(folder / "secret.bin")
    return path


@TFJS.attack("tfjs-manifest")
def tfjs_shard_short(folder: Path) -> Path:
    path = model(folder)
    os.truncate(path / SHARD, 23)
    return path


@TFJS.attack("tfjs-manifest")
def tfjs_shard_long(folder: Path) -> Path:
    path = model(folder)
    os.truncate(path / SHARD, 25)
    return path


@TFJS.attack("tfjs-manifest")
def tfjs_shard_empty(folder: Path) -> Path:
    path = model(folder)
    os.truncate(path / SHARD, 0)
    return path


@TFJS.attack("weights-surplus")
def tfjs_weight_twice(folder: Path) -> Path:
    def twice(document: dict[str, Any]) -> None:
        document["weightsManifest"][0]["weights"] *= 2

    path = changed(folder, twice)
    os.truncate(path / SHARD, 48)
    return path
