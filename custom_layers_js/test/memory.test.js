/** Tensors do not pile up, and a wasm backend that fails is replaced. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { useBackend } from '../backend.js';
import { ModelRunner } from '../run.js';
import { layers as tfl, tf } from '../tf.js';
import { chain, editModelJson, numbers, saveModel, temporaryFolder } from './models.js';

const { layers } = tfl;
const folder = await temporaryFolder();
await useBackend('wasm');

/**
 * Saves a model, of which nothing stays in memory, and a request to run it.
 * @param {string} name
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {number[]} shape
 * @returns {Promise<import('../request.js').RunRequest>}
 */
async function requestFor(name, model, shape) {
  const file = await saveModel(model, path.join(folder, name));
  const input = path.join(folder, `${name}.bin`);
  const size = shape.reduce((product, length) => product * length, 1);
  await fs.writeFile(input, new Float32Array(numbers(size)));
  return {
    id: 1, op: 'run', model: file, outputs: path.join(folder, `${name}-out`),
    inputs: [{ file: input, shape, dtype: 'float32' }],
  };
}

const dense = await requestFor('dense', chain([3], [layers.dense({ units: 2 })]), [5, 3]);

/** @returns {number} */
function liveTensors() {
  return tf.memory().numTensors;
}

test('runs, fallbacks, evictions and errors leave no tensors', async () => {
  const stateful = tfl.sequential({
    layers: [layers.bidirectional({
      layer: layers.lstm({ units: 2, stateful: true }), mergeMode: 'concat',
      batchInputShape: [1, 3, 2],
    })],
  });
  const requests = [
    dense,
    await requestFor('stateful', stateful, [1, 3, 2]),
    await requestFor('fallback',
      chain([2, 2, 2, 1], [layers.conv3dTranspose({ filters: 1, kernelSize: 2 })]),
      [1, 2, 2, 2, 1]),
    await requestFor('vector', chain([1], [layers.dense({ units: 1 })]), [4]),
    await requestFor('cannot', chain([2, 2], [layers.softmax({ axis: 1 })]), [1, 2, 2]),
  ];
  const unloadable = await requestFor('unloadable', chain([3], [
    layers.dense({ units: 4 }), layers.dense({ units: 2 }),
  ]), [1, 3]);
  await editModelJson(unloadable.model, (json) => {
    json.weightsManifest[0].weights[0].name = 'stranger';
  });
  requests.push(unloadable);

  const runner = new ModelRunner('wasm');
  const before = liveTensors();
  /** @type {number[]} */
  const after = [];
  for (let round = 0; round < 3; round++) {
    const results = [];
    for (const request of [...requests, ...requests.toReversed()]) {
      results.push(await runner.run(request).then(() => 'ok', (error) => error.stage));
    }
    assert.deepEqual(results, [
      'ok', 'ok', 'ok', 'ok', 'predict', 'load', 'load', 'predict', 'ok', 'ok', 'ok', 'ok',
    ]);
    after.push(liveTensors());
  }
  assert.deepEqual(after, Array(3).fill(after[0]), 'every round ends alike');
  runner.dispose();
  assert.equal(liveTensors(), before);
  assert.equal(tf.engine().state.activeScope ?? null, null);
});

test('memory that wasm cannot give is an error, and small models still run', async () => {
  const runner = new ModelRunner('wasm');
  await useBackend('wasm');
  const before = liveTensors();
  // Just under and well over the 4 GiB that wasm can address.
  for (const [height, width] of [[32_768, 32_767], [40_000, 40_000]]) {
    const padded = await requestFor(`padded${height}`, chain([1, 1, 1], [
      layers.zeroPadding2d({ padding: [[0, height - 1], [0, width - 1]] }),
    ]), [1, 1, 1, 1]);
    await assert.rejects(runner.run(padded), {
      stage: 'predict',
      message: `the wasm backend has no memory left for ${height * width * 4} bytes`,
    });
  }
  await runner.run(dense);
  runner.dispose();
  assert.equal(liveTensors(), before);
});

test('after a crash of the wasm code a new backend starts', async () => {
  const runner = new ModelRunner('wasm');
  const before = liveTensors();
  await runner.run(dense);
  const crashed = /** @type {any} */ (tf.backend());
  const { _malloc: malloc } = crashed.wasm;
  let calls = 0;
  crashed.wasm._malloc = (/** @type {number} */ bytes) => {
    if (++calls === 2) throw new WebAssembly.RuntimeError('unreachable');
    return malloc(bytes);
  };
  await assert.rejects(runner.run(dense), { stage: 'predict', message: 'unreachable' });
  assert.equal((await runner.run(dense)).backend, 'wasm');
  assert.notEqual(tf.backend(), crashed);
  runner.dispose();
  assert.equal(liveTensors(), before);
});
