/** The outputs that the runner gives for graph models. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';

import { useBackend } from '../backend.js';
import { ModelRunner } from '../run.js';
import { tf } from '../tf.js';
import { temporaryFolder } from './models.js';
import { readOutput } from './runner_process.js';

const folder = await temporaryFolder();
await useBackend('cpu');
const runner = new ModelRunner('cpu');
after(() => runner.dispose());

const type = { type: 'DT_FLOAT' };

/**
 * @param {string} name
 * @param {number[]} sizes
 */
function end(name, sizes) {
  const dim = sizes.map((size) => ({ size: String(size) }));
  return { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: { dim } };
}

/**
 * @param {string} name
 * @param {string} op
 * @param {string[]} input
 * @param {object} [attr]
 */
function node(name, op, input, attr = {}) {
  return { name, op, input, attr: { T: type, ...attr } };
}

/** @param {string} name */
function placeholder(name) {
  const shape = { shape: { dim: [{ size: '-1' }] } };
  return node(name, 'Placeholder', [], { dtype: type, shape });
}

/**
 * Saves a graph model of two inputs, whose signature names the second one first, and a constant.
 * @param {string} name
 * @param {object[]} nodes
 * @param {Record<string, object>} outputs
 * @returns {Promise<import('../request.js').RunRequest>}
 */
async function requestFor(name, nodes, outputs) {
  const place = path.join(folder, name);
  await fs.mkdir(place);
  await fs.writeFile(path.join(place, 'weights.bin'), new Float32Array([10, 20]));
  await fs.writeFile(path.join(place, 'model.json'), JSON.stringify({
    format: 'graph-model',
    signature: { inputs: { late: end('b', [-1]), early: end('a', [-1]) }, outputs },
    modelTopology: {
      node: [
        placeholder('a'), placeholder('b'),
        node('c', 'Const', [], { dtype: type, value: { tensor: { dtype: 'DT_FLOAT' } } }),
        ...nodes,
      ],
      library: {}, versions: {},
    },
    weightsManifest: [
      { paths: ['weights.bin'], weights: [{ name: 'c', shape: [2], dtype: 'float32' }] },
    ],
  }));
  const inputs = [];
  for (const [index, values] of [[5, 7], [1, 2]].entries()) {
    const file = path.join(place, `input${index}.bin`);
    await fs.writeFile(file, new Float32Array(values));
    inputs.push({ file, shape: [2], dtype: /** @type {const} */ ('float32') });
  }
  return {
    id: 1, op: 'run', model: path.join(place, 'model.json'), outputs: path.join(place, 'out'), inputs,
  };
}

const difference = node('d', 'Sub', ['b', 'a']);

test('inputs and outputs are in the order of the signature', async () => {
  const request = await requestFor('order', [difference, node('s', 'AddV2', ['d', 'c'])], {
    sum: end('s', [-1]), difference: end('d', [-1]),
  });
  const { outputs, backend } = await runner.run(request);
  assert.equal(backend, 'cpu');
  assert.deepEqual(await Promise.all(outputs.map(readOutput)), [[14, 25], [4, 5]]);
});

test('an output that is a constant stays what it is', async () => {
  const request = await requestFor('constant', [difference], {
    constant: end('c', [2]), difference: end('d', [-1]),
  });
  const before = tf.memory().numTensors;
  for (let run = 0; run < 3; run += 1) {
    const { outputs } = await runner.run(request);
    assert.deepEqual(await readOutput(outputs[0]), [10, 20]);
  }
  // The constant itself, while the model is loaded.
  assert.equal(tf.memory().numTensors, before + 1);
});

test('shapes that values decide', async () => {
  const nodes = [node('g', 'Greater', ['c', 'b']), node('w', 'Where', ['g'])];
  const request = await requestFor('dynamic', nodes, { where: end('w', [-1, 1]) });
  const { outputs } = await runner.run(request);
  assert.deepEqual(outputs[0].shape, [2, 1]);
  assert.deepEqual(await readOutput(outputs[0]), [0, 1]);
});

test('too few inputs are named by the signature', async () => {
  const request = await requestFor('few', [difference], { difference: end('d', [-1]) });
  request.inputs.pop();
  await assert.rejects(runner.run(request), /2 inputs \(late, early\), but 1 were given/);
});
