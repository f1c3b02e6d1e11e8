"""The operations of ``keras.ops``: what they are called on, how they are made, and what shape they give.

The names are those of the classes that Keras 3 writes into files
(https://github.com/keras-team/keras/tree/v3.8.0/keras/src/ops), but for ``SquaredDifference``, which is
TensorFlow's alone. What each computes stands under its name in ``custom_layers_js/operations``.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """An operation that can be converted.

    Attributes:
        called_on: the parameters of ``call``, in order; ``*`` before one that takes all that are left.
        made_with: the parameters of the constructor, which are its settings.
        shape: what is known of the shape of its result where the file does not tell: ``broadcast``,
            ``reduced``, or nothing.
    """

    called_on: tuple[str, ...]
    made_with: tuple[str, ...] = ()
    shape: str = ""


def _rows(names: str, called_on: str, made_with: str = "", shape: str = "") -> dict[str, Row]:
    row = Row(tuple(called_on.split()), tuple(made_with.split()), shape)
    return dict.fromkeys(names.split(), row)


_EACH = "broadcast"
_OVER = "reduced"

ROWS: dict[str, Row] = {
    **_rows(
        "Abs Absolute Fabs Negative Reciprocal Square Sqrt Rsqrt Cbrt Exp Exp2 Expm1 Log Log2 Log10 Log1p "
        "Sin Cos Tan Arcsin Arccos Arctan Sinh Cosh Tanh Arcsinh Arccosh Arctanh Deg2rad Rad2deg Sinc Erf "
        "Erfc Floor Ceil Trunc Sign Signbit Copy Real Conj Conjugate Imag LogicalNot Isnan Isinf Isfinite "
        "Isposinf Isneginf Isreal Relu Relu6 Selu Sigmoid Silu LogSigmoid Softplus Softsign HardSigmoid "
        "HardSilu HardTanh TanhShrink SparsePlus SparseSigmoid",
        "x",
        shape=_EACH,
    ),
    **_rows(
        "Add Subtract SquaredDifference Multiply Divide TrueDivide DivideNoNan FloorDivide Mod Fmod Power "
        "Maximum Minimum Fmax Fmin Logaddexp Logaddexp2 Ldexp Hypot Arctan2 Heaviside Equal NotEqual Greater "
        "GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalXor",
        "x1 x2",
        shape=_EACH,
    ),
    **_rows("BitwiseAnd", "x y", shape=_EACH),
    **_rows("Round", "x", "decimals", _EACH),
    **_rows("Clip", "x", "x_min x_max", _EACH),
    **_rows("NanToNum", "x", "nan posinf neginf", _EACH),
    **_rows("StopGradient", "variable", shape=_EACH),
    **_rows("ConvertToTensor", "x", "dtype sparse ragged", _EACH),
    **_rows("Array Cast SaturateCast ZerosLike EmptyLike OnesLike", "x", "dtype", _EACH),
    **_rows("Isclose", "x1 x2 rtol atol", "equal_nan", _EACH),
    **_rows("Where", "condition x1 x2", shape=_EACH),
    **_rows("LeakyRelu", "x", "negative_slope", _EACH),
    **_rows("Elu Celu", "x", "alpha", _EACH),
    **_rows("HardShrink SoftShrink", "x", "threshold", _EACH),
    **_rows("Threshold", "x", "threshold default_value", _EACH),
    **_rows("Squareplus", "x", "b", _EACH),
    **_rows("Gelu", "x", "approximate", _EACH),
    **_rows("Glu", "x", "axis"),
    **_rows("Softmax LogSoftmax", "x", "axis", _EACH),
    **_rows(
        "Sum Mean Amax Amin Ptp Var Std Logsumexp All Any Argmax Argmin Median Nansum Nanprod Nanmax Nanmin "
        "Nanmean Nanvar Nanstd Nanargmax Nanargmin",
        "x",
        "axis keepdims",
        _OVER,
    ),
    **_rows("Max Min", "x", "axis keepdims initial", _OVER),
    **_rows("Prod", "x", "axis keepdims dtype", _OVER),
    **_rows("Norm", "x", "ord axis keepdims", _OVER),
    **_rows("CountNonzero", "x", "axis", _OVER),
    **_rows("Average", "x weights", "axis", _OVER),
    **_rows("Moments", "x", "axes keepdims synchronized"),
    **_rows("Quantile Percentile", "x q", "axis method keepdims"),
    **_rows("Cumsum Cumprod Nancumsum Nancumprod", "x", "axis dtype"),
    **_rows("Sort Argsort", "x", "axis"),
    **_rows("TopK", "x", "k sorted"),
    **_rows("Normalize", "x", "axis order epsilon", _EACH),
    **_rows("Diff", "a", "n axis"),
    **_rows("Trapezoid", "y", "x dx axis"),
    **_rows("Reshape", "x", "newshape"),
    **_rows("Ravel Fliplr Flipud Size Ndim", "x"),
    **_rows("Transpose", "x", "axes"),
    **_rows("Swapaxes", "x", "axis1 axis2"),
    **_rows("Moveaxis", "x", "source destination"),
    **_rows("ExpandDims Squeeze Flip", "x", "axis"),
    **_rows("BroadcastTo", "x", "shape"),
    **_rows("Rot90", "array", "k axes"),
    **_rows("Roll", "x", "shift axis", _EACH),
    **_rows("Repeat", "x", "repeats axis"),
    **_rows("Tile", "x", "repeats"),
    **_rows("Pad", "x constant_values", "pad_width mode"),
    **_rows("GetItem", "x key"),
    **_rows("Slice", "inputs start_indices", "shape"),
    **_rows("SliceUpdate", "inputs start_indices updates"),
    **_rows("Take TakeAlongAxis", "x indices", "axis"),
    **_rows("Concatenate", "xs", "axis"),
    **_rows("Append", "x1 x2", "axis"),
    **_rows("Stack", "x", "axis"),
    **_rows("Vstack Hstack Dstack", "xs"),
    **_rows("Split ArraySplit", "x", "indices_or_sections axis"),
    **_rows("Hsplit Vsplit Dsplit", "x", "indices_or_sections"),
    **_rows("Unstack", "x", "num axis"),
    **_rows("Meshgrid", "*x", "indexing"),
    **_rows("Diagonal Trace", "x", "offset axis1 axis2"),
    **_rows("Diag Diagflat", "x", "k"),
    **_rows("Tril Triu", "x", "k", _EACH),
    **_rows("OneHot", "x", "num_classes axis dtype sparse"),
    **_rows("MultiHot", "inputs", "num_classes axis dtype sparse"),
    **_rows("FullLike", "x fill_value", "dtype", _EACH),
    **_rows("Full", "fill_value", "shape dtype"),
    **_rows("Vander", "x", "N increasing"),
    **_rows("Select", "condlist choicelist default"),
    **_rows("Digitize", "x bins"),
    **_rows("Matmul", "x1 x2", "transpose_a transpose_b"),
    **_rows("Dot Inner Vdot Outer Kron", "x1 x2"),
    **_rows("Cross", "x1 x2", "axisa axisb axisc axis"),
    **_rows("Tensordot", "x1 x2", "axes"),
    **_rows("Einsum", "*operands", "subscripts"),
    **_rows("CDist", "x y"),
    **_rows("BatchNorm", "x mean variance offset scale", "axis epsilon", _EACH),
    **_rows("LayerNorm", "x gamma beta", "axis epsilon rms_scaling", _EACH),
    **_rows("RMSNorm", "x scale", "axis epsilon", _EACH),
    **_rows("MaxPool AveragePool", "inputs", "pool_size strides padding data_format"),
    **_rows("Conv DepthwiseConv", "inputs kernel", "strides padding data_format dilation_rate"),
    **_rows(
        "SeparableConv",
        "inputs depthwise_kernel pointwise_kernel",
        "strides padding data_format dilation_rate",
    ),
    **_rows("DepthToSpace SpaceToDepth", "x", "block_size data_format"),
    **_rows("BinaryCrossentropy", "target output", "from_logits", _EACH),
    **_rows(
        "DotProductAttention",
        "query key value bias mask scale",
        "is_causal flash_attention attn_logits_soft_cap",
    ),
    **_rows("RGBToGrayscale", "images", "data_format"),
    **_rows(
        "CropImages",
        "images",
        "top_cropping left_cropping bottom_cropping right_cropping target_height target_width data_format",
    ),
    **_rows(
        "PadImages",
        "images",
        "top_padding left_padding bottom_padding right_padding target_height target_width data_format",
    ),
    **_rows(
        "Resize",
        "images",
        "size interpolation antialias crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value "
        "data_format",
    ),
    **_rows("ExtractPatches", "images", "size strides dilation_rate padding data_format"),
    **_rows("PSNR", "x1 x2", "max_val"),
}
"""The operations that have a counterpart in JavaScript, and ``Resize``, which is a layer there."""

MUST_BE: dict[tuple[str, str], tuple[object, ...]] = {
    ("ConvertToTensor", "sparse"): (None, False),
    ("ConvertToTensor", "ragged"): (None, False),
    ("DotProductAttention", "attn_logits_soft_cap"): (None,),
    ("DotProductAttention", "flash_attention"): (None, False),
    ("Isclose", "equal_nan"): (False,),
    ("MultiHot", "sparse"): (False,),
    ("OneHot", "sparse"): (False,),
    ("Quantile", "method"): (None, "linear"),
    ("SaturateCast", "dtype"): ("float32",),
    ("TopK", "sorted"): (None, True),
}
"""Settings that are understood with these values only."""

_CODE = "it runs Python functions, which no file of a model holds"
_COMPLEX = "it computes with complex numbers, which layers of TensorFlow.js do not pass on"
_MATRIX = "TensorFlow.js has no kernel for this decomposition of matrices"
_TRAINING = "it is a loss, which nobody needs at inference"
_VALUES = "the shape of its result hangs on the values of its input"
_BITS = "TensorFlow.js computes with 32 bits and has no such operation on them"
_RARE = "no layer is known that computes it"


def _refused(why: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), why)


REFUSED: dict[str, str] = {
    **_refused(_CODE, "AssociativeScan Cond ForiLoop Map Scan Switch VectorizedMap WhileLoop JVP"),
    **_refused(_COMPLEX, "Angle FFT FFT2 IFFT2 IRFFT ISTFT RFFT STFT Polar ViewAsComplex ViewAsReal"),
    **_refused(
        _MATRIX,
        "Cholesky CholeskyInverse Det Eig Eigh Inv Logdet Lstsq LuFactor MatrixRank Pinv Qr SVD Slogdet "
        "Solve SolveTriangular",
    ),
    **_refused(_TRAINING, "CTCDecode CTCLoss CategoricalCrossentropy SparseCategoricalCrossentropy"),
    **_refused(_VALUES, "Arange Geomspace Linspace Logspace Nonzero Unique Bincount Histogram"),
    "Shape": "a size that it gives is known only when the model runs",
    **_refused(
        _BITS,
        "BitwiseInvert BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor LeftShift "
        "RightShift View Nextafter Gcd Lcm",
    ),
    **_refused(
        _RARE,
        "AdaptiveAveragePool AdaptiveMaxPool AffineTransform AllClose Argpartition ConvTranspose Corrcoef "
        "Correlate ElasticTransform Erfinv ExtractSequences Fold GaussianBlur HSVToRGB I0 InTopK IsIn "
        "MapCoordinates Nanmedian Nanpercentile Nanquantile PerspectiveTransform RGBToHSV SSIM "
        "ScaleAndTranslate Scatter ScatterUpdate SearchSorted SegmentMax SegmentMin SegmentProd "
        "SegmentReduction SegmentSum SobelEdges Sparsemax Unfold UnravelIndex",
    ),
}
"""Operations that are refused, and why."""
