/** What the runner takes for granted of TensorFlow.js 4.22. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';

import { lacksSupport, useBackend } from '../backend.js';
import { CHAINED_OPS } from '../chained_ops.js';
import { tf } from '../tf.js';
import { WRONG_KERNELS } from '../wasm.js';
import { assertClose, numbers } from './models.js';

// Taken before the backend starts, which is when the runner replaces them.
const wrongKernels = WRONG_KERNELS.map((name) => tf.getKernel(name, 'wasm'));

test('tensors have every method that they have in a page', async () => {
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json');
  const files = await fs.readdir(path.join(path.dirname(main), 'dist/public/chained_ops'));
  const modules = files.filter((file) => /^[a-z0-9_]+\.js$/.test(file))
    .map((file) => path.basename(file, '.js'))
    .filter((name) => !/^register_all|_test$/.test(name));
  /** @param {string} name */
  const plain = (name) => name.replaceAll('_', '').toLowerCase();
  const present = new Set(CHAINED_OPS.map(plain));
  assert.ok(modules.length > 100);
  assert.deepEqual(modules.filter((name) => !present.has(plain(name))), []);
});

test('the methods compute what the ops compute', async () => {
  await useBackend('cpu');
  const x = /** @type {any} */ (tf.tensor2d([[1, 2], [3, 4]]));
  for (const [actual, expected] of [
    [x.flatten(), [1, 2, 3, 4]],
    [x.add(x).flatten(), [2, 4, 6, 8]],
    [x.concat(x, 1).flatten(), [1, 2, 1, 2, 3, 4, 3, 4]],
    [x.concat([x, x]).flatten(), [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]],
    [x.stack(x).flatten(), [1, 2, 3, 4, 1, 2, 3, 4]],
    [x.as1D(), [1, 2, 3, 4]],
    [x.sum(1), [3, 7]],
    [x.where(tf.tensor2d([[1, 0], [0, 1]], [2, 2], 'bool'), tf.zerosLike(x)).as1D(), [1, 0, 0, 4]],
    [x.sum().asScalar(), [10]],
  ]) {
    assert.deepEqual([...actual.dataSync()], expected);
  }
  assert.equal(x.toInt().dtype, 'int32');
  assert.deepEqual(x.as2D(1, 4).shape, [1, 4]);
  assert.throws(() => x.asScalar());
});

test('the kernels refused on wasm do compute wrongly', async () => {
  const compute = () => tf.conv3dTranspose(
    tf.tensor5d(numbers(54), [1, 3, 3, 3, 2]), tf.tensor5d(numbers(32, 0.9), [2, 2, 2, 2, 2]),
    [1, 4, 4, 4, 2], 1, 'valid').data();
  await useBackend('cpu');
  const expected = await compute();
  await useBackend('wasm');
  await assert.rejects(async () => compute(), /its kernel is wrong/);
  for (const kernel of wrongKernels) {
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel(kernel);
    kernel.setupFunc?.(tf.backend());
  }
  const actual = await compute();
  assert.throws(() => assertClose([...actual], expected));
});

test('a kernel that wasm does not have counts as lacking support', async () => {
  await useBackend('wasm');
  const x = tf.ones([2, 2]);
  assert.throws(() => tf.einsum('ij,jk->ik', x, x), (/** @type {Error} */ error) => {
    assert.match(error.message, /'Einsum' not registered/);
    return lacksSupport(error.message);
  });
  assert.equal(lacksSupport('Error when checking : expected input1 to have shape [null,8]'), false);
});
