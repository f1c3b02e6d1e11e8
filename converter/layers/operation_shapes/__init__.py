"""The shapes that operations outside of layers give, where a file does not tell them."""

from __future__ import annotations

from collections.abc import Callable

from converter.layers.configuration import whole
from converter.layers.operation_shapes import axes, joining, pictures, products
from converter.layers.operation_shapes.base import Arguments, broadcast, reduced, shape_of
from converter.layers.operation_table import ROWS
from converter.layers.rule import Shapes
from converter.model import Shape


def shapes_of(operation: str, inputs: list[Shape], arguments: Arguments) -> Shapes | None:
    """The shapes of the outputs; ``None`` where the arguments make none.

    Args:
        operation: the name of its class in Keras 3.
        inputs: the shapes of its tensors.
        arguments: settings and arguments by name, as the file has them.
    """
    row = ROWS.get(operation)
    try:
        if operation in _SEVERAL:
            return _sizes(_SEVERAL[operation](inputs, arguments))
        if operation in _ONE:
            return _sizes((_ONE[operation](inputs, arguments),))
        if row is not None and row.shape == "broadcast":
            constants = (shape_of(value) for value in arguments.values() if not _is_tensor(value))
            return (broadcast([*inputs, *filter(None, constants)]),)
        if row is not None and row.shape == "reduced":
            return (reduced(inputs[0], arguments),)
    except (TypeError, ValueError, IndexError, AttributeError, KeyError, ZeroDivisionError, OverflowError):
        pass  # arguments that nobody can compute with are refused later
    return None


def _sizes(shapes: Shapes) -> Shapes:
    """The shapes, if these are sizes: the arguments may be anything.

    Raises:
        ValueError: when they are not.
    """
    if not all(size is None or whole(size) is not None for shape in shapes for size in shape or ()):
        raise ValueError
    return shapes


def _is_tensor(value: object) -> bool:
    return isinstance(value, dict) and "tensor" in value


_ONE: dict[str, Callable[[list[Shape], Arguments], Shape]] = {
    "Append": joining.append,
    "AveragePool": pictures.pooled,
    "BroadcastTo": axes.broadcast_to,
    "CDist": products.distances,
    "Concatenate": joining.concatenate,
    "Conv": pictures.convolved,
    "CropImages": pictures.framed(grow=False),
    "Cross": products.cross,
    "Cumprod": axes.running,
    "Cumsum": axes.running,
    "DepthToSpace": pictures.blocks(grow=True),
    "DepthwiseConv": pictures.depthwise,
    "Diag": axes.diag,
    "Diagflat": axes.diagflat,
    "Diagonal": axes.diagonal,
    "Diff": axes.diff,
    "Digitize": axes.same,
    "Dot": products.dot,
    "DotProductAttention": products.attended,
    "Dstack": joining.dstack,
    "Einsum": products.einsum,
    "ExpandDims": axes.expand_dims,
    "ExtractPatches": pictures.patches,
    "Flip": axes.same,
    "Fliplr": axes.same,
    "Flipud": axes.same,
    "Full": axes.broadcast_to,
    "GetItem": axes.item,
    "Glu": axes.halved,
    "Hstack": joining.hstack,
    "Inner": products.inner,
    "Kron": products.kron,
    "Matmul": products.matmul,
    "MaxPool": pictures.pooled,
    "Moveaxis": axes.moveaxis,
    "MultiHot": axes.multi_hot,
    "Nancumprod": axes.running,
    "Nancumsum": axes.running,
    "Ndim": axes.number,
    "OneHot": axes.one_hot,
    "Outer": products.outer,
    "PSNR": axes.number,
    "Pad": axes.pad,
    "PadImages": pictures.framed(grow=True),
    "Percentile": axes.quantile,
    "Quantile": axes.quantile,
    "RGBToGrayscale": pictures.grey,
    "Ravel": axes.ravel,
    "Repeat": axes.repeat,
    "Reshape": axes.reshape,
    "Resize": pictures.resized,
    "Rot90": axes.rot90,
    "Shape": axes.shape,
    "Argsort": axes.sort,
    "Sort": axes.sort,
    "Select": joining.select,
    "SeparableConv": pictures.convolved,
    "Size": axes.number,
    "Slice": axes.cut,
    "SliceUpdate": axes.same,
    "SpaceToDepth": pictures.blocks(grow=False),
    "Squeeze": axes.squeeze,
    "Stack": joining.stack,
    "Swapaxes": axes.swapaxes,
    "Take": joining.take,
    "TakeAlongAxis": joining.take_along_axis,
    "Tensordot": products.tensordot,
    "Tile": axes.tile,
    "Trace": axes.trace,
    "Transpose": axes.transpose,
    "Trapezoid": axes.trapezoid,
    "Vander": axes.vander,
    "Vdot": axes.number,
    "Vstack": joining.vstack,
}

_SEVERAL: dict[str, Callable[[list[Shape], Arguments], Shapes]] = {
    "ArraySplit": joining.split,
    "Dsplit": joining.split_along(2),
    "Hsplit": joining.split_along(1),
    "Meshgrid": joining.meshgrid,
    "Moments": axes.moments,
    "Split": joining.split,
    "TopK": axes.top_k,
    "Unstack": joining.unstack,
    "Vsplit": joining.split_along(0),
}
