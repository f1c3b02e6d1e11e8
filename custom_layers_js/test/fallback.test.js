/** Models with ops that the wasm backend lacks run on the cpu backend. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { useBackend } from '../backend.js';
import { layers as tfl, tf } from '../tf.js';
import { assertClose, chain, numbers, saveModel, temporaryFolder } from './models.js';
import { RunnerProcess, readOutput } from './runner_process.js';

/** @typedef {import('../tensors.js').DType} DType */

const { layers } = tfl;

await useBackend('cpu');
const folder = await temporaryFolder();

/** @type {RunnerProcess} */
let runner;
before(async () => {
  runner = new RunnerProcess('--backend', 'wasm');
  await runner.receive();
});
after(() => runner.end());

/**
 * @type {{
 *   name: string, shape: number[], dtype: DType, message: RegExp,
 *   layer: () => import('@tensorflow/tfjs-layers').layers.Layer,
 * }[]}
 */
const cases = [
  {
    name: 'a kernel that computes wrongly on wasm',
    layer: () => layers.conv3dTranspose({ filters: 2, kernelSize: 2 }),
    shape: [3, 3, 3, 2], dtype: 'float32',
    message: /does not support Conv3DBackpropInputV2: its kernel is wrong/,
  },
  {
    name: 'a kernel that refuses a type',
    layer: () => layers.maxPooling2d({ poolSize: 2 }),
    shape: [4, 4, 1], dtype: 'int32',
    message: /only float32 input is supported/,
  },
  {
    name: 'a kernel that takes every type for float32',
    layer: () => layers.batchNormalization(),
    shape: [3], dtype: 'int32',
    message: /does not support FusedBatchNorm of int32/,
  },
  {
    name: 'a kernel that would write past its end',
    layer: () => layers.simpleRNN({ units: 2, goBackwards: true }),
    shape: [3, 2], dtype: 'bool',
    message: /does not support Reverse of bool/,
  },
  {
    name: 'a kernel that only warns about a type',
    layer: () => layers.reLU(),
    shape: [6], dtype: 'bool',
    message: /Relu for tensor ids \d+ failed\. Unknown dtype/,
  },
];

for (const { name, layer, shape, dtype, message } of cases) {
  test(name, async () => {
    const model = chain(shape, [layer()], dtype);
    const file = await saveModel(model, path.join(folder, name));
    const size = shape.reduce((product, length) => product * length, 2);
    const values = numbers(size).map((value) => (
      { float32: value, int32: Math.trunc(value * 9), bool: Number(value > 0) })[dtype]);
    const inputs = [{ shape: [2, ...shape], dtype, values }];
    const expected = /** @type {tf.Tensor} */ (
      model.predict(tf.tensor(values, [2, ...shape], dtype)));
    for (const isFirst of [true, false]) {
      const answer = await runner.run(file, inputs);
      assert.equal(answer.ok, true, answer.error);
      assert.equal(answer.backend, 'cpu');
      assert.match(answer.fallback, message);
      assertClose(await readOutput(answer.outputs[0]), expected.dataSync());
      assert.equal(answer.loadSeconds > 0, isFirst, 'it stays loaded on the cpu backend');
    }
  });
}

test('the next model runs on wasm again', async () => {
  const file = await saveModel(chain([3], [layers.dense({ units: 2 })]), path.join(folder, 'next'));
  const answer = await runner.run(file, [{ shape: [1, 3], dtype: 'float32', values: [1, 2, 3] }]);
  assert.equal(answer.backend, 'wasm');
  assert.equal(answer.fallback, undefined);
});

test('what no backend can do is an error', async () => {
  // tfjs computes a softmax only along the last axis.
  const model = chain([3, 4], [layers.softmax({ axis: 1 })]);
  const file = await saveModel(model, path.join(folder, 'softmax'));
  const answer = await runner.run(file, [
    { shape: [1, 3, 4], dtype: 'float32', values: numbers(12) },
  ]);
  assert.equal(answer.ok, false);
  assert.equal(answer.stage, 'predict');
  assert.match(answer.error, /Softmax along a non-last dimension/);
});
