"""Weights that are missing, misnamed, of the wrong kind, or hold what no weight should."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from attack import KERNEL, Family, edited
from h5py import h5d, h5p, h5s, h5t

WEIGHTS = Family()
LAYER = "model_weights/dense"


def stored(folder: Path, data: object, **properties: object) -> Path:
    """The first weight replaced."""
    with edited(folder) as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, data=data, **properties)
    return folder / "model.h5"


def named(folder: Path, names: Sequence[str | bytes]) -> Path:
    """The first layer's list of weights replaced."""
    with edited(folder) as file:
        file[LAYER].attrs["weight_names"] = np.array([n.encode() if isinstance(n, str) else n for n in names])
    return folder / "model.h5"


def without(folder: Path, path: str) -> Path:
    with edited(folder) as file:
        del file[path]
    return folder / "model.h5"


@WEIGHTS.attack("h5-missing")
def no_weights_at_all(folder: Path) -> Path:
    return without(folder, "model_weights")


@WEIGHTS.attack("h5-missing")
def no_group_for_a_layer(folder: Path) -> Path:
    return without(folder, LAYER)


@WEIGHTS.attack("h5-missing")
def no_array_for_a_weight(folder: Path) -> Path:
    return without(folder, KERNEL)


@WEIGHTS.attack("h5-missing")
def no_list_of_weights(folder: Path) -> Path:
    with edited(folder) as file:
        del file[LAYER].attrs["weight_names"]
    return folder / "model.h5"


@WEIGHTS.attack("weights-missing")
def empty_list_of_weights(folder: Path) -> Path:
    return named(folder, np.array([], "S1"))


@WEIGHTS.attack("weights-missing")
def bias_not_listed(folder: Path) -> Path:
    return named(folder, ["dense/kernel:0"])


@WEIGHTS.attack("weight-shape")
def weights_listed_in_another_order(folder: Path) -> Path:
    return named(folder, ["dense/bias:0", "dense/kernel:0"])


@WEIGHTS.attack("weights-surplus")
def weight_listed_twice(folder: Path) -> Path:
    return named(folder, ["dense/kernel:0", "dense/bias:0", "dense/bias:0"])


@WEIGHTS.attack("h5-missing")
def parent_path(folder: Path) -> Path:
    return named(folder, ["../dense_1/dense_1/kernel:0", "dense/bias:0"])


@WEIGHTS.attack("h5-missing")
def absolute_path(folder: Path) -> Path:
    return named(folder, ["/dense/kernel:0", "dense/bias:0"])


@WEIGHTS.attack("h5-missing")
def path_with_dots(folder: Path) -> Path:
    return named(folder, ["./dense/./kernel:0", "dense/bias:0"])


@WEIGHTS.attack("h5-missing")
def path_with_double_slash(folder: Path) -> Path:
    return named(folder, ["dense//kernel:0", "dense/bias:0"])


@WEIGHTS.attack("h5-missing")
def empty_name(folder: Path) -> Path:
    return named(folder, ["", "dense/bias:0"])


@WEIGHTS.attack("h5-corrupt")
def name_not_utf8(folder: Path) -> Path:
    return named(folder, [b"dense/k\xffrnel:0", "dense/bias:0"])


@WEIGHTS.attack("h5-missing")
def weight_name_with_nul(folder: Path) -> Path:
    """C reads it as ``dense/kernel:0``."""
    return named(folder, [b"dense/kernel:0\0x", "dense/bias:0"])


@WEIGHTS.attack("h5-missing")
def name_with_newline(folder: Path) -> Path:
    return named(folder, ["dense/kernel\n\x1b[31m:0", "dense/bias:0"])


@WEIGHTS.attack("", exit_code=0)
def name_in_unicode(folder: Path) -> Path:
    """No tensor of TensorFlow.js can have this name, but Keras goes by the order."""
    with edited(folder) as file:
        file.move(KERNEL, "model_weights/dense/dense/kérnel_核:0")
        names = ["dense/kérnel_核:0".encode(), b"dense/bias:0"]
        file[LAYER].attrs["weight_names"] = np.array(names)
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def names_as_numbers(folder: Path) -> Path:
    with edited(folder) as file:
        file[LAYER].attrs["weight_names"] = np.arange(2)
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def names_as_one_text(folder: Path) -> Path:
    with edited(folder) as file:
        file[LAYER].attrs["weight_names"] = "dense/kernel:0"
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def names_as_references(folder: Path) -> Path:
    with edited(folder) as file:
        references = np.array([file[KERNEL].ref, file[LAYER].ref], dtype=h5py.ref_dtype)
        file[LAYER].attrs.create("weight_names", references, dtype=h5py.ref_dtype)
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def names_as_lists_of_numbers(folder: Path) -> Path:
    with edited(folder) as file:
        names = np.empty(2, object)
        names[:] = [np.arange(3, dtype="i4")] * 2
        file[LAYER].attrs.create("weight_names", names, dtype=h5py.vlen_dtype("i4"))
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def names_as_records(folder: Path) -> Path:
    with edited(folder) as file:
        file[LAYER].attrs["weight_names"] = np.zeros(2, [("a", "S4"), ("b", "f4")])
    return folder / "model.h5"


@WEIGHTS.attack("weights-missing")
def names_empty_space(folder: Path) -> Path:
    with edited(folder) as file:
        file[LAYER].attrs["weight_names"] = h5py.Empty("S4")
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def group_for_an_array(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        file.create_group(KERNEL)
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def type_for_an_array(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        file[KERNEL] = np.dtype("f4")
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def array_for_a_layer(folder: Path) -> Path:
    with edited(folder) as file:
        del file[LAYER]
        file[LAYER] = np.zeros(3)
    return folder / "model.h5"


@WEIGHTS.attack("h5-corrupt")
def array_for_all_weights(folder: Path) -> Path:
    with edited(folder) as file:
        del file["model_weights"]
        file["model_weights"] = np.zeros(3)
    return folder / "model.h5"


@WEIGHTS.attack("topology")
def weights_of_a_layer_that_is_not_there(folder: Path) -> Path:
    with edited(folder) as file:
        file.copy(LAYER, "model_weights/ghost")
    return folder / "model.h5"


@WEIGHTS.attack("weight-shape")
def wrong_shape(folder: Path) -> Path:
    return stored(folder, np.zeros((9, 7), "<f4"))


@WEIGHTS.attack("weight-shape")
def wrong_rank(folder: Path) -> Path:
    return stored(folder, np.zeros(63, "<f4"))


@WEIGHTS.attack("weight-shape")
def scalar(folder: Path) -> Path:
    return stored(folder, np.float32(1))


@WEIGHTS.attack("weight-shape")
def size_zero(folder: Path) -> Path:
    return stored(folder, np.zeros((0, 9), "<f4"))


@WEIGHTS.attack("h5-corrupt")
def no_shape(folder: Path) -> Path:
    return stored(folder, h5py.Empty("<f4"))


@WEIGHTS.attack("weight-dtype", exit_code=4)
def records(folder: Path) -> Path:
    return stored(folder, np.zeros((7, 9), [("a", "<f4"), ("b", "<i2")]))


@WEIGHTS.attack("weight-dtype", exit_code=4)
def opaque(folder: Path) -> Path:
    return stored(folder, np.zeros((7, 9), "V3"))


@WEIGHTS.attack("weight-dtype", exit_code=4)
def text(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), b"abc"))


@WEIGHTS.attack("h5-size")
def text_of_any_length(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), "abc", object), dtype=h5py.string_dtype())


@WEIGHTS.attack("weight-dtype", exit_code=4)
def references(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), None), dtype=h5py.ref_dtype)


@WEIGHTS.attack("weight-dtype", exit_code=4)
def bytes_with_a_sign(folder: Path) -> Path:
    return stored(folder, np.zeros((7, 9), "i1"))


@WEIGHTS.attack("weight-dtype", exit_code=4)
def arrays_of_arrays(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        properties = h5p.create(h5p.DATASET_CREATE)
        properties.set_alloc_time(h5d.ALLOC_TIME_EARLY)
        kind = h5t.array_create(h5t.IEEE_F32LE, (2, 2))
        h5d.create(file[LAYER + "/dense"].id, b"kernel:0", kind, h5s.create_simple((7, 9)), properties)
    return folder / "model.h5"


@WEIGHTS.attack("quantize-range", exit_code=4)
def double_too_large(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), 1e300))


@WEIGHTS.attack("quantize-range", exit_code=4)
def integer_too_large(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), 2**40))


@WEIGHTS.attack("quantize-range", exit_code=4, quantize=["uint8"])
def nan_in_uint8(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), np.nan, "<f4"))


@WEIGHTS.attack("quantize-range", exit_code=4, quantize=["uint16"])
def infinity_in_uint16(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), -np.inf, "<f4"))


@WEIGHTS.attack("quantize-range", exit_code=4, quantize=["float16"])
def overflow_in_float16(folder: Path) -> Path:
    return stored(folder, np.full((7, 9), 1e9, "<f4"))


@WEIGHTS.attack("", quantize=["uint8"])
def largest_range_in_uint8(folder: Path) -> Path:
    return stored(folder, np.array([-3.4e38, 3.4e38] * 31 + [0], "<f4").reshape(7, 9))


@WEIGHTS.attack("", quantize=["uint8"])
def smallest_range_in_uint8(folder: Path) -> Path:
    return stored(folder, np.array([-1e-45, 1e-45] * 31 + [0], "<f4").reshape(7, 9))


@WEIGHTS.attack("")
def complex_numbers(folder: Path) -> Path:
    """TensorFlow.js has them, even if no layer wants them."""
    return stored(folder, np.ones((7, 9), "<c8"))


@WEIGHTS.attack("")
def big_endian(folder: Path) -> Path:
    return stored(folder, np.ones((7, 9), ">f4"))


@WEIGHTS.attack("")
def bfloat16_of_keras(folder: Path) -> Path:
    """Two bytes that HDF5 knows nothing of."""
    return stored(folder, np.full((7, 9), 0x3F80, "<u2").view("V2"))


@WEIGHTS.attack("")
def bfloat16(folder: Path) -> Path:
    """A float that numpy lacks: HDF5 itself must widen it."""
    with edited(folder) as file:
        del file[KERNEL]
        kind = h5t.IEEE_F32LE.copy()
        kind.set_fields(15, 7, 8, 0, 7)
        kind.set_size(2)
        kind.set_ebias(127)
        dataset = h5d.create(file[LAYER + "/dense"].id, b"kernel:0", kind, h5s.create_simple((7, 9)))
        dataset.write(h5s.ALL, h5s.ALL, np.ones((7, 9), "<f4"))
    return folder / "model.h5"
