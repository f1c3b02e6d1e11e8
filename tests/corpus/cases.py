"""What a model of the corpus is: a builder, what it is fed, and what conversion must make of it.

The builders are written once against either Keras (see ``kit.Kit``), so that importing them takes no
TensorFlow and tests can be named after them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Build = Callable[[Any], Any]
"""Takes a ``Kit``, gives a Keras model."""

EITHER, KERAS_2, KERAS_3 = (2, 3), (2,), (3,)
FORMATS = ("keras", "h5")


@dataclass(frozen=True)
class Case:
    """A model of the corpus.

    Attributes:
        name: unique among all.
        family: what the tables group by.
        build: makes the model.
        keras: the major versions of Keras that can build it.
        formats: the formats that Keras itself can save it in.
        values: what the inputs hold, for all of them or for each; see ``values.py``.
        policy: the dtype policy under which the saved model is built; what it computes is judged against
            a model built under ``float32`` that holds the same stored weights.
        weights: changes the model after its weights are set, such as quantizing them.
        reference: makes what computes the expected outputs, where it is not the model itself.
        refused: why it cannot be converted; empty if it must be exact.
        doubted: the backends on which TensorFlow.js itself is wrong, which conversion must say.
        constant: whether its outputs are the same everywhere, on purpose.
        large: whether it takes seconds rather than milliseconds; those run in the full form alone.
        source: the file that it stands in.
    """

    name: str
    family: str
    build: Build
    keras: tuple[int, ...] = EITHER
    formats: tuple[str, ...] = FORMATS
    values: str | Sequence[str] = "normal"
    policy: str = ""
    weights: Callable[[Any, Any], None] | None = None
    reference: Callable[[Any, Any], Any] | None = None
    refused: str = ""
    doubted: tuple[str, ...] = ()
    constant: bool = False
    large: bool = False
    source: Path = Path()


class Family:
    """Collects the cases of one kind.

    Args:
        name: what the tables call it.
        source: ``__file__`` of the module.
        **options: what all its cases share, see ``Case``.
    """

    def __init__(self, name: str, source: str, **options: Any) -> None:
        self.name = name
        self.options = {"source": Path(source), **options}
        self.cases: list[Case] = []

    def models(self, builders: Mapping[str, Build], **options: Any) -> None:
        """Whole models, built from a ``Kit``."""
        for name, build in builders.items():
            self.cases.append(Case(name, self.name, build, **{**self.options, **options}))

    def layers(
        self,
        shape: Sequence[int | None],
        builders: Mapping[str, Build],
        dtype: str | None = None,
        batch: int | None = None,
        **options: Any,
    ) -> None:
        """Models of one layer, or of several in a row, built from ``keras.layers``.

        Args:
            shape: of the input, without the batch.
            builders: take ``keras.layers``; give a layer or a tuple of them.
            dtype: of the input.
            batch: where the model fixes it.
            **options: see ``Case``.
        """

        def chain(build: Build) -> Build:
            return lambda kit: kit.chain(shape, build(kit.layers), dtype=dtype, batch=batch)

        self.models({name: chain(build) for name, build in builders.items()}, **options)


def all_cases() -> dict[str, Case]:
    """Every case by its name, family by family."""
    from tests.corpus import families

    cases: dict[str, Case] = {}
    for family in families.all_families():
        for case in family.cases:
            assert case.name not in cases, f"two cases are called {case.name}"
            cases[case.name] = case
    return cases
