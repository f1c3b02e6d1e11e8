"""Models with custom layers, converted as a user converts them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from conftest import upconvert

HERE = Path(__file__).parent
UPCONVERT = Path(sys.executable).with_name("upconvert")
OWN = ("--layers-from", HERE / "own_layers.py")


def changed(source: Path, target: Path, old: str, new: str) -> Path:
    """A copy of a model whose topology says something else."""
    shutil.copy(source, target)
    with h5py.File(target, "r+") as file:
        config = file.attrs["model_config"]
        assert old in config
        file.attrs["model_config"] = config.replace(old, new)
    return target


def test_known_classes_are_served_from_the_library(saved_models: Path, tmp_path: Path) -> None:
    ran = upconvert("convert", saved_models / "known.h5", tmp_path / "out", "--json")

    assert ran.code == 0, ran.err
    parity = ran.report["parity"]
    assert parity["conversion"]["passed"]
    assert parity["conversion"]["worst"]["max_abs"] < 1e-6
    assert {each["class_name"]: each["origin"] for each in ran.report["custom_layers"]} == {
        "MultiplyBeta": "the layer library",
        "PixelShuffle": "the layer library",
    }
    assert all(each["passed"] and each["runs"] == 6 for each in parity["custom_layers"])
    assert any("MultiplyBeta, PixelShuffle are taken to be" in each for each in ran.report["warnings"])
    integrity = json.loads((tmp_path / "out/integrity.json").read_text())
    assert {"custom_layers.js", "custom_layers.d.ts"} <= set(integrity)
    script = (tmp_path / "out/custom_layers.js").read_text()
    assert "definePixelShuffle" in script
    assert "Mish" not in script  # only what the model uses


def test_the_same_model_gives_the_same_bytes(saved_models: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        ran = upconvert("convert", saved_models / "own.h5", tmp_path / name, *OWN, "--no-verify")
        assert ran.code == 0, ran.err
    for file in ("model.json", "custom_layers.js", "custom_layers.d.ts", "group1-shard1of1.bin"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_own_layers_are_translated_and_proven(saved_models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = upconvert("convert", saved_models / "own.h5", out, *OWN, "--quantize", "uint16", "--json")

    assert ran.code == 0, ran.err
    (layer,) = ran.report["parity"]["custom_layers"]
    assert layer["passed"]
    assert layer["runs"] == 12  # two configurations, three sizes, with free sizes and with fixed ones
    assert layer["max_abs"] <= 1e-5
    assert "own_layers.py:" in layer["origin"]
    assert ran.report["parity"]["conversion"]["worst"]["max_abs"] <= 1e-5

    verified = upconvert("verify", saved_models / "own.h5", out, *OWN)
    assert verified.code == 0, verified.err
    # What lies in an artifact is code, and runs only where it is named.
    smaller = ("quantize", out, tmp_path / "small", "--quantize", "uint8")
    assert upconvert(*smaller).code == 4
    again = upconvert(*smaller, "--layers-js", out / "custom_layers.js", "--min-psnr", "20")
    assert again.code == 0, again.err
    ours, theirs = ((folder / "custom_layers.js").read_text() for folder in (out, tmp_path / "small"))
    assert ours.partition("*/")[2] == theirs.partition("*/")[2]


def test_a_class_name_that_tensorflow_js_rewrites(saved_models: Path, tmp_path: Path) -> None:
    ran = upconvert("convert", saved_models / "underscore.h5", tmp_path / "out", *OWN, "--json")

    assert ran.code == 0, ran.err
    assert ran.report["custom_layers"][0]["class_name"] == "SEBlock"
    assert '"class_name":"SEBlock"' in (tmp_path / "out/model.json").read_text()


def test_shims_alone_are_written_and_proven(saved_models: Path, tmp_path: Path) -> None:
    ran = upconvert("shims", saved_models / "own.h5", tmp_path / "out", *OWN, "--json")

    assert ran.code == 0, ran.err
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "custom_layers.d.ts",
        "custom_layers.js",
    ]
    assert ran.report["custom_layers"][0]["proof"]["passed"]

    again = ("shims", saved_models / "own.h5", tmp_path / "out", *OWN, "--no-verify")
    assert upconvert(*again).code == 2
    assert upconvert(*again, "--force").code == 0


def test_shims_do_not_replace_a_whole_artifact(saved_models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert upconvert("convert", saved_models / "known.h5", out, "--no-verify").code == 0

    assert upconvert("shims", saved_models / "known.h5", out, "--no-verify", "--force").code == 2
    assert (out / "model.json").exists()
    assert (out / "group1-shard1of1.bin").exists()


def test_a_file_without_use_is_told(saved_models: Path, tmp_path: Path) -> None:
    ran = upconvert("convert", saved_models / "known.h5", tmp_path / "out", *OWN, "--no-verify", "--json")

    assert ran.code == 0, ran.err
    assert any("own_layers.py: the model has no layer" in each for each in ran.report["warnings"])


def test_javascript_by_hand_is_taken_and_proven(saved_models: Path, tmp_path: Path) -> None:
    right = tmp_path / "right.js"
    right.write_text(
        """
const factor = 1;
export function defineForgetful(tf) {
  return class Forgetful extends tf.layers.Layer {
    static className = 'Forgetful';
    call(inputs) {
      return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, 0.5 * factor);
    }
  };
}
"""
    )
    wrong = tmp_path / "wrong.js"
    wrong.write_text(right.read_text().replace("0.5 * factor", "0.6"))
    # The Python of a class without get_config cannot be run from the file: it is compared as it stands there.
    source = changed(
        saved_models / "forgetful.h5",
        tmp_path / "source.h5",
        '"name": "forgetful"',
        '"name": "forgetful", "amount": 0.5',
    )

    ran = upconvert("convert", source, tmp_path / "out", *OWN, "--layers-js", right, "--json")
    assert ran.code == 0, ran.err
    assert ran.report["custom_layers"][0]["origin"] == "taken from right.js"

    ran = upconvert("convert", source, tmp_path / "other", *OWN, "--layers-js", wrong)
    assert ran.code == 5
    assert "custom layer Forgetful" in ran.err
    assert not (tmp_path / "other").exists()


def test_a_skeleton_is_finished_by_hand_and_taken(saved_models: Path, tmp_path: Path) -> None:
    script = tmp_path / "mine.js"
    skeleton = ("shims", saved_models / "noisy.h5", script, *OWN, "--skeleton")
    assert upconvert(*skeleton).code == 0
    assert upconvert(*skeleton).code == 2  # nothing of the user's is overwritten
    text = script.read_text()
    assert "own_layers.py:" in text
    text = text.replace("throw new Error('call is not written yet');", "return tf.clone([inputs].flat()[0]);")
    text = text.replace("throw new Error('computeOutputShape is not written yet');", "return inputShape;")
    script.write_text(text)

    convert = ("convert", saved_models / "noisy.h5", tmp_path / "out", "--layers-js", script)
    assert upconvert(*convert, "--no-verify").code == 0
    unproven = upconvert(*convert, "--force")
    assert unproven.code == 5
    assert "no Python of Noisy is at hand" in unproven.err
    # Noise cannot be proven, and is not.
    assert upconvert(*convert, *OWN, "--force").code == 5


@pytest.mark.parametrize(
    ("name", "arguments", "code", "words"),
    [
        ("own", (), 4, ["'ChannelGate'", "--layers-from"]),
        ("forgetful", OWN, 4, ["'forgetful'", "'amount'", "--model MODULE:NAME"]),
        ("noisy", OWN, 4, ["own_layers.py:", "tf.random.normal", "--layers-js"]),
        ("clash", (), 4, ["named Dense", "Rename"]),
        ("lambdas", (), 4, ["'PixelShuffle'", "MultiplyBeta", "--model", "--layers-from", "--lambda"]),
        ("known", ("--arch", "rdn"), 3, ["features"]),
        ("known", ("--lambda", "x=PixelShuffle:scale=2"), 2, ["no Lambda layer"]),
        ("known", ("--lambda", "x"), 2, ["no replacement"]),
        ("known", ("--layers-from", "no_such_file.py"), 2, ["no such file"]),
        ("known", ("--layers-from", "no.such.module"), 2, ["no Python module"]),
        ("own", (*OWN, "--layers-from", HERE / "own_layers.py"), 2, ["each defines a class ChannelGate"]),
        ("known", ("--layers-js", HERE / "own_layers.py"), 2, ["defines no layer"]),
        ("known", ("--arch", "rdn", "--model", "a:b"), 2, ["contradict"]),
        ("own", (*OWN, "--no-custom-layers", "--no-verify"), 2, ["without proof"]),
        ("own", ("--no-custom-layers",), 4, ["--no-custom-layers"]),
    ],
)
def test_what_cannot_be_is_refused(
    name: str, arguments: tuple[object, ...], code: int, words: list[str], saved_models: Path, tmp_path: Path
) -> None:
    ran = upconvert("convert", saved_models / f"{name}.h5", tmp_path / "out", *arguments)

    assert ran.code == code, ran.err
    assert all(word in ran.err for word in words), ran.err
    assert not (tmp_path / "out").exists()


def test_a_known_layer_stands_for_a_lambda(saved_models: Path, tmp_path: Path) -> None:
    ran = upconvert(
        *("convert", saved_models / "lambdas.h5", tmp_path / "out", "--json"),
        *("--lambda", "PixelShuffle=PixelShuffle:scale=2", "--lambda", "sca*=MultiplyBeta:beta=0.4"),
    )

    assert ran.code == 0, ran.err
    assert ran.report["parity"]["conversion"]["passed"]
    assert any("never run" in warning for warning in ran.report["warnings"])


def test_a_file_cannot_have_modules_imported(saved_models: Path, tmp_path: Path) -> None:
    """A class that the library serves does not open the door to the module that the file names."""
    (tmp_path / "planted.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    source = changed(
        saved_models / "known.h5",
        tmp_path / "source.h5",
        '"class_name": "MultiplyBeta"',
        '"module": "planted", "registered_name": "planted>run", "class_name": "MultiplyBeta"',
    )

    ran = upconvert("convert", source, tmp_path / "out", PYTHONPATH=str(tmp_path))

    assert ran.code == 3, ran.err
    assert "planted" in ran.err
    assert not (tmp_path / "ran").exists()


def test_a_proof_runs_nothing_of_the_current_folder(
    saved_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tensorflow", "numpy", "json", "tf_keras", "h5py"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    monkeypatch.chdir(tmp_path)

    done = subprocess.run(
        [UPCONVERT, "convert", saved_models / "known.h5", "out", "--json"], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["parity"]["proven"]
    assert not (tmp_path / "ran").exists()


def test_an_artifacts_own_class_is_not_taken_for_the_librarys(saved_models: Path, tmp_path: Path) -> None:
    out, small = tmp_path / "out", tmp_path / "small"
    assert upconvert("convert", saved_models / "known.h5", out, "--no-verify").code == 0
    assert upconvert("quantize", out, small, "--no-verify").code == 0
    script = out / "custom_layers.js"
    script.write_text(script.read_text().replace("tf.mul(", "tf.sub("))

    for source in (out, out / "model.json"):
        ran = upconvert("quantize", source, small, "--no-verify", "--force")
        assert ran.code == 4
        assert "a MultiplyBeta of its own" in ran.err
    named = upconvert("quantize", out, small, "--no-verify", "--force", "--layers-js", script)
    assert named.code == 0, named.err
    assert "tf.sub(" in (small / "custom_layers.js").read_text()


def test_without_custom_layers_nothing_is_needed(saved_models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = upconvert(
        "convert", saved_models / "known.h5", out, "--no-custom-layers", "--fold-scales", "--json"
    )

    assert ran.code == 0, ran.err
    assert ran.report["custom_layers"] == []
    assert not (out / "custom_layers.js").exists()
    assert ran.report["parity"]["conversion"]["worst"]["max_abs"] < 1e-6
    assert upconvert("verify", saved_models / "known.h5", out).code == 0
    # The built-in layers of an artifact are the same however it is read again.
    assert upconvert("quantize", out, tmp_path / "small", "--quantize", "uint16").code == 0
