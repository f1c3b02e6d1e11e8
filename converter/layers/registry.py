"""Which layer classes TensorFlow.js knows, and why the others are missing."""

from __future__ import annotations

from converter.layers.configuration import brief

TFJS_VERSION = "4.22.0"
"""The release of ``@tensorflow/tfjs`` whose serialization map was read."""

TFJS_LAYERS = frozenset(
    {
        *("InputLayer", "Model", "Functional", "Sequential"),
        *("ReLU", "LeakyReLU", "PReLU", "ELU", "ThresholdedReLU", "Softmax", "Activation"),
        *("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose"),
        *("SeparableConv2D", "DepthwiseConv2D"),
        *("Cropping2D", "UpSampling2D", "ZeroPadding2D"),
        *("RNN", "SimpleRNN", "GRU", "LSTM", "ConvLSTM2D"),
        *("SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells", "ConvLSTM2DCell"),
        *("Dense", "Embedding", "Masking", "Flatten", "Reshape", "Permute", "RepeatVector"),
        *("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
        *("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"),
        *("BatchNormalization", "LayerNormalization"),
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
        *("AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D"),
        *("TimeDistributed", "Bidirectional"),
        *("Rescaling", "CenterCrop", "CategoryEncoding", "Resizing", "RandomWidth"),
    }
)
"""The class names that ``tf.loadLayersModel`` can turn into a layer or a model, without extra code."""

REGISTERED = {"Custom>CustomScaleLayer": "CustomScaleLayer"}
"""Keras 2's own classes that it registers as if they were a user's, by their names in Keras 3."""

_OPS = "calls a function of TensorFlow outside of any layer, and none that is known here"
_FLAT = "exists in TensorFlow.js only for two dimensions"
_SPATIAL = "does nothing at inference, but TensorFlow.js does not know its name"
_LOOKUP = (
    "looks up strings or numbers in a table, for which TensorFlow.js has no layer: do it before the model"
)
_AUGMENT = "augments training data and does nothing at inference, but TensorFlow.js does not know its name"
_STRINGS = (
    "looks up strings, and TensorFlow.js layers compute with numbers: do it before the model, which then "
    "takes what this layer gives"
)
_IMAGES = (
    "changes images at inference, too, by their histograms, for which TensorFlow.js has no layer: "
    "do it before the model"
)
_CODE = "holds a function of another framework, which no layers model can hold"
_SPECTRUM = (
    "transforms sound into its frequencies, for which TensorFlow.js has no layer: do it before the model"
)
_CUDNN = "runs only on a CUDA device: save the model with the plain layer of the same kind instead"
_TREE_SHAKEN = "stands in the source of TensorFlow.js, but no released bundle registers it"

MISSING = {
    "Lambda": "holds Python bytecode, which is never executed or unpickled here and which no browser can run",
    "TFOpLambda": _OPS,
    "SlicingOpLambda": "holds a slice of a tensor taken with [...] in a way that is not known here",
    "TensorFlowOpLayer": _OPS,
    "ClassMethod": _OPS,
    "InstanceMethod": _OPS,
    "InstanceProperty": _OPS,
    "ModuleWrapper": "wraps a tf.Module, whose Python code is not in the file",
    "KerasLayer": "wraps a TensorFlow Hub module, whose graph is not in the file",
    "MultiHeadAttention": _TREE_SHAKEN,
    "EinsumDense": _TREE_SHAKEN,
    "RandomHeight": _TREE_SHAKEN,
    "Attention": "has no counterpart in TensorFlow.js",
    "AdditiveAttention": "has no counterpart in TensorFlow.js",
    "Subtract": "is the one merging layer that TensorFlow.js lacks",
    "Normalization": "keeps a mean and a variance learnt from data; TensorFlow.js has only Rescaling",
    "GroupNormalization": "has no counterpart in TensorFlow.js, which normalizes batches and layers only",
    "UnitNormalization": "has no counterpart in TensorFlow.js, which normalizes batches and layers only",
    "RMSNormalization": "has no counterpart in TensorFlow.js, which normalizes batches and layers only",
    "SpectralNormalization": "constrains its inner layer in training; at inference that layer is enough",
    "SyncBatchNormalization": "is BatchNormalization under a name that TensorFlow.js does not know",
    "BatchNormalizationV1": "is BatchNormalization under a name that TensorFlow.js does not know",
    "BatchNormalizationV2": "is BatchNormalization under a name that TensorFlow.js does not know",
    "Identity": "names an initializer in TensorFlow.js, so that no layer can have this name",
    "ActivityRegularization": _SPATIAL,
    "SpatialDropout2D": _SPATIAL,
    "SpatialDropout3D": _SPATIAL,
    "CuDNNGRU": _CUDNN,
    "CuDNNLSTM": _CUDNN,
    **dict.fromkeys(
        (
            *("ZeroPadding1D", "ZeroPadding3D", "Cropping1D", "Cropping3D", "UpSampling1D", "UpSampling3D"),
            *("SeparableConv1D", "DepthwiseConv1D", "ConvLSTM1D", "ConvLSTM3D"),
        ),
        _FLAT,
    ),
    "Conv1DTranspose": "exists in TensorFlow.js only for two and three dimensions",
    "GlobalAveragePooling3D": "exists in TensorFlow.js only for one and two dimensions",
    "GlobalMaxPooling3D": "exists in TensorFlow.js only for one and two dimensions",
    "LocallyConnected1D": "has no counterpart in TensorFlow.js",
    "LocallyConnected2D": "has no counterpart in TensorFlow.js",
    **dict.fromkeys(
        ("Discretization", "Hashing", "IntegerLookup"),
        _LOOKUP,
    ),
    "HashedCrossing": "hashes pairs of values, for which TensorFlow.js has no layer: do it before the model",
    **dict.fromkeys(("StringLookup", "TextVectorization"), _STRINGS),
    "AutoContrast": _IMAGES,
    "ContrastLimitedAdaptiveHistogramEqualization": _IMAGES,
    "Equalization": _IMAGES,
    "DenseFeatures": "reads the feature columns of TensorFlow 1, which are Python code",
    "FeatureSpace": "holds a graph of preprocessing layers for strings and numbers: do it before the model",
    "FlaxLayer": _CODE,
    "JaxLayer": _CODE,
    "TFSMLayer": _CODE,
    "TorchModuleWrapper": _CODE,
    **dict.fromkeys(
        (
            *("AugMix", "CutMix", "MaxNumBoundingBoxes", "MixUp", "RandAugment", "RandomBrightness"),
            *("RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop"),
            *("RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur"),
            *("RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization"),
            *("RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation"),
            *("RandomZoom", "Solarization"),
        ),
        _AUGMENT,
    ),
    **dict.fromkeys(
        (
            *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
            *("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"),
        ),
        "has no counterpart in TensorFlow.js, which pools windows of one size",
    ),
    "GroupedQueryAttention": "has no counterpart in TensorFlow.js",
    "MelSpectrogram": _SPECTRUM,
    "STFTSpectrogram": _SPECTRUM,
    "Pipeline": "calls layers one behind the other; TensorFlow.js has Sequential",
    "ReversibleEmbedding": "goes both ways; TensorFlow.js has Embedding",
}
"""What is up with a Keras class that TensorFlow.js lacks: the end of a sentence that begins with its name."""


def explain(class_name: str) -> str:
    """One sentence, for people, on why TensorFlow.js cannot make a layer of this class; empty if it can.

    Args:
        class_name: as the configuration has it; a prefix such as ``Custom>`` is looked through.
    """
    if class_name in TFJS_LAYERS:
        return ""
    plain = class_name.rpartition(">")[2]
    if plain in MISSING:
        return f"{plain} {MISSING[plain]}."
    guess = suggest(plain)
    hint = f"; did you mean {guess}?" if guess else "."
    return f"{brief(plain)} is no layer that TensorFlow.js {TFJS_VERSION} knows{hint}"


def suggest(class_name: str) -> str | None:
    """The registered class whose name is closest, if one is close enough to be meant."""
    # Only needed on the way to an error message, so that the import is not paid for by everyone.
    from difflib import get_close_matches

    plain = class_name.rpartition(">")[2][:64]
    by_lower = {name.lower(): name for name in sorted(TFJS_LAYERS)}
    close = get_close_matches(plain.lower(), by_lower, n=1, cutoff=0.85)
    return by_lower[close[0]] if close else None
