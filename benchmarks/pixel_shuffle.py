"""A pixel shuffle as a custom layer and as a transposed convolution, in TensorFlow.js under Node.

``python benchmarks/pixel_shuffle.py`` shows what ``--no-custom-layers`` costs; ``--save`` writes
``pixel_shuffle.md`` beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from converter.parity.runtimes import ensure_package, find_node

HERE = Path(__file__).resolve().parent
CASES = [[48, 48, 48, 4], [96, 96, 12, 2], [64, 64, 256, 2]]
"""Height, width and channels of the input, and the factor: idealo's RRDN, a last ×2, a middle ×2."""

NOTE = """\
Milliseconds on one picture, median (least) of {runs} runs after two to warm up, values read back; \
shuffle: `tf.depthToSpace`, as the custom layer calls it; convolution: `tf.conv2dTranspose` with the \
constant kernel. The outputs were equal in every case.\
"""


def main() -> None:
    """Measures, and shows a table in Markdown."""
    parser = argparse.ArgumentParser(description="Compare a pixel shuffle with its convolution.")
    parser.add_argument("--runs", type=int, default=15, help="measured runs of each (15)")
    parser.add_argument("--save", action="store_true", help="write pixel_shuffle.md")
    options = parser.parse_args()
    measured = _measure(options.runs)
    if not all(each["isEqual"] for each in measured):
        sys.exit("The outputs differ.")
    text = _markdown(measured, options.runs)
    Console(highlight=False).print(text, soft_wrap=True)
    if options.save:
        (HERE / "pixel_shuffle.md").write_text(text + "\n")


def _measure(runs: int) -> list[dict[str, Any]]:
    node = find_node()
    if node is None:
        sys.exit("There is no Node: pip install 'upconvert[verify]'")
    package = ensure_package(node, lambda what: print(what, file=sys.stderr))
    script = HERE / "pixel_shuffle.js"
    command = [node.program, script, package, json.dumps(CASES), str(runs)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _markdown(measured: list[dict[str, Any]], runs: int) -> str:
    machine = f"load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores"
    rows = [
        f"Made by `python benchmarks/pixel_shuffle.py --save --runs {runs}`; {machine}",
        "",
        "| backend | input | factor | shuffle | convolution | convolution / shuffle | added |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in measured:
        height, width, channels, factor = each["case"]
        shuffle, convolution = each["shuffle"], each["convolution"]
        rows.append(
            f"| {each['backend']} | {height}×{width}×{channels} | ×{factor} "
            f"| {_shown(shuffle)} | {_shown(convolution)} "
            f"| {median(convolution) / median(shuffle):.1f} "
            f"| {median(convolution) - median(shuffle):.1f} ms |"
        )
    return "\n".join([*rows, "", NOTE.format(runs=runs)])


def _shown(times: list[float]) -> str:
    return f"{median(times):.2f} ({min(times):.2f})"


if __name__ == "__main__":
    main()
