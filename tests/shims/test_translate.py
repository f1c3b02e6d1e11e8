"""The text of translated classes, and the places that are refused."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.errors import SourceError, UnsupportedError
from converter.shims.translation.javascript import Js, binary, camel, literal, unary, wrap
from converter.shims.translation.python_source import PythonModule, canonical, layer_classes
from converter.shims.translation.translate import skeleton, translate

IMPORTS = """\
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras import layers
"""


def module(text: str, **constants: object) -> PythonModule:
    return PythonModule.parse(IMPORTS + textwrap.dedent(text), "layers.py", constants)


def javascript(text: str, name: str = "Own", keras: int = 3) -> str:
    """The class without its helper functions."""
    found = translate(module(text), name, keras).shim.javascript
    start = re.search(r"(?m)^  (/\*\*(?:(?!\*/).)*\*/\n  )?return class", found)
    assert start is not None
    return textwrap.dedent(found[start.start() :].removesuffix("}\n"))


def body(text: str, method: str, keras: int = 3) -> str:
    """One method of the class."""
    lines = javascript(text, keras=keras).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"  {method}("))
    end = next(place for place in range(start, len(lines)) if lines[place] == "  }")
    return textwrap.dedent("\n".join(lines[start + 1 : end]))


def of_call(statements: str, parameters: str = "self, x") -> str:
    """A class whose ``call`` is these statements."""
    inside = textwrap.indent(textwrap.dedent(statements), " " * 8)
    return f"class Own(layers.Layer):\n    def call({parameters}):\n{inside}\n"


def test_a_whole_class() -> None:
    text = '''
    class Own(layers.Layer):
        """Moves channels into space."""

        def __init__(self, block_size=2, **kwargs):
            super().__init__(**kwargs)
            self.block_size = block_size

        def call(self, inputs):
            return tf.nn.depth_to_space(inputs, self.block_size)
    '''
    assert (
        javascript(text)
        == """\
/** Moves channels into space. */
return class Own extends tf.layers.Layer {
  constructor(config) {
    super(config);
    const { blockSize = 2 } = config;
    this.blockSize = blockSize;
  }

  call(inputs) {
    return tf.tidy(() => {
      const x = single(inputs);
      return tf.depthToSpace(x, this.blockSize);
    });
  }

  computeOutputShape(inputShape) {
    return nulls(wider(sizes(inputShape), this.blockSize));
  }

  getConfig() {
    return { ...super.getConfig(), blockSize: this.blockSize };
  }

  static className = 'Own';
};
"""
    )
    translation = translate(module(text), "Own")
    assert translation.required == ()
    assert translation.optional == ("block_size",)
    assert translation.shim.origin == "translated from layers.py:6"
    assert "blockSize?: number;" in translation.shim.declaration
    assert not translation.shim.positional_weights


def test_what_keeps_its_shape_says_so() -> None:
    assert body(of_call("return tf.nn.relu(x) + 1.0"), "computeOutputShape") == "return inputShape;"


def test_configuration_stays_a_decision_of_the_class() -> None:
    text = """
    class Own(layers.Layer):
        def __init__(self, mode, scale=None, **kwargs):
            super().__init__(**kwargs)
            self.mode = mode
            self.scale = scale

        def call(self, x):
            if self.mode == "Sum_Up":
                x = x + 1.0
            elif self.scale is not None:
                x = x * self.scale
            return x
    """
    assert (
        body(text, "call")
        == """\
return tf.tidy(() => {
  let x = single(inputs);
  if (plain(this.mode) === 'sumup') {
    x = tf.add(x, 1);
  } else if (this.scale != null) {
    x = tf.mul(x, this.scale);
  }
  return x;
});"""
    )
    translation = translate(module(text), "Own")
    assert translation.required == ("mode",)
    assert translation.optional == ("scale",)


def test_training_is_left_out() -> None:
    text = of_call(
        """\
        if training:
            x = tf.nn.dropout(x, 0.5)
        return x * 2.0
        """,
        "self, x, training=None, **kwargs",
    )
    assert "dropout" not in javascript(text)


LISTS = """
class Own(layers.Layer):
    def __init__(self, depth=2, **kwargs):
        super().__init__(**kwargs)
        self.depth = depth
        self.dense = []
        self.norms = []
        for i in range(depth):
            self.dense.append(layers.Dense(4))
            self.norms.append(layers.LayerNormalization())

    def call(self, x):
        for dense, norm in zip(self.dense, self.norms):
            x = norm(dense(x))
        return x
"""


def test_lists_of_layers_are_tracked_as_the_keras_of_the_file_does() -> None:
    latest = body(LISTS, "constructor")
    assert "this.dense = [];" in latest
    assert "this.dense.push(this.track(tf.layers.dense({ units: 4 })));" in latest
    earlier = body(LISTS, "constructor", keras=2)
    assert "this.dense = this.track([]);" in earlier
    assert "this.dense.push(tf.layers.dense({ units: 4 }));" in earlier
    assert translate(module(LISTS), "Own").shim.positional_weights


def test_weights_of_one_name_each_keep_it() -> None:
    text = """
    class Own(layers.Layer):
        def build(self, input_shape):
            self.gamma = self.add_weight(name="gamma", shape=(input_shape[-1],), initializer="ones")

        def call(self, x):
            return x * self.gamma
    """
    assert not translate(module(text), "Own").shim.positional_weights
    assert "this.gamma = this.addWeight(" in javascript(text)
    looped = text.replace(
        'self.gamma = self.add_weight(name="gamma", shape=(input_shape[-1],), initializer="ones")',
        'self.gamma = [self.add_weight(name=f"g{i}", shape=(1,)) for i in range(len(input_shape))]',
    ).replace("x * self.gamma", "x * self.gamma[0]")
    assert translate(module(looped), "Own").shim.positional_weights


def test_a_function_for_one_use_each() -> None:
    text = """
    def scaled(x, factor):
        return x * factor

    class Own(layers.Layer):
        def call(self, x):
            return scaled(scaled(x, 2), 3)
    """
    translated = translate(module(text), "Own").shim.javascript
    assert translated.count("function scaled(x, factor)") == 1
    assert "scaled(scaled(x, 2), 3)" in translated


def test_the_same_source_gives_the_same_text() -> None:
    assert translate(module(LISTS), "Own").shim.javascript == translate(module(LISTS), "Own").shim.javascript


def test_what_needs_no_tensorflow_js_stands_outside_of_the_function() -> None:
    outside, _, inside = translate(module(LISTS), "Own").shim.javascript.partition(
        "export function defineOwn(tf)"
    )
    assert "function sizes(" in outside
    assert "tf." not in outside
    assert all(line.startswith(("  ", "}")) or not line for line in inside.splitlines()[1:])


def test_constants_may_come_from_elsewhere() -> None:
    source = module(of_call("return x * FACTOR"), FACTOR=3)
    assert "tf.mul(x, 3)" in translate(source, "Own").shim.javascript


REFUSED = {
    "an unknown function": ("y = x\nreturn tf.signal.fft(y)", 2, 8, "tf.signal.fft(y)"),
    "Python at run time": ("return tf.py_function(len, [x], tf.float32)", 1, 8, "runs Python"),
    "a loop on values": ("while tf.reduce_max(x) > 1:\n    x = x / 2\nreturn x", 1, 1, "While"),
    "a decision on values": ("if tf.reduce_max(x) > 1:\n    x = x / 2\nreturn x", 1, 4, "values of a tensor"),
    "noise": ("return x + tf.random.normal(tf.shape(x))", 1, 12, "random"),
    "NumPy on values": ("return np.percentile(x, 50)", 1, 8, "np.percentile"),
    "an unknown argument": ("return tf.nn.relu(x, alpha=1)", 1, 8, "'alpha' is not known"),
    "another layout": ("return tf.nn.depth_to_space(x, 2, data_format='NCHW')", 1, 8, "NHWC"),
    "a resize that is not there": ("return tf.image.resize(x, (4, 4), method='bicubic')", 1, 8, "bicubic"),
    "state": ("self.last = x\nreturn x", 1, 1, "changes while it runs"),
    "a mask of values": ("return x[x > 0]", 1, 10, "an index must be a number"),
    "an unknown name": ("return x * factor", 1, 12, "not defined"),
    "an unknown attribute": ("return x * self.factor", 1, 12, "'factor'"),
    "a layer made at every call": ("return layers.Dense(3)(x)", 1, 8, "made anew"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_its_place(what: str) -> None:
    statements, line, column, words = REFUSED[what]
    with pytest.raises(UnsupportedError) as caught:
        translate(module(of_call(statements)), "Own")
    assert caught.value.code == "shim-untranslatable"
    # Four lines of imports, two of the class; eight columns of indentation.
    assert caught.value.where == f"layers.py:{line + 6}:{column + 8}"
    assert words in caught.value.why
    assert "--layers-js" in caught.value.fix


def test_words_that_tfjs_makes_one_are_refused() -> None:
    text = """
    class Own(layers.Layer):
        def __init__(self, mode="Two_Words", **kwargs):
            super().__init__(**kwargs)
            self.mode = mode

        def call(self, x):
            if self.mode == "Two_Words":
                return x + 1.0
            return x if self.mode == "twoWords" else x + 2.0
    """
    with pytest.raises(UnsupportedError, match="case and the underscores"):
        translate(module(text), "Own")


def test_changed_globals_are_not_taken_for_constants() -> None:
    text = "SIZES = [1]\nSIZES.append(2)\n" + of_call("return x * len(SIZES)")
    with pytest.raises(UnsupportedError, match="'SIZES'"):
        translate(module(text), "Own")


def test_a_value_that_may_be_missing_is_not_constant() -> None:
    text = """
    class Own(layers.Layer):
        def __init__(self, last=True, **kwargs):
            super().__init__(**kwargs)
            self.last = last
            self.dense = layers.Dense(3, activation=None if last else "tanh")

        def call(self, x):
            return self.dense(x)
    """
    assert "last ? null : 'tanh'" in javascript(text)


def test_no_python() -> None:
    with pytest.raises(SourceError) as caught:
        PythonModule.parse("class Own(:\n", "layers.py")
    assert caught.value.where.startswith("layers.py:1:")


def test_no_such_class() -> None:
    with pytest.raises(UnsupportedError, match="it has Own"):
        translate(module(of_call("return x")), "Other")


def test_layer_classes_are_found_through_each_other() -> None:
    text = """
    class Base(tf.keras.layers.Layer): ...
    class Own(Base): ...
    class Other: ...
    """
    assert layer_classes(module(text)) == ["Base", "Own"]


def test_skeleton_keeps_the_python_as_comments() -> None:
    text = skeleton(module(of_call("return tf.signal.fft(x)")), "Own")
    assert text.startswith("// layers.py:7:16: ")
    assert "// def call(self, x):" in text
    assert "throw new Error('call is not written yet');" in text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tensorflow.keras.layers.Layer", "keras.layers.Layer"),
        ("tf_keras.backend", "keras.backend"),
        ("keras.engine.topology.Layer", "keras.layers.Layer"),
        ("tensorflow.nn.relu", "tf.nn.relu"),
        ("numpy.sqrt", "np.sqrt"),
    ],
)
def test_one_spelling_of_a_name(path: str, expected: str) -> None:
    assert canonical(path) == expected


def test_javascript_binds_as_written() -> None:
    a, b = Js("a"), Js("b")
    assert binary("*", binary("+", a, b), a).text == "(a + b) * a"
    assert binary("-", a, binary("-", a, b)).text == "a - (a - b)"
    assert binary("**", unary("-", a), b).text == "(-a) ** b"
    assert literal([1.0, -2.5, True, None, "it's", 1e-05]).text == "[1, -2.5, true, null, 'it\\'s', 1e-5]"
    assert camel("block_size") == "blockSize"
    assert camel("_private_name") == "_privateName"


def test_long_lines_are_broken_at_their_commas() -> None:
    line = f"return call({', '.join('argument' + str(index) for index in range(12))});"
    broken = wrap(line, 4)
    assert max(map(len, broken.splitlines())) <= 100
    assert "".join(broken.split()) == "".join(line.replace(");", ",);").split())


SOURCES = [LISTS, of_call("return x[:, ::2] * tf.cast(tf.shape(x)[1], tf.float32)")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SOURCES), st.data())
def test_damaged_sources_are_translated_or_refused(source: str, data: st.DataObject) -> None:
    tokens = re.findall(r"\w+|\s+|[^\w\s]", source)
    place = data.draw(st.integers(0, len(tokens) - 1))
    tokens[place] = data.draw(st.sampled_from(["", "x", "0", "None", "self", "[", "]", "tf", "*", "x[0]"]))
    try:
        translate(module("".join(tokens)), "Own")
    except (SourceError, UnsupportedError) as refusal:
        assert refusal.why
