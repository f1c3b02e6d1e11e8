"""A ``model_config`` that is no JSON, no model, or a lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attack import Attack, Family, copy, edited, reconfigured

TOPOLOGY = Family()
DEEP = 100_000

TEXTS = {
    "not_json": "model = keras.Sequential()",
    "empty_text": "",
    "half_json": '{"class_name": "Sequential", "config": {"name": "m", "lay',
    "list": "[]",
    "number": "7",
    "null": "null",
    "empty_object": "{}",
    "nan_constant": '{"class_name": NaN}',
    "deep_lists": "[" * DEEP + "]" * DEEP,
    "deep_lists_unclosed": "[" * DEEP,
    "deep_objects": '{"config":' * DEEP + "1" + "}" * DEEP,
    "huge_number": '{"class_name": ' + "9" * 100_000 + "}",
    "lone_surrogate": '{"class_name": "\\ud800"}',
    "not_utf8": b'{"class_name": "\xff\xfe"}',
}
"""In place of the whole configuration."""


def at(config: Any, path: str) -> tuple[Any, Any]:
    """What holds the value at ``layers/1/config/units``, and the last key."""
    *way, last = [int(key) if key.isdigit() else key for key in path.split("/")]
    for key in way:
        config = config[key]
    return config, last


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        holder, key = at(config, path)
        holder[key] = value

    return change


def drop(path: str) -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        holder, key = at(config, path)
        del holder[key]

    return change


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


DENSE = "config/layers/1"
INPUT = "config/layers/0"

SEQUENTIAL: list[tuple[str, Callable[[dict[str, Any]], Any], str, int]] = [
    ("no_class_name", drop("class_name"), "topology", 3),
    ("class_name_list", put("class_name", ["Sequential"]), "topology", 3),
    ("class_name_object", put(f"{DENSE}/class_name", {"a": 1}), "topology", 3),
    ("class_name_number", put(f"{DENSE}/class_name", 7), "topology", 3),
    ("config_number", put("config", 7), "topology", 3),
    ("config_text", put("config", "batch_shape"), "topology", 3),
    ("no_layers", put("config/layers", []), "topology", 3),
    ("layers_object", put("config/layers", {}), "topology", 3),
    ("layers_numbers", put("config/layers", [1, 2, 3]), "topology", 3),
    ("layer_config_number", put(f"{INPUT}/config", 5), "topology", 3),
    ("layer_config_true", put(f"{INPUT}/config", True), "topology", 3),
    ("layer_config_text", put(f"{INPUT}/config", "batch_shape"), "topology", 3),
    ("layer_config_list", put(f"{DENSE}/config", [1]), "topology", 3),
    ("name_number", put("config/name", 7), "topology", 3),
    ("layer_name_list", put(f"{DENSE}/config/name", ["dense"]), "topology", 3),
    ("layer_name_missing", drop(f"{DENSE}/config/name"), "topology", 3),
    ("layer_name_surrogate", put(f"{DENSE}/config/name", "\ud800"), "topology", 3),
    ("layer_name_escape", put(f"{DENSE}/config/name", "\x1b[2J\x1b]0;owned\x07"), "topology", 3),
    ("layer_name_newline", put("config/name", "a\nb"), "topology", 3),
    ("two_layers_of_a_name", put(f"{DENSE}/config/name", "dense_1"), "topology", 3),
    ("units_too_many", put(f"{DENSE}/config/units", 10), "weight-shape", 3),
    ("units_huge", put(f"{DENSE}/config/units", 10**4000), "layer-config", 3),
    ("units_negative", put(f"{DENSE}/config/units", -9), "layer-config", 3),
    ("units_zero", put(f"{DENSE}/config/units", 0), "layer-config", 3),
    ("units_text", put(f"{DENSE}/config/units", "9"), "layer-config", 3),
    ("units_list", put(f"{DENSE}/config/units", [9]), "layer-config", 3),
    ("units_nan", put(f"{DENSE}/config/units", float("nan")), "layer-config", 3),
    ("units_infinite", put(f"{DENSE}/config/units", float("inf")), "layer-config", 3),
    ("units_missing", drop(f"{DENSE}/config/units"), "layer-config", 3),
    ("bias_denied", put(f"{DENSE}/config/use_bias", False), "weights-surplus", 3),
    ("bias_text", put(f"{DENSE}/config/use_bias", "yes"), "layer-config", 3),
    ("input_of_another_size", put(f"{INPUT}/config/batch_input_shape", [None, 8]), "weight-shape", 3),
    ("input_without_a_shape", drop(f"{INPUT}/config/batch_input_shape"), "layer-config", 3),
    ("input_shape_number", put(f"{INPUT}/config/batch_input_shape", 7), "layer-config", 3),
    ("input_shape_empty", put(f"{INPUT}/config/batch_input_shape", []), "layer-config", 3),
    ("input_shape_long", put(f"{INPUT}/config/batch_input_shape", [1] * 100_000), "layer-config", 3),
    ("input_shape_huge", put(f"{INPUT}/config/batch_input_shape", [None, 10**400]), "layer-config", 3),
    ("input_shape_negative", put(f"{INPUT}/config/batch_input_shape", [None, -7]), "layer-config", 3),
    ("number_in_an_unknown_key", put(f"{DENSE}/config/odd", float("nan")), "layer-key", 4),
    ("deep_unknown_key", put(f"{DENSE}/config/odd", nested(450)), "topology", 3),
    ("unknown_layer", put(f"{DENSE}/class_name", "Quantum"), "unsupported-layer", 4),
    ("unknown_layer_of_a_long_name", put(f"{DENSE}/class_name", "Q" * 100_000), "unsupported-layer", 4),
    ("custom_layer", put(f"{DENSE}/class_name", "Custom>Mine"), "unsupported-layer", 4),
    ("registered_name", put(f"{DENSE}/registered_name", "my_package>Mine"), "custom-layer", 4),
    ("keras_3_input", put(f"{INPUT}/config/batch_shape", [None, 7]), "keras3-h5", 3),
]
"""Changes to a sequential model of two dense layers."""

CODE = ["4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAHMEAAAAfABTACkBTqkA", None, None]
LAMBDA = {"class_name": "Lambda", "config": {"name": "dense", "function": CODE, "function_type": "lambda"}}
FOREIGN = {"module": "os", "class_name": "system", "config": {"command": "id"}, "registered_name": None}
SLICE = {"class_name": "TFOpLambda", "config": {"name": "dense", "function": "io.read_file"}}

SEQUENTIAL += [
    ("lambda_layer", put(DENSE, LAMBDA), "lambda", 4),
    (
        "lambda_in_a_wrapper",
        put(DENSE, {"class_name": "TimeDistributed", "config": {"layer": LAMBDA}}),
        "lambda",
        4,
    ),
    ("lambda_as_initializer", put(f"{DENSE}/config/kernel_initializer", LAMBDA), "lambda", 4),
    ("lambda_as_activation", put(f"{DENSE}/config/activation", {"class_name": "__lambda__"}), "lambda", 4),
    ("operation_of_tensorflow", put(DENSE, SLICE), "unsupported-layer", 4),
    ("foreign_module", put(f"{DENSE}/module", "evil.payload"), "foreign-code", 3),
    ("foreign_module_as_activation", put(f"{DENSE}/config/activation", FOREIGN), "foreign-code", 3),
    ("foreign_module_that_looks_like_keras", put(f"{DENSE}/module", "keras_evil.layers"), "foreign-code", 3),
    ("foreign_module_list", put(f"{DENSE}/module", ["keras"]), "foreign-code", 3),
    ("foreign_module_long", put(f"{DENSE}/module", "x" * 10**6), "foreign-code", 3),
]


def cycle(config: dict[str, Any]) -> None:
    """A dense layer is called on what is made of its own output."""
    layers = {layer["name"]: layer for layer in config["config"]["layers"]}
    layers["dense"]["inbound_nodes"][0][0][0] = "concatenate"


def wide(config: dict[str, Any]) -> None:
    """Tens of thousands of references."""
    config["config"]["layers"][-1]["inbound_nodes"][0] *= 30_000


CONV = "config/layers/1/config"
CONVOLUTIONAL: list[tuple[str, Callable[[dict[str, Any]], Any], str, int]] = [
    ("filters_too_many", put(f"{CONV}/filters", 999), "weight-shape", 3),
    ("filters_huge", put(f"{CONV}/filters", 2**40), "layer-config", 3),
    ("filters_negative", put(f"{CONV}/filters", -4), "layer-config", 3),
    ("kernel_too_large", put(f"{CONV}/kernel_size", [5, 5]), "weight-shape", 3),
    ("kernel_larger_than_the_picture", put(f"{CONV}/kernel_size", [9**9, 9**9]), "weight-shape", 3),
    ("kernel_of_three_sides", put(f"{CONV}/kernel_size", [3, 3, 3]), "layer-config", 3),
    ("kernel_of_nothing", put(f"{CONV}/kernel_size", []), "layer-config", 3),
    ("strides_zero", put(f"{CONV}/strides", [0, 0]), "layer-config", 3),
    ("padding_unknown", put(f"{CONV}/padding", "reflect"), "layer-config", 3),
    ("channels_too_many", put("config/layers/0/config/batch_input_shape/3", 4), "weight-shape", 3),
    ("channels_first", put(f"{CONV}/data_format", "channels_first"), "weight-shape", 3),
]
"""Changes to a convolutional model."""

FUNCTIONAL: list[tuple[str, Callable[[dict[str, Any]], Any], str, int]] = [
    ("calls_missing", drop("config/layers/2/inbound_nodes"), "topology", 3),
    ("calls_numbers", put("config/layers/2/inbound_nodes", [1]), "topology", 3),
    ("call_of_keras_3", put("config/layers/2/inbound_nodes", [{"args": []}]), "keras3-h5", 3),
    ("call_with_a_number", put("config/layers/2/inbound_nodes", [[7]]), "topology", 3),
    ("call_with_empty_list", put("config/layers/2/inbound_nodes", [[[]]]), "topology", 3),
    ("call_keywords_text", put("config/layers/2/inbound_nodes/0/0/3", "x"), "topology", 3),
    ("call_of_nothing", put("config/layers/2/inbound_nodes/0/0/0", "ghost"), "topology", 3),
    ("call_of_an_object", put("config/layers/2/inbound_nodes/0/0/0", {"a": 1}), "topology", 3),
    ("call_number_true", put("config/layers/2/inbound_nodes/0/0/1", True), "topology", 3),
    ("call_number_huge", put("config/layers/2/inbound_nodes/0/0/1", 10**30), "topology", 3),
    ("call_number_negative", put("config/layers/2/inbound_nodes/0/0/1", -1), "topology", 3),
    ("output_number_huge", put("config/layers/2/inbound_nodes/0/0/2", 10**30), "shape-contradiction", 3),
    ("outputs_missing", drop("config/output_layers"), "topology", 3),
    ("outputs_empty", put("config/output_layers", []), "topology", 3),
    ("outputs_text", put("config/output_layers", "dense"), "topology", 3),
    ("outputs_of_nothing", put("config/output_layers", [["ghost", 0, 0]]), "topology", 3),
    ("inputs_null", put("config/input_layers", None), "topology", 3),
    ("inputs_numbers", put("config/input_layers", [[0, 0, 0]]), "topology", 3),
    ("input_that_is_no_input", put("config/input_layers/0/0", "second"), "topology", 3),
    ("cycle", cycle, "topology", 3),
    ("reference_repeated", wide, "shape-contradiction", 3),
]
"""Changes to a functional model."""


def _texts() -> None:
    for name, text in TEXTS.items():

        def make(folder: Path, text: str | bytes = text) -> Path:
            return reconfigured(folder, lambda _config: text)

        code = "h5-corrupt" if isinstance(text, bytes) else "topology"
        TOPOLOGY.append(Attack(f"config_{name}", make, code, 3, {}))


def _changes() -> None:
    families = {
        "sequential_dense": SEQUENTIAL,
        "conv_norm_pool": CONVOLUTIONAL,
        "functional_inputs_and_outputs": FUNCTIONAL,
    }
    for golden, changes in families.items():
        for name, change, code, exit_code in changes:

            def make(folder: Path, change: Any = change, golden: str = golden) -> Path:
                return reconfigured(folder, change, golden)

            TOPOLOGY.append(Attack(f"config_{name}", make, code, exit_code, {}))


_texts()
_changes()


@TOPOLOGY.attack("h5-corrupt")
def config_a_number_in_the_file(folder: Path) -> Path:
    with edited(folder) as file:
        file.attrs["model_config"] = 7
    return folder / "model.h5"


@TOPOLOGY.attack("h5-corrupt")
def config_two_texts(folder: Path) -> Path:
    with edited(folder) as file:
        file.attrs["model_config"] = ["{}", "{}"]
    return folder / "model.h5"


@TOPOLOGY.attack("topology")
def config_with_a_nul(folder: Path) -> Path:
    """HDF5 cuts text at the first one."""
    with edited(folder) as file:
        text = file.attrs["model_config"]
        file.attrs.create("model_config", text[:100].encode() + b"\0" + text[100:].encode(), dtype="S4000")
    return folder / "model.h5"


@TOPOLOGY.attack("topology")
def models_within_models(folder: Path) -> Path:
    def nest(config: dict[str, Any]) -> dict[str, Any]:
        for index in range(60):
            config = {"class_name": "Sequential", "config": {"name": f"m{index}", "layers": [config]}}
        return config

    return reconfigured(folder, nest)


@TOPOLOGY.attack("topology")
def training_config_not_json(folder: Path) -> Path:
    with edited(folder, "compiled_with_optimizer") as file:
        file.attrs["training_config"] = "{"
    return folder / "model.h5"


@TOPOLOGY.attack("topology", optimize=False)
def training_config_deep(folder: Path) -> Path:
    with edited(folder, "compiled_with_optimizer") as file:
        file.attrs["training_config"] = json.dumps({"loss": nested(450)})
    return folder / "model.h5"


@TOPOLOGY.attack("topology-number", exit_code=4, optimize=False)
def training_config_nan(folder: Path) -> Path:
    with edited(folder, "compiled_with_optimizer") as file:
        file.attrs["training_config"] = '{"loss": NaN}'
    return folder / "model.h5"


@TOPOLOGY.attack("")
def config_with_a_key_twice(folder: Path) -> Path:
    """The last one counts, for Keras as well."""
    return reconfigured(
        folder, lambda config: json.dumps(config).replace("{", '{"class_name": "Lambda", ', 1)
    )


@TOPOLOGY.attack("topology")
def keras_version_endless(folder: Path) -> Path:
    with edited(folder) as file:
        file.attrs["keras_version"] = "2." + "9" * 1000
    return folder / "model.h5"


@TOPOLOGY.attack("h5-corrupt")
def keras_version_a_list(folder: Path) -> Path:
    with edited(folder) as file:
        file.attrs["keras_version"] = ["2", "19"]
    return folder / "model.h5"


@TOPOLOGY.attack("topology")
def config_in_bytes_of_another_alphabet(folder: Path) -> Path:
    """UTF-16, as some editors save it."""
    path = copy(folder)
    return reconfigured(folder, lambda config: ("\ufeff" + json.dumps(config)).encode()) if path else path
