"""The artifact in a real page: Chromium fetches it over HTTP and gives Node's numbers."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import GOLDEN

import converter
from converter.parity.runtimes import running

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
PACKAGES = Path(__file__).parents[2] / "custom_layers_js" / "node_modules" / "@tensorflow"
SCRIPTS = [
    "tfjs-core/dist/tf-core.min.js",
    "tfjs-layers/dist/tf-layers.min.js",
    "tfjs-backend-cpu/dist/tf-backend-cpu.min.js",
    "tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
]
PREDICT = """async ([backend, shape, values]) => {
  if (backend === 'wasm') tf.wasm.setWasmPaths('/tfjs-backend-wasm/dist/');
  if (!await tf.setBackend(backend)) throw new Error('no backend ' + backend);
  const model = await tf.loadLayersModel('/artifact/model.json');
  return Array.from(await model.predict(tf.tensor(values, shape)).data());
}"""
# The artifact's own module, registered twice; and the model as it comes back from being saved.
CUSTOM = """async ([backend, shape, values]) => {
  if (backend === 'wasm') tf.wasm.setWasmPaths('/tfjs-backend-wasm/dist/');
  if (!await tf.setBackend(backend)) throw new Error('no backend ' + backend);
  const missing = await tf.loadLayersModel('/custom/model.json').catch((error) => error.message);
  const { register } = await import('/custom/custom_layers.js');
  register(tf);
  register(tf);
  const model = await tf.loadLayersModel('/custom/model.json');
  let saved;
  await model.save(tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }));
  const reloaded = await tf.loadLayersModel(tf.io.fromMemory(saved));
  const run = async (each) => Array.from(await each.predict(tf.tensor(values, shape)).data());
  return [missing, await run(model), await run(reloaded), reloaded.outputs[0].shape];
}"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium or Chrome is not installed")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, saved_models: Path) -> Iterator[str]:
    root = tmp_path_factory.mktemp("site")
    for package in {script.split("/")[0] for script in SCRIPTS}:
        (root / package).symlink_to(PACKAGES / package)
    rules = ["uint8:*/kernel", "float16:*/bias"]
    source = GOLDEN / "residual_dense_network.h5"
    converter.convert(source, root / "artifact", quantize=rules, shard_size=1000, verify=False)
    converter.convert(saved_models / "known.h5", root / "custom", verify=False)
    tags = "".join(f'<script src="/{script}"></script>' for script in SCRIPTS)
    (root / "index.html").write_text(f"<!doctype html><title>artifact</title>{tags}")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/index.html|{root / 'artifact'}"
    server.shutdown()
    server.server_close()
    thread.join()


def evaluated(url: str, script: str, backend: str, picture: np.ndarray) -> Any:
    """What a script makes of a picture in a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(url)
        shown = page.evaluate(script, [backend, list(picture.shape), picture.ravel().tolist()])
        browser.close()
    return shown


@pytest.mark.parametrize("backend", ["wasm", "cpu"])
def test_a_page_gives_the_numbers_of_node(site: str, backend: str) -> None:
    url, artifact = site.split("|")
    picture = np.random.default_rng(5).uniform(0, 1, (1, 9, 7, 3)).astype("float32")
    shown = evaluated(url, PREDICT, backend, picture)
    with running(backend, print) as runner:
        (expected,) = runner.run(Path(artifact), [picture])
    assert expected.shape == (1, 18, 14, 3)
    assert np.abs(np.float32(shown) - expected.ravel()).max() < 1e-5


def test_a_page_registers_the_custom_layers_of_an_artifact(site: str) -> None:
    url, artifact = site.split("|")
    custom = Path(artifact).with_name("custom")
    picture = np.random.default_rng(6).uniform(0, 1, (1, 5, 7, 3)).astype("float32")

    missing, shown, reloaded, declared = evaluated(url, CUSTOM, "wasm", picture)

    with running("wasm", print) as runner:
        (expected,) = runner.run(custom, [picture], custom / "custom_layers.js")
    assert "Unknown layer: MultiplyBeta" in missing
    assert declared == [None, None, None, 3]
    assert expected.shape == (1, 10, 14, 3)
    assert np.abs(np.float32(shown) - expected.ravel()).max() < 1e-5
    assert reloaded == shown
