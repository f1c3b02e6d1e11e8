"""The main job, once through: a trained Keras file becomes TensorFlow.js, and enlarges a picture.

Run it with ``make demo``. It converts the small model that lies beside this file, which was trained
without the photograph it is shown here (see ``train.py``). ``make demo-idealo`` takes idealo's
published model instead, which is fetched from npm.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import idealo
import pictures
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SMALL = ROOT / "examples" / "rdn-small.h5"


def main() -> None:
    """Converts, enlarges, and says where to look."""
    options = _options()
    out = options.out.resolve()
    source = idealo.model() if options.idealo else SMALL
    artifact = out / ("rdn-idealo" if options.idealo else "rdn-small")
    _convert(source, artifact)
    _enlarge(artifact, out)
    print("\nNext, a model of your own:")
    print(f"$ upconvert convert YOUR.h5 {_shown(out / 'yours')} --quantize uint8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--idealo", action="store_true", help="take idealo's own, larger model")
    parser.add_argument("--out", type=Path, default=ROOT / "demo", help="the folder to write to (demo)")
    return parser.parse_args()


def _convert(source: Path, artifact: Path) -> None:
    """Runs the command as a user would, and ends as it ends where it fails."""
    arguments = [
        "convert",
        _shown(source),
        _shown(artifact),
        "--quantize",
        "uint8",
        "--input-range",
        "0,1",
        "--force",
    ]
    print("$ upconvert", *arguments, flush=True)
    done = subprocess.run([sys.executable, "-m", "converter", *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _enlarge(artifact: Path, out: Path) -> None:
    """Lays what TensorFlow.js makes of a small picture beside what one has without it."""
    pair = pictures.photograph("astronaut", left=200, top=250, side=192)
    started = time.perf_counter()
    [output] = pictures.run_tensorflow_js([artifact], pictures.to_input(pair.low))
    seconds = time.perf_counter() - started
    size = f"{pair.low.width}x{pair.low.height}"
    found = {
        f"Nearest, from {size}": pair.enlarged(Image.Resampling.NEAREST),
        "Bicubic": pair.enlarged(Image.Resampling.BICUBIC),
        "TensorFlow.js, uint8": pictures.to_picture(output),
    }
    figures = {label: pair.psnr(picture) for label, picture in found.items()}
    panels = [pictures.Panel(label, f"PSNR {figures[label]:.2f} dB", found[label]) for label in found]
    sheet = out / "before-after.png"
    pictures.sheet(panels).save(sheet)
    record = [
        {"label": label, "psnr": figures[label], "box": pictures.box_of(index, panels)}
        for index, label in enumerate(found)
    ]
    sheet.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")
    print(f"\nTensorFlow.js doubled a picture of {size} in {seconds:.1f} s, the start of Node included.")
    for label, psnr in figures.items():
        print(f"  {label:24} {psnr:.2f} dB against the photograph")
    print(f"Before and after: {_shown(sheet)}")


def _shown(path: Path) -> str:
    """A path as one would type it at the project's root."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    main()
