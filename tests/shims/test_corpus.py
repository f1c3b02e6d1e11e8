"""Layers as people write them, translated and held against Keras."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "corpus")]
from case import Case, cases  # noqa: E402
from proving import Verdict, keras_runs, prove, verdict  # noqa: E402

from converter.parity.runtimes import NodeRunner, running  # noqa: E402


class Entry(NamedTuple):
    """A case, and the file that its class stands in."""

    module: Path
    case: Case


CORPUS = {
    case.name: Entry(module, case)
    for module in sorted((HERE / "corpus").glob("*.py"))
    if module.stem != "case"
    for case in cases(module)
}
NAMES = {
    expect: [name for name, entry in CORPUS.items() if entry.case.expect == expect]
    for expect in ("translate", "refuse", "either")
}
NOT_YET = {"SubPixelConv2D"}
"""Layers that could be translated and are refused so far, in the right words."""
EVERYTHING = bool(os.environ.get("UPCONVERT_WHOLE_CORPUS"))
"""Whether layers run on all their shapes and on both flavours of Keras, rather than on some in turn."""


def _jobs() -> dict[str, list[str]]:
    """The layers to run in each flavour of Keras."""
    jobs: dict[str, list[str]] = {"keras": [], "tf_keras": []}
    for index, name in enumerate(sorted(NAMES["translate"] + NAMES["either"])):
        flavours = CORPUS[name].case.keras
        for flavour in flavours if EVERYTHING else (flavours[-1] if index % 3 else flavours[0],):
            jobs[flavour].append(name)
    return jobs


@pytest.fixture(scope="session")
def on_cpu() -> Iterator[NodeRunner]:
    with running("cpu", print) as runner:
        yield runner


@pytest.fixture(scope="session")
def verdicts(
    tensorflow_js: NodeRunner, on_cpu: NodeRunner, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Verdict]:
    runs = keras_runs(_jobs(), tmp_path_factory.mktemp("keras"), whole=EVERYTHING)
    found = {name: verdict(entry.module, name) for name, entry in CORPUS.items()}
    prove(runs, found, (tensorflow_js, on_cpu), tmp_path_factory.mktemp("javascript"))
    return found


@pytest.mark.runtime
@pytest.mark.parametrize("name", NAMES["translate"])
def test_layer_is_translated_and_right(name: str, verdicts: dict[str, Verdict]) -> None:
    found = verdicts[name]
    assert not found.failures, "\n".join(found.failures)
    if name in NOT_YET:
        _assert_refused(found)
    else:
        assert found.refusal is None, str(found.refusal)
        assert found.runs > 0


@pytest.mark.runtime
@pytest.mark.parametrize("name", NAMES["either"])
def test_pitfall_is_right_or_refused(name: str, verdicts: dict[str, Verdict]) -> None:
    found = verdicts[name]
    assert not found.failures, "\n".join(found.failures)
    assert found.runs > 0 or found.refusal is not None


@pytest.mark.parametrize("name", NAMES["refuse"])
def test_what_cannot_be_translated_is_refused(name: str) -> None:
    found = verdict(CORPUS[name].module, name)
    assert not found.failures, "\n".join(found.failures)
    _assert_refused(found)


def _assert_refused(found: Verdict) -> None:
    assert found.refusal is not None, "it was translated"
    assert found.refusal.exit_code == 4
    assert found.refusal.why
    assert found.refusal.fix


@pytest.mark.runtime
def test_most_of_the_corpus_is_translated_and_nothing_is_wrong(verdicts: dict[str, Verdict]) -> None:
    right = [name for name in NAMES["translate"] if verdicts[name].shim and not verdicts[name].failures]
    wrong = [name for name, found in verdicts.items() if found.failures]
    assert not wrong
    assert len(NAMES["translate"]) >= 40
    assert len(NAMES["refuse"]) >= 6
    assert len(set(NAMES["translate"][:40]) & set(right)) >= 36
    assert len(right) >= 0.9 * len(NAMES["translate"])


def test_no_two_layers_share_a_name() -> None:
    modules = [module for module in (HERE / "corpus").glob("*.py") if module.stem != "case"]
    assert sum(len(cases(module)) for module in modules) == len(CORPUS)
