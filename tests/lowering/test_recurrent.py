"""Recurrent layers and masks of both Kerases in real TensorFlow.js, against what Keras computes."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import converter
from converter.children import QUIET
from converter.errors import ConverterError
from converter.parity.runtimes import NodeRunner
from converter.shims.script import SCRIPT

HERE = Path(__file__).parent

OF_KERAS_3 = (
    *("gru", "gru_states", "gru_backwards", "gru_hard", "lstm", "lstm_hard", "lstm_states", "simplernn_none"),
    *("lstm_exponential", "activated_gelu", "activated_sparsemax", "activation_layer", "gru_before"),
    *("bidirectional_lstm", "bidirectional_gru", "bidirectional_gru_None", "bidirectional_gru_states"),
    *("bidirectional_lstm_other", "bidirectional_lstm_initial", "bidirectional_rnn_lstm", "rnns_lstm"),
    *("stateful_gru", "encoder_gru", "encoder_within", "nested", "rows", "same_states"),
    *("time_distributed_gru", "time_distributed_bidirectional_gru"),
    *("film1_same", "film2_hard", "film3_strides", "bidirectional_film2"),
    *("masked_gru_twice", "masked_gru_states", "masked_lstm_zero", "masked_initial_gru", "masked_value"),
    *("masked_bidirectional_gru", "masked_bidirectional_lstm_unroll", "masked_bidirectional_lstm_apart"),
    *("masked_embedding", "masked_embedding_sequential", "masked_dense", "masked_gap", "masked_softmax"),
    *("masked_leak", "masked_conv", "masked_arithmetic", "masked_shared", "masked_given"),
    "masked_of_another",
    *("masked_time_distributed_gru_lstm", "masked_film_given", "masked_attention", "masked_heads"),
    *("masked_added", "masked_half_added", "masked_joined", "masked_half_joined"),
    *("masked_into", "masked_out_of", "masked_deep", "masked_rows_gru"),
)
"""The most different of the models that ``recurrent_child.py`` can make."""
OF_KERAS_2 = (
    *("gru_sequences", "hard_before", "time_major", "bidirectional_gru_sum", "rnns_gru", "film2_same"),
    *("masked_gru", "masked_bidirectional_lstm", "masked_leak", "masked_gap", "masked_initial_lstm"),
    *("masked_added", "masked_half_added", "masked_joined", "masked_half_joined", "masked_out_of"),
    *("masked_time_distributed_lstm", "masked_rnn_lstm", "masked_heads"),
    *("cuda_lstm", "cuda_gru", "cuda_bidirectional"),
)
NAMES = {2: OF_KERAS_2, 3: OF_KERAS_3}
CASES = [(keras, name) for keras in (2, 3) for name in NAMES[keras]]
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a folder for each Keras: each model twice, and what it computes."""
    folder = tmp_path_factory.mktemp("recurrent")

    def save(keras: int) -> None:
        (folder / str(keras)).mkdir()
        subprocess.run(
            [
                *(sys.executable, str(HERE / "recurrent_child.py")),
                *(str(keras), str(folder / str(keras)), *NAMES[keras]),
            ],
            env={**os.environ, **QUIET, "TF_USE_LEGACY_KERAS": "1" if keras == 2 else "0"},
            capture_output=True,
            check=True,
        )

    with ThreadPoolExecutor() as pool:
        list(pool.map(save, (2, 3)))
    return folder


@pytest.mark.parametrize(("keras", "name"), CASES)
def test_it_computes_what_keras_does(
    saved: Path, tensorflow_js: NodeRunner, tmp_path: Path, keras: int, name: str
) -> None:
    with np.load(saved / str(keras) / f"{name}.npz") as arrays:
        given = [arrays[key] for key in sorted(arrays) if key.startswith("in")]
        wanted = [arrays[key] for key in sorted(arrays) if key.startswith("out")]
    # Each format is met as often.
    ending = (".keras", ".h5")[CASES.index((keras, name)) % 2]
    out = tmp_path / "out"
    converter.convert(saved / str(keras) / f"{name}{ending}", out, verify=False)
    script = out / SCRIPT
    found = tensorflow_js.run(out, given, script if script.exists() else None)
    assert [each.shape for each in found] == [each.shape for each in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(one - other).max() <= TOLERANCE * max(1, np.abs(other).max())


def test_cells_load_twice_on_one_page(saved: Path, tensorflow_js: NodeRunner, tmp_path: Path) -> None:
    """TensorFlow.js numbers names that are taken, which must not make those of other weights."""
    with np.load(saved / "3" / "rnns_lstm.npz") as arrays:
        given = [arrays["in00"]]
    for out in (tmp_path / "one", tmp_path / "other"):
        converter.convert(saved / "3" / "rnns_lstm.keras", out, verify=False)
        assert (out / SCRIPT).exists()
        tensorflow_js.run(out, given, out / SCRIPT)


NATIVE = ["lstm", "lstm_states", "bidirectional_lstm", "film2_hard", "masked_embedding", "masked_dense"]


@pytest.mark.parametrize("name", NATIVE)
def test_what_tensorflow_js_has_stays_its_own(saved: Path, tmp_path: Path, name: str) -> None:
    converter.convert(saved / "3" / f"{name}.keras", tmp_path / "out", verify=False)
    assert not (tmp_path / "out" / SCRIPT).exists()


@pytest.mark.parametrize(
    "name", ["gru", "film1_same", "masked_gap", "masked_added", "masked_given", "masked_leak"]
)
def test_what_takes_a_custom_layer_is_refused_without(saved: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConverterError) as caught:
        converter.convert(saved / "3" / f"{name}.keras", tmp_path / "out", verify=False, custom_layers=False)
    assert caught.value.code in {"layer-semantics", "unsupported-layer", "mask"}
