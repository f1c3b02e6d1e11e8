"""Layers of several inputs."""

from __future__ import annotations

from tests.corpus.cases import KERAS_3, Family

LINE, IMAGE = (4, 5), (3, 4, 2)

merging = Family("merging", __file__)
KINDS = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
merging.models(
    {
        **{
            f"merge_{kind.lower()}_three": lambda k, kind=kind: k.model(
                inputs := k.inputs(LINE, LINE, LINE), getattr(k.layers, kind)()(inputs)
            )
            for kind in KINDS
        },
        **{
            f"merge_{kind.lower()}_two": lambda k, kind=kind: k.of_two(
                IMAGE, IMAGE, lambda a, b: getattr(k.layers, kind)()([a, b])
            )
            for kind in (*KINDS, "Subtract")
        },
        **{
            f"merge_{kind.lower()}_broadcast": lambda k, kind=kind: k.of_two(
                LINE, (1, 5), lambda a, b: getattr(k.layers, kind)()([a, b])
            )
            for kind in (*KINDS[:-1], "Subtract")
        },
        "merge_add_channels": lambda k: k.of_two(IMAGE, (1, 1, 2), lambda a, b: k.layers.Add()([a, b])),
        "merge_multiply_columns": lambda k: k.of_two(
            IMAGE, (3, 4, 1), lambda a, b: k.layers.Multiply()([a, b])
        ),
        "merge_add_free": lambda k: k.of_two((None, 5), (None, 5), lambda a, b: k.layers.Add()([a, b])),
        "merge_subtract_three_times": lambda k: k.of_two(
            LINE, LINE, lambda a, b: k.layers.Subtract()([k.layers.Subtract()([a, b]), k.layers.Dense(5)(b)])
        ),
        "concatenate_axis_1": lambda k: k.of_two(
            LINE, (2, 5), lambda a, b: k.layers.Concatenate(axis=1)([a, b])
        ),
        "concatenate_axis_minus_2": lambda k: k.of_two(
            LINE, (2, 5), lambda a, b: k.layers.Concatenate(axis=-2)([a, b])
        ),
        "concatenate_axis_minus_1": lambda k: k.of_two(
            LINE, (4, 2), lambda a, b: k.layers.Concatenate(axis=-1)([a, b])
        ),
        "concatenate_axis_minus_3": lambda k: k.of_two(
            IMAGE, (2, 4, 2), lambda a, b: k.layers.Concatenate(axis=-3)([a, b])
        ),
        "concatenate_free": lambda k: k.of_two(
            (None, 5), (None, 2), lambda a, b: k.layers.Concatenate()([a, b])
        ),
        "merge_ranks": lambda k: k.of_two((5,), LINE, lambda a, b: k.layers.Add()([a, b])),
    }
)

dots = Family("dot", __file__)
dots.models(
    {
        "dot_vectors": lambda k: k.of_two((5,), (5,), lambda a, b: k.layers.Dot(axes=1)([a, b])),
        "dot_vectors_normalized": lambda k: k.of_two(
            (5,), (5,), lambda a, b: k.layers.Dot(axes=-1, normalize=True)([a, b])
        ),
        "dot_matrices": lambda k: k.of_two((4, 5), (3, 5), lambda a, b: k.layers.Dot(axes=2)([a, b])),
        "dot_matrices_pair": lambda k: k.of_two(
            (4, 5), (5, 3), lambda a, b: k.layers.Dot(axes=(2, 1))([a, b])
        ),
        "dot_matrices_negative": lambda k: k.of_two(
            (4, 5), (3, 5), lambda a, b: k.layers.Dot(axes=-1)([a, b])
        ),
        "dot_matrices_normalized": lambda k: k.of_two(
            (4, 5), (3, 5), lambda a, b: k.layers.Dot(axes=2, normalize=True)([a, b])
        ),
        "dot_matrix_and_vector": lambda k: k.of_two(
            (4, 5), (5,), lambda a, b: k.layers.Dot(axes=(2, 1))([a, b])
        ),
        "dot_steps": lambda k: k.of_two((4, 5), (4, 3), lambda a, b: k.layers.Dot(axes=1)([a, b])),
    }
)
dots.models(
    {
        "dot_rank_4": lambda k: k.of_two(
            (2, 4, 5), (2, 3, 5), lambda a, b: k.layers.Dot(axes=(3, 3))([a, b])
        ),
    },
    keras=KERAS_3,
)
