"""Every layer of Keras, its options, and many graphs: exact in TensorFlow.js, or refused by name.

By default a few models of each family run, in one format each. ``pytest --all-models tests/corpus`` runs all
of them in both formats; ``python -m tests.corpus`` prints what became of them as a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from tests.corpus.cases import FORMATS, Case, all_cases
from tests.corpus.harness import Outcome, judge, run_cases
from tests.corpus.table import not_exact, share_exact, silent

A_FEW = {3: 2, 2: 1}
"""How many models of a family run by default, by version of Keras: most families are those of both."""
LEAST_MODELS = {3: 380, 2: 340}
LEAST_EXACT = 0.97

pytestmark = pytest.mark.runtime


def _cases(major: int, *, large: bool = False) -> list[Case]:
    return [case for case in all_cases().values() if major in case.keras and case.large == large]


def _some(cases: Sequence[Case], few: int) -> list[Case]:
    """A few of each family, as far apart as can be."""
    families: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        families[case.family].append(case)
    return [
        members[index]
        for members in families.values()
        for index in sorted({len(members) * (2 * part + 1) // (2 * few) for part in range(few)})
    ]


def _check(outcomes: Sequence[Outcome]) -> None:
    """Fails with the list of all that is not as its case says."""
    unexpected = [outcome for outcome in outcomes if not outcome.as_expected]
    if unexpected:
        pytest.fail(not_exact(unexpected), pytrace=False)


def test_there_are_enough_models() -> None:
    for major, least in LEAST_MODELS.items():
        cases = _cases(major)
        assert len(cases) >= least
        assert sum(bool(case.refused) for case in cases) <= (1 - LEAST_EXACT) * len(cases)


@pytest.mark.parametrize(
    ("found", "declared", "verdict"),
    [
        ([[1.0, 200.0]], [None, 2], "exact"),
        ([[1.019, 200.0]], [1, 2], "exact"),
        ([[1.021, 200.0]], [None, 2], "wrong"),
        ([[float("nan"), 200.0]], [None, 2], "wrong"),
        ([[1.0], [200.0]], [None, 1], "shape"),
        ([[1.0, 200.0]], [None, 3], "declares"),
        ([[1.0, 200.0]], [None, 2, 1], "declares"),
    ],
)
def test_the_judge_sees_what_is_wrong(found: list, declared: list, verdict: str) -> None:
    wanted = np.float32([[1.0, 200.0]])
    assert judge([np.float32(found)], [declared], [wanted])[0] == verdict
    assert judge([np.float32(found)] * 2, [declared] * 2, [wanted])[0] == "shape"


@pytest.mark.parametrize("major", [3, 2])
def test_a_few_models_of_every_family(major: int) -> None:
    _check(list(run_cases(_some(_cases(major), A_FEW[major]), major, ["alternate"])))


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("major", [3, 2])
@pytest.mark.all_models
def test_all_models(major: int, extension: str) -> None:
    outcomes = list(run_cases(_cases(major), major, [extension]))
    assert not silent(outcomes), not_exact(silent(outcomes))
    assert share_exact(outcomes) >= LEAST_EXACT, not_exact(outcomes)
    _check(outcomes)


@pytest.mark.parametrize("major", [3, 2])
@pytest.mark.all_models
def test_every_application(major: int) -> None:
    _check(list(run_cases(_cases(major, large=True), major, ["alternate"])))
