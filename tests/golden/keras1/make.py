"""Makes the golden models of Keras 1, with Keras 1.2.2 itself, and what they compute.

It needs an environment of its own, of Python 3.6:

    python3.6 -m venv k1 && k1/bin/pip install keras==1.2.2 theano==1.0.5 'h5py<3' 'numpy<1.20'
    KERAS_BACKEND=theano THEANO_FLAGS=optimizer=None,cxx= k1/bin/python tests/golden/keras1/make.py

Without its optimizer and a compiler, Theano computes convolutions in plain numpy.

Theano turns the kernels of convolutions around and TensorFlow does not, and the files are taken to be of
TensorFlow. So each model is saved first; then its kernels are flipped in rows and columns, by which Theano
computes what TensorFlow would, and the outputs are recorded. Strides with padding 'same' are avoided, as
the two pad differently there.
"""

# ruff: noqa: F403, F405, I001
# ^ all layers are imported at once, as people did; Theano before Keras.

import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import theano.ifelse  # noqa: F401 - Keras 1.2.2 uses it and does not import it

import keras
from keras.engine.topology import Container
from keras.layers import *
from keras.models import Model, Sequential

HERE = Path(__file__).resolve().parent
TF = {"dim_ordering": "tf"}
TH = {"dim_ordering": "th"}


def image():
    return Sequential(
        [
            ZeroPadding2D((1, 0, 0, 2), input_shape=(9, 8, 2), **TF),
            Convolution2D(4, 3, 2, subsample=(2, 1), activation="relu", name="conv", **TF),
            BatchNormalization(name="norm"),
            AtrousConvolution2D(3, 2, 2, atrous_rate=(2, 2), bias=False, border_mode="valid", **TF),
            MaxPooling2D((2, 2), strides=(1, 2), **TF),
            Flatten(),
            Dropout(0.3),
            Dense(5, activation="softmax", W_regularizer="l2"),
        ]
    )


def merges():
    one, two = Input((6,), name="one"), Input((6,), name="two")
    parts = [merge([one, two], mode=mode) for mode in ("sum", "mul", "ave", "max")]
    together = merge(parts, mode="concat", concat_axis=-1)
    return Model([one, two], [Dense(3, activation="tanh")(together), merge([one, two], mode="dot")])


def shared():
    one, two = Input((4,), name="one"), Input((4,), name="two")
    inner_input = Input((5,))
    inner = Dense(3, name="inner_dense")(BatchNormalization(name="inner_norm")(inner_input))
    inner = Model(inner_input, Activation("sigmoid")(Dense(2, name="inner_last")(inner)), name="inner")
    dense = Dense(5, activation="hard_sigmoid", name="twice")
    return Model([one, two], merge([inner(dense(one)), inner(dense(two))], mode="concat"))


def lstm():
    return Sequential(
        [
            LSTM(3, return_sequences=True, input_shape=(5, 4)),
            LSTM(2, return_sequences=True, consume_less="gpu", go_backwards=True),
            Bidirectional(LSTM(2, return_sequences=True)),
        ]
    )


def gru():
    return Sequential(
        [
            Bidirectional(GRU(3, return_sequences=True), merge_mode="sum", input_shape=(5, 4)),
            GRU(2, return_sequences=True, consume_less="gpu"),
            GRU(3, consume_less="mem", activation="relu", inner_activation="sigmoid", dropout_W=0.2),
        ]
    )


def simple_rnn():
    return Sequential(
        [
            Masking(0.0, input_shape=(5, 3)),
            SimpleRNN(4, return_sequences=True, dropout_U=0.1),
            TimeDistributed(Dense(2, activation="relu")),
            SimpleRNN(3),
            RepeatVector(2),
        ]
    )


def embedding():
    return Sequential(
        [
            Embedding(20, 4, input_length=10),
            Convolution1D(5, 3, activation="relu", border_mode="same"),
            MaxPooling1D(2),
            AtrousConvolution1D(3, 2, atrous_rate=2),
            AveragePooling1D(2, stride=1),
            GlobalMaxPooling1D(),
        ]
    )


def channels_first():
    return Sequential(
        [
            Convolution2D(3, 2, 3, input_shape=(2, 6, 7), **TH),
            UpSampling2D((1, 2), **TH),
            Deconvolution2D(2, 3, 2, (None, 2, 7, 11), **TH),
            Cropping2D(((1, 0), (0, 2)), **TH),
            AveragePooling2D((2, 3), **TH),
            Flatten(),
            Dense(3),
        ]
    )


def upscaling():
    image = Input((4, 5, 3))
    up = Deconvolution2D(4, 3, 2, (None, 9, 10, 4), subsample=(2, 2), name="up", **TF)(image)
    up = Deconvolution2D(2, 3, 3, (None, 9, 10, 2), border_mode="same", activation="tanh", **TF)(up)
    up = Cropping2D(((1, 2), (0, 1)), **TF)(UpSampling2D((2, 3), **TF)(up))
    return Model(image, [up, GlobalAveragePooling2D(**TF)(up)])


def branches():
    left = Sequential([Dense(4, input_dim=3, name="left"), BatchNormalization(name="left_norm")])
    right = [Dense(4, input_dim=5, activation="relu", name="right"), Dense(4, name="longer")]
    right = Sequential([*right, Dense(4, name="longest")])
    return Sequential([Merge([left, right], mode="concat"), Dense(2, name="last")])


def nested():
    frozen = Dense(5, name="frozen", trainable=False)
    inner = Sequential([Dense(4, input_dim=3, name="a"), BatchNormalization(name="b"), frozen])
    return Sequential([inner, Sequential([Dense(2, input_dim=5, name="c")]), Activation("softplus")])


def activations():
    return Sequential(
        [
            Convolution2D(3, 1, 1, input_shape=(4, 4, 2), **TF),
            PReLU(shared_axes=[1, 2]),
            LeakyReLU(0.2),
            ELU(),
            ThresholdedReLU(0.1),
            GaussianNoise(0.1),
            Permute((3, 1, 2)),
            Reshape((6, 8)),
            PReLU(),
            GaussianDropout(0.2),
        ]
    )


def volume():
    return Sequential(
        [
            # Positive, as TensorFlow.js 4.22 on wasm gives 1e-38 for the largest of negative numbers.
            Convolution3D(2, 2, 3, 2, activation="sigmoid", input_shape=(4, 5, 6, 2), **TF),
            MaxPooling3D((1, 2, 1), **TF),
            Convolution3D(2, 1, 1, 2, **TF),
            Permute((4, 1, 2, 3)),
            Convolution3D(2, 2, 1, 2, **TH),
            AveragePooling3D((1, 1, 3), **TH),
        ]
    )


MODELS = [
    image,
    merges,
    shared,
    lstm,
    gru,
    simple_rnn,
    embedding,
    channels_first,
    upscaling,
    branches,
    nested,
    activations,
    volume,
]


def fill(model, random):
    """Random weights; variances are positive."""
    for layer in getattr(model, "flattened_layers", model.layers):
        for weight in layer.weights:
            low, high = (0.5, 1.5) if weight.name.endswith("running_std") else (-0.7, 0.7)
            weight.set_value(random.uniform(low, high, weight.get_value().shape).astype("float32"))


def flip(layer):
    """Turns the kernels of convolutions around."""
    for inner in getattr(layer, "flattened_layers", getattr(layer, "layers", [])):
        flip(inner)
    if isinstance(layer, Container) or not hasattr(layer, "W_shape"):
        return
    kernel = layer.W.get_value()
    th = getattr(layer, "dim_ordering", "tf") == "th"
    space = range(2, kernel.ndim) if th else range(kernel.ndim - 2)
    turned = tuple(slice(None, None, -1) if axis in space else slice(None) for axis in range(kernel.ndim))
    layer.W.set_value(kernel[turned])


def sample(shape, name, random):
    if name == "embedding":
        return random.randint(0, 20, (2, 10)).astype("float32")
    array = random.uniform(-1, 1, (2, *shape[1:])).astype("float32")
    if name == "simple_rnn":
        array[0, 3:] = 0
    return array


def save(model, name, models):
    """Adds the file that Keras writes; zipped, since such a file is mostly empty."""
    path = Path(tempfile.mkdtemp()) / f"{name}.h5"
    model.save(str(path))
    models.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)


def main():
    assert keras.__version__ == "1.2.2"
    found = {}
    models = zipfile.ZipFile(str(HERE / "models.zip"), "w")
    for build in MODELS:
        name = build.__name__
        random = np.random.RandomState(sum(map(ord, name)))
        keras.backend.common.reset_uids()
        model = build()
        fill(model, random)
        save(model, name, models)
        flip(model)
        shapes = model.input_shape if isinstance(model.input_shape, list) else [model.input_shape]
        inputs = [sample(shape, name, random) for shape in shapes]
        outputs = model.predict(inputs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        for kind, arrays in ("input", inputs), ("output", outputs):
            for index, array in enumerate(arrays):
                found[f"{name}/{kind}{index}"] = array
        print(name, file=sys.stderr)
    models.close()
    np.savez_compressed(str(HERE / "expected.npz"), **found)


if __name__ == "__main__":
    main()
