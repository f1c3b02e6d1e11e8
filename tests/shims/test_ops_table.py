"""The tables of operations, held against the TensorFlow.js that is installed."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from converter.parity.runtimes import ensure_package, find_node
from converter.shims import keras_classes
from converter.shims.translation.helpers import HELPERS, needed
from converter.shims.translation.layer_table import LAYERS
from converter.shims.translation.ops import ROWS, TABLE
from converter.shims.translation.ops.releases import since
from converter.shims.translation.ops.row import Op

LIST = """
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
const kernels = (backend) => tf.getKernelsForBackend(backend).map((kernel) => kernel.kernelName);
const inside = (name) => Object.keys(tf[name]).map((each) => `${name}.${each}`);
console.log(JSON.stringify({
  functions: [...Object.keys(tf), ...inside('image'), ...inside('linalg')],
  layers: Object.keys(layers.layers),
  cpu: kernels('cpu'),
  wasm: kernels('wasm'),
}));
"""
PARAMETERS = {
    "tensor",
    "index",
    "tensors",
    "number",
    "axis",
    "flag",
    "sizes",
    "word",
    "any",
    "dtype",
    "fixed",
    "ignored",
}


@pytest.fixture(scope="module")
def installed() -> dict[str, list[str]]:
    node = find_node()
    assert node is not None
    return json.loads(_run(node.program, ensure_package(node, print), LIST))


def _run(program: str, folder: Any, script: str) -> str:
    done = subprocess.run(
        [program, "--input-type=module", "-e", script], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def _functions(text: str) -> set[str]:
    return set(re.findall(r"\btf\.((?:image\.|linalg\.)?[a-z]\w*)\b", text)) - {"layers", "image", "linalg"}


def _helpers(row: Op) -> list[str]:
    called = re.findall(r"(?<![\w.])([A-Za-z]\w*)\(", f"{row.javascript} {row.shape}")
    return [name for name in called if name != "Math"]


@pytest.mark.runtime
def test_functions_exist(installed: dict[str, list[str]]) -> None:
    texts = [row.javascript if isinstance(row, Op) else row.uses for row in ROWS] + list(HELPERS.values())
    lacking = _functions(" ".join(texts)) - set(installed["functions"])
    assert not lacking


@pytest.mark.runtime
@pytest.mark.parametrize("backend", ["cpu", "wasm"])
def test_kernels_are_registered_where_rows_say_so(backend: str, installed: dict[str, list[str]]) -> None:
    registered = set(installed[backend])
    for row in ROWS:
        has_all = set(row.kernels.split()) <= registered
        assert has_all is (backend in row.backends.split()), f"{row.names}: {row.kernels} on {backend}"


@pytest.mark.runtime
def test_layers_exist(installed: dict[str, list[str]]) -> None:
    assert {row.factory for row in LAYERS.values()} <= set(installed["layers"])


def test_no_name_stands_in_two_rows() -> None:
    names = [name for row in ROWS for name in row.names.split()]
    assert sorted(names) == sorted(TABLE)


def test_rows_speak_of_what_there_is() -> None:
    for row in ROWS:
        if not isinstance(row, Op):
            continue
        kinds = {parameter.kind for parameter in row.parameters}
        assert kinds <= PARAMETERS, row.names
        assert set(_helpers(row)) - {"broadcast"} <= set(HELPERS), row.names
        names = {parameter.name for parameter in row.parameters}
        used = set(re.findall(r"(?<![\w.'])[a-z_]\w*", row.javascript)) & names
        # An argument that may differ from its default must reach the function.
        forgotten = {
            parameter.name
            for parameter in row.parameters
            if parameter.kind not in {"ignored", "fixed"} and parameter.name not in used
        }
        assert not forgotten, f"{row.names}: {forgotten}"


def test_helpers_bring_along_what_they_call() -> None:
    for name, text in HELPERS.items():
        together = "\n".join(HELPERS[each] for each in needed([name]))
        called = set(re.findall(r"(?<![\w.'])([a-z]\w*)\(", text.partition("*/")[2])) & set(HELPERS)
        assert all(f"function {each}(" in together for each in called), name


def test_the_release_that_a_class_needs() -> None:
    assert since("tf.add(x, 1)") == "1.0.0"
    assert since("tf.mirrorPad(tf.einsum('ab,bc->ac', x, y), p, 'reflect')") == "3.4.0"
    assert since("tf.where(mask, x, tf.scalar(0))") == "3.4.0"
    assert since("tf.matMul(x, kernel)") == "2.7.0"


@pytest.mark.parametrize(
    ("class_name", "version"),
    [
        ("KerasActivation", "1.0.0"),
        ("KerasMasking", "1.4.0"),
        ("KerasRNN", "1.4.0"),
        ("KerasResizing", "2.8.0"),
        ("KerasHeaviside", "1.4.0"),
        ("KerasMatmul", "1.4.0"),
        ("KerasCumsum", "1.0.0"),
        ("KerasCumprod", "3.15.0"),
        ("KerasNancumprod", "3.15.0"),
    ],
)
def test_the_release_that_a_class_of_the_library_needs(class_name: str, version: str) -> None:
    assert since(keras_classes.shim(class_name).javascript) == version


def test_a_changed_class_of_the_library_may_repeat_its_arguments() -> None:
    javascript = keras_classes.shim("KerasMasking").javascript
    assert since(javascript.replace("tf.broadcastTo(mask, input.shape)", "mask")) == "3.4.0"


@pytest.mark.runtime
def test_the_library_repeats_by_itself_what_is_smaller() -> None:
    # A tf.where that gets tensors of one shape only, as it was before 3.4.0.
    node = find_node()
    assert node is not None
    script = "\n".join([OLD, *(shim.javascript for shim in map(keras_classes.shim, OLD_RUN)), OLD_TESTS])
    assert (
        json.loads(_run(node.program, ensure_package(node, print), script).splitlines()[-1]) == OLD_EXPECTED
    )


OLD_RUN = ("KerasMasking", "KerasMaskedAverage")
OLD = """
import '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
const where = (condition, one, other) => {
  const shapes = [condition, one, other].map((each) => String(each.shape));
  if (new Set(shapes).size > 1) throw new Error(`Shapes ${shapes.join(' and ')} must match`);
  return core.where(condition, one, other);
};
const { constructor: Dense } = layers.layers.dense({ units: 1 });
const tf = { ...core, layers: { Layer: Object.getPrototypeOf(Dense) }, where };
"""
OLD_TESTS = """
const x = tf.tensor3d([[[1, 2], [0, 0]]]);
console.log(JSON.stringify([
  new (defineKerasMasking(tf))({}).call(x).arraySync(),
  new (defineKerasMaskedAverage(tf))({}).call([x, tf.tensor2d([[true, false]], [1, 2], 'bool')]).arraySync(),
]));
"""
OLD_EXPECTED = [[[[1, 2], [0, 0]]], [[1, 2]]]
SAMPLES = """
const tests = {
  resize: () => resize(tf.ones([1, 2, 2, 1]), [4, 4], 'nearest').shape,
  slice: () => slice(tf.range(0, 6, 1, 'int32'), [null, null, -2]).arraySync(),
  assigned: () => assigned(tf.zeros([2, 3]), 1, 0, [1, null]).arraySync(),
  spaceToDepth: () => spaceToDepth(tf.range(0, 4).reshape([1, 2, 2, 1]), 2).arraySync().flat(3),
  roll: () => roll(tf.tensor1d([1, 2, 3]), 1, 0).arraySync(),
  repeat: () => repeat(tf.tensor1d([1, 2]), 2, 0).arraySync(),
  softmax: () => softmax(tf.zeros([2, 4]), 0).arraySync().flat().every((each) => Math.abs(each - 0.5) < 1e-6),
  reshaped: () => reshaped([NaN, 4, 4, 8], [NaN, -1], [[0, 0]]),
  sliced: () => sliced([NaN, NaN, 7], ':', [null, 4], [1, null, 2]),
  broadcast: () => broadcast([NaN, 1, 3], [5, 1]),
  moveAxis: () => moveAxis(tf.ones([1, 2, 3]), 0, -1).shape,
  mod: () => [mod(-7, 3), mod(7, -3), roundHalfEven(2.5), roundHalfEven(3.5), roundHalfEven(-1.5)],
  lookUp: () => lookUp({ hard_swish: 1, relu: 2 }, 'hardSwish'),
};
const results = {};
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend);
  results[backend] = Object.fromEntries(Object.entries(tests).map(([name, test]) => [name, test()]));
}
console.log(JSON.stringify(results));
"""
EXPECTED = {
    "resize": [1, 4, 4, 1],
    "slice": [5, 3, 1],
    "assigned": [[0, 1, 1], [0, 0, 0]],
    "spaceToDepth": [0, 1, 2, 3],
    "roll": [3, 1, 2],
    "repeat": [1, 1, 2, 2],
    "softmax": True,
    "reshaped": [None, 128],
    "sliced": [None, None, 3],
    "broadcast": [None, 5, 3],
    "moveAxis": [2, 3, 1],
    "mod": [2, -2, 2, 4, -2],
    "lookUp": 1,
}


@pytest.mark.runtime
def test_helpers_compute_the_same_on_every_backend() -> None:
    node = find_node()
    assert node is not None
    folder = ensure_package(node, print)
    start = """
    import { tf } from './tf.js';
    import { prepareWasm } from './wasm.js';
    import '@tensorflow/tfjs-backend-wasm';
    prepareWasm();
    """
    script = start + "\n".join(HELPERS.values()) + SAMPLES
    results = json.loads(_run(node.program, folder, script).strip().splitlines()[-1])
    assert results == {"cpu": EXPECTED, "wasm": EXPECTED}
