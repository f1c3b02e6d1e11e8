"""Pooling of one, two and three dimensions: by windows, over everything, to a given size."""

# L is what everybody calls keras.layers.
# ruff: noqa: N803
from __future__ import annotations

from tests.corpus.cases import KERAS_3, Family

LINE, IMAGE, CUBE = (9, 4), (7, 6, 4), (5, 4, 6, 3)
FIRST = {"data_format": "channels_first"}
SHAPES = {1: LINE, 2: IMAGE, 3: CUBE}
SHAPES_FIRST = {1: (4, 9), 2: (4, 7, 6), 3: (3, 5, 4, 6)}

windows = Family("pooling", __file__)
for rank, shape in SHAPES.items():
    for kind in ("Max", "Average"):
        cls, label = f"{kind}Pooling{rank}D", f"{kind.lower()}_pooling_{rank}d"
        windows.layers(
            shape,
            {
                label: lambda L, cls=cls: getattr(L, cls)(2),
                f"{label}_same": lambda L, cls=cls: getattr(L, cls)(3, strides=2, padding="same"),
                f"{label}_overlapping": lambda L, cls=cls: getattr(L, cls)(3, strides=1),
            },
        )
        windows.layers(SHAPES_FIRST[rank], {f"{label}_first": lambda L, cls=cls: getattr(L, cls)(2, **FIRST)})
windows.layers(
    IMAGE,
    {
        "max_pooling_2d_unequal": lambda L: L.MaxPooling2D((3, 2), strides=(2, 1), padding="same"),
        "average_pooling_2d_unequal": lambda L: L.AveragePooling2D((2, 3), strides=(1, 2)),
    },
)
windows.layers((None, None, 3), {"max_pooling_2d_free": lambda L: L.MaxPooling2D(2, padding="same")})

everything = Family("pooling global", __file__)
for rank, shape in SHAPES.items():
    for kind in ("Max", "Average"):
        cls, label = f"Global{kind}Pooling{rank}D", f"global_{kind.lower()}_pooling_{rank}d"
        everything.layers(
            shape,
            {
                label: lambda L, cls=cls: getattr(L, cls)(),
                f"{label}_keepdims": lambda L, cls=cls: getattr(L, cls)(keepdims=True),
            },
        )
        everything.layers(
            SHAPES_FIRST[rank],
            {
                f"{label}_first": lambda L, cls=cls: getattr(L, cls)(**FIRST),
                f"{label}_first_keepdims": lambda L, cls=cls: getattr(L, cls)(keepdims=True, **FIRST),
            },
        )
everything.layers((None, None, 3), {"global_average_pooling_2d_free": lambda L: L.GlobalAveragePooling2D()})
everything.layers(
    (None, None, 3), {"global_max_pooling_2d_free_keepdims": lambda L: L.GlobalMaxPooling2D(keepdims=True)}
)

adaptive = Family("pooling adaptive", __file__, keras=KERAS_3)
for rank, shape in SHAPES.items():
    for kind in ("Max", "Average"):
        cls, label = f"Adaptive{kind}Pooling{rank}D", f"adaptive_{kind.lower()}_pooling_{rank}d"
        adaptive.layers(shape, {label: lambda L, cls=cls: getattr(L, cls)(2)})
adaptive.layers(
    IMAGE,
    {
        "adaptive_average_pooling_2d_uneven": lambda L: L.AdaptiveAveragePooling2D((3, 4)),
        "adaptive_average_pooling_2d_one": lambda L: L.AdaptiveAveragePooling2D(1),
    },
)
adaptive.layers(
    (4, 7, 6), {"adaptive_max_pooling_2d_first": lambda L: L.AdaptiveMaxPooling2D((3, 2), **FIRST)}
)
