"""Saves the models of these tests: ``python make_models.py FOLDER NAME …``, where TensorFlow is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from tensorflow.core.protobuf import saved_model_pb2

FOLDER = Path(sys.argv[1])


def export(name, function, *specs, **others):
    """A SavedModel with a signature of one function, and functions beside it."""
    module = tf.Module()
    module.function = tf.function(function, input_signature=specs)
    for key, value in others.items():
        setattr(module, key, value)
    tf.saved_model.save(module, str(FOLDER / name), signatures=module.function)


def spec(*shape, dtype=tf.float32, name="x"):
    return tf.TensorSpec(shape, dtype, name=name)


def conv():
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3), name="picture")
    x = keras.layers.Conv2D(4, 3, activation="relu", bias_initializer="uniform", name="first")(inputs)
    x = keras.layers.BatchNormalization(beta_initializer="uniform")(x)
    x = keras.layers.DepthwiseConv2D(3, bias_initializer="uniform")(x)
    x = keras.layers.Flatten()(x)
    keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x)).export(FOLDER / "conv", verbose=False)


def ends():
    """What no layer does; ends of equal shapes in an order that no alphabet has; nothing needs one input."""
    keras.utils.set_random_seed(2)
    late = keras.Input((4,), name="zz")
    early = keras.Input((4,), name="aa")
    unused = keras.Input((2,), name="unused")
    first = keras.layers.Dense(4, name="z_out")(late)
    second = keras.ops.sort(keras.layers.Subtract(name="a_out")([early, late]), axis=-1)
    model = keras.Model([late, unused, early], [first, second, first])
    model.save(FOLDER / "ends.keras")


def loop():
    """A recurrent layer that runs as a loop."""
    tf_keras.utils.set_random_seed(3)
    inputs = tf_keras.Input((5, 3))
    x = tf_keras.layers.GRU(4, return_sequences=True, name="recurrent")(inputs)
    x = tf_keras.layers.UnitNormalization(name="unit")(x)
    tf_keras.Model(inputs, x).save(FOLDER / "loop.h5")


def lookups():
    table = keras.layers.StringLookup(vocabulary=["a", "b"], name="table")
    inputs = keras.Input((1,), dtype="string")
    keras.Model(inputs, table(inputs)).save(FOLDER / "lookup.keras")


def solving():
    """A layer whose operation TensorFlow.js lacks."""
    inputs = keras.Input((3, 3), name="matrices")
    x = keras.layers.Dense(3, name="before")(inputs)
    model = keras.Model(inputs, keras.ops.cholesky(x))
    model.save(FOLDER / "solving.keras")
    model.export(FOLDER / "solving", verbose=False)


def reading():
    """Reads a file while it serves."""
    path = str(FOLDER / "secret.txt")
    export(
        "reading", lambda x: {"y": x + tf.cast(tf.strings.length(tf.io.read_file(path)), tf.float32)}, spec(2)
    )


def writing():
    """Writes a file where TensorFlow would make its objects, and in a function beside the signature."""
    victim = FOLDER / "victim.txt"

    def write():
        with tf.control_dependencies([tf.io.write_file(str(victim), "written")]):
            return tf.constant(1)

    class Resource(tf.saved_model.experimental.TrackableResource):
        def _create_resource(self):
            return tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64)

        def _initialize(self):
            write()

    resource = Resource()
    resource.resource_handle  # noqa: B018 - made now, as the function below is traced with it
    weight = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    beside = tf.function(write, input_signature=[])
    export(
        "writing", lambda x: {"y": x @ weight}, spec(None, 2), weight=weight, resource=resource, beside=beside
    )


def python():
    export("python", lambda x: {"y": tf.numpy_function(np.sin, [x], tf.float32)}, spec(2))


def first_generation():
    """As TensorFlow 1 saves a graph: without objects, its variables restored by a saver."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, (None, 3), name="x")
        kernel = v1.get_variable(
            "dense/kernel", initializer=np.float32([[1, 2], [3, 4], [5, 6]]), use_resource=False
        )
        bias = v1.get_variable("dense/bias", initializer=np.float32([0.5, -0.5]), use_resource=True)
        y = tf.nn.relu(tf.matmul(x, kernel) + bias, name="dense/relu")
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(FOLDER / "first_generation"), {"x": x}, {"y": y})


def boxes():
    """Shapes that values decide, and images of bytes."""

    def function(image):
        pixels = tf.reshape(tf.cast(image, tf.float32), (-1, 3))
        corners = tf.concat([pixels[:, :2], pixels[:, :2] + 40.0], axis=1)
        chosen = tf.image.non_max_suppression(corners, pixels[:, 2], 5, 0.3)
        return {"output_10": tf.gather(corners, chosen), "output_9": tf.reduce_mean(pixels, 0)}

    export("boxes", function, spec(1, 4, 4, 3, dtype=tf.uint8, name="image"))


def stealing():
    """Restores its variables from a checkpoint that lies elsewhere."""
    shutil.copytree(FOLDER / "first_generation", FOLDER / "stealing")
    path = FOLDER / "stealing" / "saved_model.pb"
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString(path.read_bytes())
    graph = saved.meta_graphs[0].graph_def
    elsewhere = graph.node.add(name="elsewhere", op="Const")
    elsewhere.attr["dtype"].type = tf.string.as_datatype_enum
    elsewhere.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(str(FOLDER / "checkpoint")))
    for node in graph.node:
        if node.op == "RestoreV2":
            node.input[0] = "elsewhere"
    path.write_bytes(saved.SerializeToString())


def other_file():
    """The same, hidden in a function, as TensorFlow 2 has it."""
    export("other_file", lambda x: {"y": x + 1.0}, spec(2), weight=tf.Variable([1.0]))
    path = FOLDER / "other_file" / "saved_model.pb"
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString(path.read_bytes())
    meta = saved.meta_graphs[0]
    call = next(node for node in meta.graph_def.node if node.name == meta.saver_def.restore_op_name)
    elsewhere = meta.graph_def.node.add(name="elsewhere", op="Const")
    elsewhere.attr["dtype"].type = tf.string.as_datatype_enum
    elsewhere.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(str(FOLDER / "checkpoint")))
    call.input[0] = "elsewhere"
    path.write_bytes(saved.SerializeToString())


for name in sys.argv[2:]:
    globals()[name]()
