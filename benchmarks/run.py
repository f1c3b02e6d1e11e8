"""upconvert beside the official converter and beside the least that any converter could take.

``make bench`` runs it; ``--save`` writes ``results.json`` and ``results.md`` beside this file. Linux only.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import render
from environments import REPOSITORY, Environment, build, official_requirements
from measure import cached, drop, run
from results import Case, Comparison, Figures, Goal, Install, Results, Series
from rich.console import Console

HERE = Path(__file__).resolve().parent
FLOOR = "import sys, shutil, numpy, h5py; shutil.copyfile(*sys.argv[1:])"
SAMPLED_RUNS = 3

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True)
class Tool:
    """A converter, or what stands in for one: its command for a source and an output, and its files."""

    name: str
    command: Callable[[Path, Path], list[str | Path]]
    files: list[Path]


@dataclass(frozen=True)
class Job:
    """A model and how often each tool runs on it.

    Attributes:
        twin: the same model in a file that the official converter can read, where it cannot read ``source``.
    """

    label: str
    source: Path
    repeats: int
    official_repeats: int
    twin: Path | None = None


def main() -> None:
    """Measures what the command line asks for, and shows it."""
    if sys.platform != "linux":
        sys.exit("The benchmark needs Linux: it reads /proc and drops files from the page cache.")
    options = _options()
    with tempfile.TemporaryDirectory(prefix=".work-", dir=HERE) as scratch:
        results = _measure(options, Path(scratch))
    render.show(results, console)
    if options.save:
        (HERE / "results.json").write_text(json.dumps(asdict(results), indent=1) + "\n")
        (HERE / "results.md").write_text(render.markdown(results))
    if not all(case.comparison.identical for case in results.cases):
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare upconvert with tensorflowjs_converter.")
    parser.add_argument("--reference", type=Path, required=True, help="environment of the official converter")
    parser.add_argument("--repeats", type=int, default=9, help="runs; a third on the largest model (9)")
    parser.add_argument("--official-repeats", type=int, default=3, help="of the official converter (3)")
    parser.add_argument("--quick", action="store_true", help="the real RDN alone, 3 runs, no installation")
    parser.add_argument("--skip-install", action="store_true", help="do not measure the installation")
    parser.add_argument("--save", action="store_true", help="write results.json and results.md")
    options = parser.parse_args()
    if options.quick:
        options.repeats, options.skip_install = 3, True
    return options


def _measure(options: argparse.Namespace, scratch: Path) -> Results:
    load = os.getloadavg()[0]
    _say("installing upconvert as users have it")
    core, seconds = build(scratch / "core", [str(REPOSITORY)])
    reference = Environment(options.reference.resolve())
    installs = [] if options.skip_install else _installs(core, seconds, scratch)
    tools = _tools(core, reference)
    # Only what lies on the disk can be dropped from the page cache.
    os.sync()
    cases = [_case(job, tools, scratch) for job in _jobs(options, scratch)]
    return Results(
        command=_command(options),
        machine={**_machine(), "load before": f"{load:.1f}"},
        versions={
            "upconvert": core.versions("upconvert", "numpy", "h5py"),
            "official": reference.versions("tensorflowjs", "tensorflow", "numpy", "h5py"),
        },
        cases=cases,
        goals=_goals(core, scratch, repeats=options.repeats, proofs=1 if options.quick else 3),
        installs=installs,
    )


def _tools(core: Environment, reference: Environment) -> list[Tool]:
    convert, official = core.program("convert"), reference.program("tensorflowjs_converter")
    ours = ["--quantize", "uint8", "--no-verify"]
    theirs = ["--input_format", "keras", "--quantize_uint8=*"]
    files = core.files()
    return [
        Tool("upconvert", lambda source, out: [convert, source, out, *ours], files),
        Tool("official", lambda source, out: [official, *theirs, source, out], reference.files()),
        Tool("floor", lambda source, out: [core.program("python"), "-c", FLOOR, source, out], files),
    ]


def _jobs(options: argparse.Namespace, scratch: Path) -> list[Job]:
    small, few = options.repeats, options.official_repeats
    large = max(1, small // 3)
    jobs = [Job("idealo RDN (real)", _rdn(scratch), small, few)]
    if not options.quick:
        jobs += [
            Job("ResNet-50 (generated)", _generated("resnet50", scratch), small, few),
            _of_keras_3(scratch, small, few),
            Job("wide VGG-16 (generated)", _generated("wide-vgg16", scratch), large, min(large, few)),
        ]
    return jobs


def _rdn(scratch: Path) -> Path:
    command = [sys.executable, "-m", "examples.idealo"]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return Path(shutil.copy(done.stdout.strip(), scratch / "rdn.h5"))


def _generated(name: str, scratch: Path) -> Path:
    """A model of ``models.py``, written by a process of its own so that this one stays small."""
    path = scratch / f"{name}.h5"
    subprocess.run([sys.executable, HERE / "models.py", name, path], check=True)
    return path


def _of_keras_3(scratch: Path, repeats: int, official_repeats: int) -> Job:
    """ResNet-50 as Keras 3 saves it; the official converter gets it from Keras 2."""
    subprocess.run([sys.executable, HERE / "keras3.py", scratch], check=True, capture_output=True)
    label = "ResNet-50 of Keras 3 (the official converter: its Keras 2 twin)"
    return Job(label, scratch / "resnet50.keras", repeats, official_repeats, scratch / "resnet50-keras2.h5")


def _case(job: Job, tools: list[Tool], scratch: Path) -> Case:
    outputs = {tool.name: scratch / f"out-{tool.name}" for tool in tools}
    figures = {tool.name: Figures() for tool in tools}
    runs = {tool.name: job.official_repeats if tool.name == "official" else job.repeats for tool in tools}

    def once(tool: Tool, series: Series, *, sampled: bool = False) -> None:
        _remove(outputs[tool.name])
        source = job.twin if job.twin is not None and tool.name == "official" else job.source
        series.runs.append(run(tool.command(source, outputs[tool.name]), sampled=sampled))

    _say(f"{job.label}: memory")
    for turn in range(SAMPLED_RUNS):
        for tool in tools:
            if turn < (1 if tool.name == "official" else SAMPLED_RUNS):
                once(tool, figures[tool.name].sampled, sampled=True)
    comparison = _compare(outputs["upconvert"], outputs["official"])
    sources = [job.source] if job.twin is None else [job.source, job.twin]
    for source in sources:
        _settle(source)
    for turn in range(job.repeats):
        _say(f"{job.label}: time, {turn + 1} of {job.repeats}")
        for tool in tools:
            if turn < runs[tool.name]:
                found = figures[tool.name]
                files = [*sources, *tool.files]
                drop(files)
                if not turn:
                    found.uncached = 1 - cached(files) / sum(path.stat().st_size for path in files)
                once(tool, found.cold)
                once(tool, found.warm)
            _remove(outputs[tool.name])
    return Case(job.label, job.source.stat().st_size, **figures, comparison=comparison)


def _settle(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(output: Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    else:
        output.unlink(missing_ok=True)


def _compare(ours: Path, official: Path) -> Comparison:
    manifest = _manifest(official)
    shards = [name for group in manifest for name in group["paths"]]
    return Comparison(
        shards=len(shards),
        nbytes=sum((official / name).stat().st_size for name in shards),
        differing=[name for name in shards if _digest(ours / name) != _digest(official / name)],
        manifests_equal=_manifest(ours) == manifest,
    )


def _manifest(artifact: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((artifact / "model.json").read_text())["weightsManifest"]
    return found


def _digest(path: Path) -> bytes | None:
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else None


def _goals(core: Environment, scratch: Path, repeats: int, proofs: int) -> list[Goal]:
    out = scratch / "proven"
    help_command: list[str | Path] = [core.program("upconvert"), "--help"]
    convert = Path(sys.executable).parent / "convert"
    proof_command: list[str | Path] = [
        convert,
        _rdn(scratch),
        out,
        "--quantize",
        "uint8",
        "--verify",
        "--force",
    ]
    _say("upconvert --help")
    goals = [Goal("upconvert --help", 0.3, _series(help_command, repeats))]
    _say("a conversion of the RDN with its proof")
    run(proof_command)  # the first proof of all installs TensorFlow.js
    return [*goals, Goal("convert rdn.h5 out --quantize uint8 --verify", 20, _series(proof_command, proofs))]


def _series(command: list[str | Path], repeats: int) -> Series:
    return Series([run(command) for _ in range(repeats)])


def _installs(core: Environment, seconds: float, scratch: Path) -> list[Install]:
    _say("installing the official converter, which takes minutes")
    official, official_seconds = build(scratch / "official", official_requirements())
    return [
        Install("upconvert", seconds, core.nbytes(), core.packages()),
        Install("tensorflowjs and its pins", official_seconds, official.nbytes(), official.packages()),
    ]


def _command(options: argparse.Namespace) -> str:
    flags = [
        f"--reference {options.reference.name}",
        *(f"--{name.replace('_', '-')}" for name in ("quick", "skip_install", "save") if vars(options)[name]),
        f"--repeats {options.repeats} --official-repeats {options.official_repeats}",
    ]
    return f"python benchmarks/run.py {' '.join(flags)}"


def _machine() -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = [line.split(":")[1].strip() for line in lines if "model name" in line]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "CPU": cpu[0] if cpu else platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / 2**30:.0f} GiB",
        "Linux": platform.release(),
        "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
    }


def _say(what: str) -> None:
    Console(stderr=True, highlight=False).print(f"… {what}", style="dim")


if __name__ == "__main__":
    main()
