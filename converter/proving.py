"""Proof as a step: begun early, run when the artifact stands, judged."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter.artifact.writer import write_model
from converter.contract import Contract
from converter.errors import ParityError
from converter.model import Model
from converter.progress import Progress
from converter.quantization.affine import encode
from converter.shims.shim import Shim
from converter.sources.original import Original

if TYPE_CHECKING:
    from converter.parity.proof import Proof


@contextlib.contextmanager
def proof_of(
    original: Original,
    shims: Mapping[str, Shim],
    contract: Contract,
    wanted: bool | None,
    backend: str,
    progress: Progress,
    images: str | Path | None = None,
) -> Iterator[Proof | None]:
    """A proof that has begun; None where none is wanted, or nobody asked and the runtimes are missing.

    Raises:
        MissingRuntimeError: when it is wanted and a runtime is missing.
    """
    if wanted is False or (wanted is None and not _can_prove()):
        yield None
        return
    from converter.parity.proof import Proof

    folder = None if images is None else Path(images)
    with Proof(original, shims, contract, backend=backend, progress=progress, images=folder) as proof:
        yield proof


def _can_prove() -> bool:
    from converter.parity.runtimes import missing

    return not missing()


def run_proof(
    proof: Proof,
    write_floats: Callable[[Path], object],
    artifact: Path,
    min_psnr: float | None,
    *,
    quantized: bool,
) -> dict[str, Any]:
    """Both parts of a proof; the record for ``parity.json``.

    Args:
        proof: as ``proof_of`` began it.
        write_floats: writes the artifact with the weights before quantization into a folder.
        artifact: the folder to prove.
        min_psnr: the least quality in dB.
        quantized: whether the artifact's weights are quantized.
    """
    if not quantized:
        return proof.run(artifact, None, min_psnr)
    plain = proof.folder / "plain"
    plain.mkdir()
    write_floats(plain)
    return proof.run(plain, artifact, min_psnr)


def floats_of(model: Model) -> Callable[[Path], object]:
    """What writes a layers model as it is, without quantization."""
    return lambda folder: write_model(model, [encode(each, "none") for each in model.weights()], folder)


def check_passed(parity: dict[str, Any]) -> None:
    """Turns a failed proof into its error.

    Raises:
        ParityError: with the parity record as its ``parity``.
    """
    if parity["passed"]:
        return
    conversion, quantization = parity["conversion"], parity["quantization"]
    for part in filter(None, (conversion, quantization)):
        if part["failed"]:
            first = part["failed"][0]
            raise ParityError(
                "parity-run",
                f"sample '{first['sample']}'",
                f"{first['error']}.",
                "See it with --no-verify, or try --backend cpu.",
                parity=parity,
            )
    check_layers(parity["custom_layers"], parity)
    if not conversion["passed"]:
        worst = conversion["worst"]["max_abs"]
        gap = "other shapes" if worst is None else f"a difference of {worst:.3g}"
        raise ParityError(
            "parity-conversion",
            "the artifact before quantization",
            f"it gives {gap}, and {conversion['tolerance']:g} of the output's range is allowed.",
            "A layer computes something else in TensorFlow.js. To look into it, convert with --no-verify.",
            parity=parity,
        )
    worst = quantization["worst"]["psnr"]
    raise ParityError(
        "parity-quantization",
        "the quantized artifact",
        f"the worst sample has {'no finite PSNR' if worst is None else f'{worst:.1f} dB'}, "
        f"and {quantization['min_psnr']:g} dB are asked for.",
        "Quantize less (uint16, or --quantize uint16:PATTERN for some weights), or lower --min-psnr.",
        parity=parity,
    )


def check_layers(layers: Sequence[Mapping[str, Any]], parity: dict[str, Any] | None = None) -> None:
    """Turns a custom layer that computes something else into its error.

    Raises:
        ParityError: with the parity record as its ``parity``.
    """
    for layer in layers:
        if not layer["passed"]:
            raise ParityError(
                "parity-layer",
                f"custom layer {layer['class_name']} ({layer['origin']})",
                f"{layer['failures'][0]}.",
                "Write its JavaScript by hand and name it by --layers-js FILE.js.",
                parity=parity,
            )


def warnings_of(contract: Contract, parity: dict[str, Any]) -> list[str]:
    """What a user should know though nothing failed."""
    found = []
    low, high = contract.input_range
    if contract.range_assumed and any(each.is_image for each in contract.inputs):
        found.append(
            f"The input range was assumed to be {low:g}..{high:g}; say --input-range LOW,HIGH otherwise."
        )
    if not parity.get("proven"):
        return found
    if "keras" in parity["reference"] and parity["original_keras"] == 2:
        found.append(
            f"Keras {parity['reference']['keras']} ran the original, which is a Keras 2 file; "
            "for Keras 2 itself: pip install --no-deps tf_keras."
        )
    found += _of_own_precision(parity.get("own_precision"))
    restated = parity["reference"].get("restated_from")
    if restated is not None and parity["original_keras"] == 1:
        found.append(
            f"No Keras of today loads a file of {restated}: the original was "
            "run in our own translation to Keras 2, and is taken to be trained on TensorFlow, not Theano."
        )
    elif restated is not None:
        found.append(f"The file holds no architecture: Keras ran our own description of {restated}.")
    found += [
        f"Run on the cpu backend instead of wasm: {reason}" for reason in parity["runtime"]["fallbacks"]
    ]
    found += [
        f"Sample '{each['sample']}' was skipped: the original says: {each['error']}"
        for each in parity["skipped"]
    ]
    return found


def _of_own_precision(record: Mapping[str, Any] | None) -> list[str]:
    """How far an original of low precision is from its own weights in float32, which were the reference."""
    if not record:
        return []
    text = "The original was compared as Keras computes its weights in float32"
    part = record["worst_part"]
    if record["failed"]:
        return [f"{text}; as it is, Keras cannot run it: {record['failed'][0]['error']}"]
    if part is None:
        return [f"{text}; as it is, its outputs overflow."]
    return [f"{text}; as it is, it differs from that by {part:.2g} of the outputs' range at most."]
