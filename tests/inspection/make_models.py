"""Models saved by Keras 3, and what Keras and TensorFlow say of them.

``python make_models.py FOLDER [RDN.h5]`` leaves ``NAME.keras`` for each model and ``facts.json``: the shapes
and parameters that Keras reports, the operations that TensorFlow's profiler counts in the frozen graph, and
how far the gradient of one output reaches in the input, for the network of a trained RDN as well.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

MULTIPLIED = ("Conv2D", "DepthwiseConv2dNative", "MatMul", "Conv2DBackpropInput", "Conv3D", "BatchMatMulV2")
"""Operations that are nothing but multiply-accumulates."""


def convolutions():
    image = layers.Input((24, 20, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = layers.SeparableConv2D(6, 5, padding="valid")(x)
    x = layers.Conv2DTranspose(4, 4, strides=2, padding="same")(x)
    x = layers.Conv2D(4, 3, dilation_rate=2, use_bias=False)(x)
    return keras.Model(image, x, name="convolutions")


def dense():
    image = layers.Input((6, 6, 2))
    x = layers.Flatten()(image)
    x = layers.Dense(10, activation="tanh")(x)
    x = layers.Dense(3, activation="softmax")(x)
    return keras.Model(image, x, name="dense")


def shared():
    left, right = layers.Input((16, 16, 3), name="left"), layers.Input((16, 16, 3), name="right")
    inner = keras.Sequential(
        [layers.Input((16, 16, 3)), layers.Conv2D(4, 3, name="inner_conv"), layers.ReLU(name="inner_relu")],
        name="inner",
    )
    x = layers.Add()([inner(left), inner(right)])
    return keras.Model([left, right], layers.GlobalAveragePooling2D()(x), name="shared")


def mobile():
    return keras.applications.MobileNetV2(alpha=0.35, weights=None, classes=10)


def recurrent():
    words = layers.Input((None,), name="words", dtype="int32")
    x = layers.Embedding(50, 8, mask_zero=True, name="embedding")(words)
    x = layers.LSTM(6, return_sequences=True, name="lstm")(x)
    x = layers.Dense(4, name="dense")(x)
    return keras.Model(words, x, name="recurrent")


def modern():
    """Layers that TensorFlow.js lacks or computes otherwise."""
    image = layers.Input((8, 8, 4), name="image")
    x = layers.GlobalAveragePooling2D(keepdims=True, name="kept")(image)
    x = layers.Activation("hard_sigmoid", name="hard")(x * 2.0)
    x = layers.Multiply(name="weighed")([image, x])
    x = layers.Reshape((64, 4), name="steps")(x)
    x = layers.GRU(5, name="gru")(x)
    return keras.Model(image, layers.Dense(2, name="dense")(x), name="modern")


def chain(*parts):
    def build():
        image = x = layers.Input((48, 48, 2))
        for part in parts:
            x = part()(x)
        return keras.Model(image, x)

    return build


def u_net():
    image = layers.Input((48, 48, 2))
    wide = layers.Conv2D(3, 3, padding="same")(image)
    x = layers.MaxPooling2D()(wide)
    x = layers.Conv2D(3, 3, padding="same", strides=2)(x)
    x = layers.Conv2D(3, 3, padding="same")(x)
    x = layers.UpSampling2D(4)(x)
    x = layers.Concatenate()([wide, x])
    return keras.Model(image, layers.Conv2D(2, 5, padding="same")(x))


FIELDS = {
    "window": chain(lambda: layers.Conv2D(2, 3), lambda: layers.Conv2D(2, 5)),
    "strides": chain(
        lambda: layers.Conv2D(2, 3, strides=2),
        lambda: layers.AveragePooling2D(3, 2),
        lambda: layers.Conv2D(2, 3),
    ),
    "dilation": chain(lambda: layers.Conv2D(2, 3, dilation_rate=3), lambda: layers.Conv2D(2, (1, 3))),
    "nearest": chain(
        lambda: layers.Conv2D(2, 3, padding="same"),
        lambda: layers.UpSampling2D(3),
        lambda: layers.Conv2D(2, 3, padding="same"),
    ),
    "bilinear": chain(
        lambda: layers.Conv2D(2, 3, padding="same"), lambda: layers.UpSampling2D(2, interpolation="bilinear")
    ),
    "transposed": chain(
        lambda: layers.Conv2D(2, 3, padding="same"),
        lambda: layers.Conv2DTranspose(2, 4, strides=2, padding="same"),
        lambda: layers.Conv2D(2, 3, padding="same"),
    ),
    "wide_transposed": chain(lambda: layers.Conv2DTranspose(2, 7, strides=3, padding="same")),
    "u_net": u_net,
    "normalized": chain(layers.BatchNormalization, lambda: layers.Conv2D(2, 3), layers.ReLU),
    "global": chain(lambda: layers.Conv2D(2, 3), lambda: layers.LayerNormalization(axis=[1, 2])),
}


def profile(model):
    """The operations of the frozen graph, by kind."""
    specs = [tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    function = tf.function(lambda *given: model(given if len(given) > 1 else given[0]))
    frozen = convert_variables_to_constants_v2(function.get_concrete_function(*specs))
    options = tf.compat.v1.profiler.ProfileOptionBuilder(
        tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    )
    found = tf.compat.v1.profiler.profile(
        frozen.graph, cmd="op", options=options.with_empty_output().order_by("float_ops").build()
    )
    counts = {}
    pending = list(found.children)
    while pending:
        node = pending.pop()
        pending += node.children
        below = sum(child.total_float_ops for child in node.children)
        counts[node.name] = counts.get(node.name, 0) + node.total_float_ops - below
    return counts


def reach(model, size, count):
    """The most rows and columns of the input that one of ``count`` × ``count`` neighbouring outputs sees.

    All weights and inputs are positive, so that nothing cancels and no ReLU is closed.
    """
    random = np.random.default_rng(0)
    model.set_weights(
        [random.uniform(0.5, 1, weight.shape).astype("float32") for weight in model.get_weights()]
    )
    image = tf.constant(random.uniform(0.5, 1, (1, size, size, model.inputs[0].shape[-1])).astype("float32"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(image)
        output = model(image)
        count = min(count, output.shape[1], output.shape[2])
        rows, columns = (output.shape[1] - count) // 2, (output.shape[2] - count) // 2
        places = [tf.reduce_sum(output[0, rows + number, columns + number]) for number in range(count)]
    largest = [0, 0]
    for place in places:
        gradient = np.abs(tape.gradient(place, image).numpy()[0]).sum(-1)
        for axis in (0, 1):
            hit = np.flatnonzero(gradient.sum(1 - axis))
            largest[axis] = max(largest[axis], int(hit[-1] - hit[0]) + 1)
    return largest


def averaged(model):
    """The model with a mean in place of each maximum, which sees the same places and hides none."""
    config = model.get_config()
    for layer in config["layers"]:
        if layer["class_name"].startswith("MaxPooling"):
            layer["class_name"] = layer["class_name"].replace("Max", "Average")
    return type(model).from_config(config)


def main(folder, rdn):
    facts = {}
    for build in (convolutions, dense, shared, mobile, recurrent, modern):
        keras.utils.set_random_seed(1)
        model = build()
        model.save(folder / f"{build.__name__}.keras")
        counts = {} if build in {recurrent, modern} else profile(model)
        facts[build.__name__] = {
            "parameters": model.count_params(),
            "layers": {
                layer.name: {"parameters": layer.count_params(), "output": list(layer.output.shape)}
                for layer in model.layers
            },
            "profile": counts,
            "multiplied": sum(counts.get(name, 0) for name in MULTIPLIED),
        }
    fields = {}
    for name, build in FIELDS.items():
        model = build()
        model.save(folder / f"field_{name}.keras")
        fields[name] = reach(averaged(model), 48, 6)
    if rdn is not None:
        import tf_keras

        fields["rdn"] = reach(tf_keras.models.load_model(rdn, compile=False), 88, 2)
    (folder / "facts.json").write_text(json.dumps({"models": facts, "fields": fields}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
