"""Every class of the library computes in TensorFlow.js what its original computes in Keras 2 and 3."""

from __future__ import annotations

import json
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.parity.runtimes import NodeRunner, running
from converter.shims import library
from converter.shims.originals import originals
from converter.shims.script import script

TOLERANCE = 1e-5
IMAGES = ((1, 1, 1), (3, 5, 7), (1, 64, 64))
EVEN = ((1, 2, 2), (3, 6, 10), (1, 64, 64))
BIG = ((1, 3, 3), (3, 5, 7), (1, 64, 64))
TRAINING = {
    "beta_initializer": {"class_name": "Zeros", "config": {}},
    "gamma_initializer": {"class_name": "Ones", "config": {}},
    "beta_regularizer": None,
    "gamma_regularizer": None,
    "beta_constraint": None,
    "gamma_constraint": None,
}


def images(channels: int, sizes: tuple[tuple[int, ...], ...] = IMAGES) -> list[tuple[int, ...]]:
    return [(*size, channels) for size in sizes]


FIRST = [(1, 6, 1, 1), (3, 6, 5, 7), (1, 6, 32, 32)]
OTHER_RANKS = [[(1, 1, 6), (3, 7, 6)], [(1, 1, 1, 1, 6), (3, 2, 5, 3, 6)]]
ADDONS = {"axis": -1, "epsilon": 1e-3, "center": True, "scale": True, "groups": 6}
CONTRIB = {"axis": 3, "epsilon": 1e-2, "center": True, "scale": True, **TRAINING}
GROUPS = {"groups": 2, "axis": -1, "epsilon": 1e-3, "center": True, "scale": True}

CASES: list[tuple[str, dict[str, Any], list[tuple[int, ...]]]] = [
    ("ChannelAttention", {"ratio": 4, "pooling": "mean"}, images(16)),
    ("ChannelAttention", {"reduction": 16, "pooling": "mean+max"}, images(8)),
    ("ChannelAttention", {"reduction_ratio": 2, "pooling": "mean+max", "use_bias": False}, images(5)),
    ("Clip", {"min_value": 0.0, "max_value": 0.5}, images(3)),
    ("Clip", {"min": None, "max": 1}, images(3)),
    ("ClipByValue", {"clip_value_min": -0.5, "clip_value_max": 0.25}, images(3)),
    ("ClipLayer", {"low": -0.1, "high": None}, [(4, 7)]),
    ("Clipping", {"min_val": -1, "max_val": 1}, images(1)),
    ("DepthToSpace", {"block_size": 2}, images(12)),
    ("DepthToSpace", {"block_size": 3, "data_format": "channels_last"}, images(9)),
    ("GELU", {"approximate": False}, images(3)),
    ("GELU", {"approximate": True}, images(3)),
    ("Gelu", {"approximate": True}, [(4, 7)]),
    ("GroupNormalization", GROUPS, images(6)),
    ("GroupNormalization", {**GROUPS, "groups": -1, "epsilon": 1e-5, "center": False}, images(6)),
    ("GroupNormalization", {**GROUPS, "groups": 1, "scale": False}, images(5)),
    ("GroupNormalization", {**GROUPS, "groups": 3, "axis": 3, **TRAINING}, images(6)),
    ("GroupNormalization", {**GROUPS, "axis": 1}, FIRST),
    ("GroupNormalization", GROUPS, OTHER_RANKS[0]),
    ("GroupNormalization", GROUPS, OTHER_RANKS[1]),
    ("GroupNormalization", GROUPS, [(4, 6)]),
    ("InstanceNormalization", {**ADDONS, **TRAINING}, images(6)),
    ("InstanceNormalization", {**ADDONS, "axis": 1, "center": False}, FIRST),
    ("InstanceNormalization", {**ADDONS, "axis": 3, "scale": False}, images(6)),
    ("InstanceNormalization", CONTRIB, images(6)),
    ("InstanceNormalization", {**CONTRIB, "axis": None}, images(6)),
    ("InstanceNormalization", {"axis": -1, "epsilon": 1e-5, "epsilon_on": "variance"}, OTHER_RANKS[0]),
    ("InstanceNormalization", {"axis": -1, "epsilon": 1e-5, "epsilon_on": "deviation"}, OTHER_RANKS[1]),
    ("Mish", {}, images(3)),
    ("Mish", {}, [(4, 7)]),
    ("MultiplyBeta", {"beta": 0.2}, images(3)),
    ("MultiplyBeta", {"beta": -3}, [(4, 7)]),
    ("PixelShuffle", {"scale": 2}, images(12)),
    ("PixelShuffle", {"upscale_factor": 4}, images(32)),
    ("PixelShuffle", {"blockSize": 1}, images(3)),
    ("PixelShuffle2x", {}, images(12)),
    ("PixelShuffle3x", {}, images(9)),
    ("PixelShuffle4x", {"scale": 4}, images(16)),
    ("PixelShuffle8x", {"scale": 8}, images(64, IMAGES[:2])),
    ("PixelUnshuffle", {"downscale_factor": 2}, images(3, EVEN)),
    ("ReflectPadding2D", {"padding": [1, 1]}, images(3, BIG)),
    ("ReflectionPad2D", {"padding": 0}, images(3)),
    ("ReflectionPadding2D", {"padding": 2}, images(3, BIG)),
    ("ReflectionPadding2D", {"padding": ((0, 2), (1, 0))}, images(3, BIG)),
    ("Scale", {"scale": 0.1}, images(3)),
    ("Scale", {"scale": [0.5, -2, 3]}, images(3)),
    ("ScaleLayer", {"factor": 255}, images(3)),
    ("Scaling", {"value": 1 / 127.5}, images(3)),
    ("SiLU", {}, images(3)),
    ("Silu", {}, [(4, 7)]),
    ("SpaceToDepth", {"block_size": 2}, images(3, EVEN)),
    ("SpaceToDepth", {"block_size": 1}, images(3)),
    ("SpatialAttention", {"kernel_size": 7, "pooling": "mean+max"}, images(6)),
    ("SpatialAttention", {"kernel_size": 3, "pooling": "max+mean", "use_bias": False}, images(6)),
    ("SubpixelConv2D", {"scale": 3}, images(18)),
    ("Swish", {"beta": 1.5}, images(3)),
    ("SymmetricPadding2D", {"padding": 1}, images(3)),
    ("SymmetricPadding2D", {"padding": [[3, 1], [0, 2]]}, images(3, BIG)),
]


def test_every_class_is_tested() -> None:
    assert {name for name, _, _ in CASES} == set(library.names())


def test_every_class_has_an_original(kerases: dict[str, Any]) -> None:
    for keras in kerases.values():
        assert set(originals(keras)) == set(library.names())


@pytest.fixture(scope="module")
def kerases() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        import tf_keras
    return {"Keras 2": tf_keras, "Keras 3": keras}


@pytest.fixture(scope="module")
def runners() -> Iterator[dict[str, NodeRunner]]:
    with running("wasm", print) as wasm, running("cpu", print) as cpu:
        yield {"wasm": wasm, "cpu": cpu}


def seed(*of: object) -> int:
    return zlib.crc32(repr(of).encode())


def model_shape(inputs: list[tuple[int, ...]]) -> list[int | None]:
    """What all inputs share; what differs, and the batch, is free."""
    return [
        None,
        *(sizes[0] if len(set(sizes)) == 1 else None for sizes in list(zip(*inputs, strict=True))[1:]),
    ]


def write(
    folder: Path, layer: dict[str, Any], shape: list[int | None], weights: dict[str, np.ndarray]
) -> None:
    """A layers model of one layer."""
    source = {"name": "input", "batch_input_shape": shape, "dtype": "float32"}
    layers = [
        {"class_name": "InputLayer", "name": "input", "config": source, "inbound_nodes": []},
        {**layer, "name": layer["config"]["name"], "inbound_nodes": [[["input", 0, 0, {}]]]},
    ]
    ends = {"input_layers": [["input", 0, 0]], "output_layers": [[layer["config"]["name"], 0, 0]]}
    topology = {"class_name": "Functional", "config": {"name": "model", "layers": layers, **ends}}
    specs = [{"name": name, "shape": array.shape, "dtype": "float32"} for name, array in weights.items()]
    (folder / "weights.bin").write_bytes(b"".join(array.tobytes() for array in weights.values()))
    manifest = [{"paths": ["weights.bin"], "weights": specs}]
    model = {
        "format": "layers-model",
        "modelTopology": {"model_config": topology},
        "weightsManifest": manifest,
    }
    (folder / "model.json").write_text(json.dumps(model))


@pytest.mark.runtime
@pytest.mark.parametrize("version", ["Keras 2", "Keras 3"])
@pytest.mark.parametrize(("name", "config", "shapes"), CASES)
def test_same_outputs(name, config, shapes, version, kerases, runners, tmp_path) -> None:
    keras = kerases[version]
    layer = originals(keras)[name](name="layer", **config)
    symbolic = layer(keras.Input(model_shape(shapes)[1:]))
    random = np.random.default_rng(seed(name, config, shapes))
    layer.set_weights([random.normal(0.5, 0.5, weight.shape) for weight in layer.weights])
    if version == "Keras 3":
        stored = keras.saving.serialize_keras_object(layer)["config"]
    else:
        stored = json.loads(json.dumps(layer.get_config()))

    shim = library.find(name, stored)
    assert shim is not None, library.why_not(name, stored)
    names = [weight.name.rpartition("/")[2].removesuffix(":0") for weight in layer.weights]
    if shim.positional_weights:
        names = [f"w{index}" for index in range(len(names))]
    arrays = [np.asarray(array, np.float32) for array in layer.get_weights()]
    weights = {f"layer/{own}": array for own, array in zip(names, arrays, strict=True)}
    write(tmp_path, {"class_name": name, "config": stored}, model_shape(shapes), weights)
    layers = tmp_path / "custom_layers.js"
    layers.write_text(script([shim]))

    for shape in shapes:
        value = random.normal(0, 1, shape).astype(np.float32)
        expected = np.asarray(layer(value))
        for backend, runner in runners.items():
            (actual,), declared = runner.run_with_shapes(tmp_path, [value], layers)
            assert actual.shape == expected.shape
            assert declared == [list(symbolic.shape)]
            np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE, err_msg=backend)
            assert not runner.fallbacks


@pytest.mark.parametrize(("name", "config", "shapes"), CASES)
def test_a_reloaded_original_computes_the_same(name, config, shapes, kerases) -> None:
    for keras in kerases.values():
        kind = originals(keras)[name]
        layer = kind(**config)
        assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("name", "config", "why"),
    [
        ("Nonesuch", {}, "no class 'Nonesuch'"),
        ("ChannelAttention", {"ratio": 8}, "lacks 'pooling'"),
        ("ChannelAttention", {"pooling": "mean"}, "lacks the key 'ratio', or one that means the same"),
        ("Clip", {"min_value": 0}, "lacks the key 'max_value'"),
        (
            "Clip",
            {"min_value": "0", "max_value": 1},
            "gives 'min_value' as '0', but it must be a number or null",
        ),
        ("GELU", {}, "lacks 'approximate'"),
        ("GroupNormalization", {"groups": 0}, "gives 'groups' as 0"),
        ("GroupNormalization", {"groups": 2, "axis": [1, 2]}, "gives 'axis'"),
        ("InstanceNormalization", {"axis": -1, "epsilon": 1e-3}, "lacks 'epsilon_on'"),
        ("InstanceNormalization", {}, "lacks the key 'axis'"),
        ("MultiplyBeta", {}, "lacks the key 'beta'"),
        ("MultiplyBeta", {"beta": float("nan")}, "gives 'beta' as nan"),
        ("PixelShuffle", {}, "lacks the key 'scale', or one that means the same"),
        ("PixelShuffle", {"scale": 2, "block_size": 2}, "both 'scale' and 'block_size'"),
        ("PixelShuffle", {"scale": 2.5}, "gives 'scale' as 2.5"),
        ("PixelShuffle", {"scale": True}, "gives 'scale' as True"),
        ("PixelShuffle", {"scale": 2, "data_format": "channels_first"}, "must be channels_last"),
        ("PixelShuffle", {"scale": 2, "filters": 64}, "the key 'filters', which"),
        ("PixelShuffle2x", {"mode": "CRD"}, "the key 'mode', which"),
        ("ReflectionPadding2D", {}, "lacks the key 'padding'"),
        ("ReflectionPadding2D", {"padding": [1, 2]}, "height and width to some"),
        ("ReflectionPadding2D", {"padding": [1, 2, 3, 4]}, "gives 'padding'"),
        ("ReflectionPadding2D", {"padding": -1}, "gives 'padding'"),
        ("Scale", {"scale": []}, "gives 'scale'"),
        ("SpatialAttention", {"kernel_size": [7, 7], "pooling": "mean+max"}, "gives 'kernel_size'"),
        ("SpatialAttention", {"kernel_size": 7}, "lacks 'pooling'"),
    ],
)
def test_a_configuration_that_does_not_fit(name: str, config: dict[str, Any], why: str) -> None:
    assert library.find(name, config) is None
    assert why in str(library.why_not(name, config))


@pytest.mark.parametrize("name", library.names())
def test_hostile_configurations_are_refused_in_words(name: str) -> None:
    hostile = [
        None,
        "",
        [],
        {},
        [[]],
        {"items": 3},
        10**400,
        -(10**400),
        float("inf"),
        [None, None],
        object(),
    ]
    for key in ("scale", "padding", "axis", "groups", "beta", "min_value", "max_value", "approximate"):
        for value in hostile:
            why = library.why_not(name, {key: value})
            assert why is None or len(why) < 500


@pytest.mark.parametrize("name", library.names())
def test_the_text_of_a_class_speaks_of_that_class(name: str) -> None:
    fitting = next(config for case, config, _ in CASES if case == name)
    shim = library.find(name, json.loads(json.dumps(fitting)))
    assert shim is not None
    assert f"export function define{name}(tf) {{" in shim.javascript
    assert f"static className = '{name}';" in shim.javascript
    assert shim.declaration.startswith(f"export interface {name}Config {{\n  name?: string;\n")
    assert "import " not in shim.declaration
