/** What a recurrent layer keeps between runs, and what it leaves behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useBackend } from '../backend.js';
import { defineKerasRNN } from '../keras/KerasRNN.js';
import { layers as tfl, tf } from '../tf.js';
import { chain, numbers } from './models.js';

await useBackend('cpu');
/** @type {any} */
const union = { ...tf, ...tfl };
const KerasRNN = defineKerasRNN(union);
const cell = { kind: 'GRU', units: 3, activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: true };

/** @param {Record<string, any>} config */
function model(config) {
  const layer = /** @type {any} */ (new KerasRNN({ cells: [cell], ...config }));
  return { layer, made: chain([4, 2], [layer]) };
}

/**
 * @param {any} made
 * @param {any} x
 */
const run = (made, x) => tf.tidy(() => [...made.predict(x).dataSync()]);

test('it goes on where it stopped if it keeps its states, until it is told to forget', () => {
  const { layer, made } = model({ stateful: true });
  const x = tf.tensor(numbers(8), [1, 4, 2]);
  const first = run(made, x);
  assert.notDeepEqual(run(made, x), first);
  layer.resetStates();
  assert.deepEqual(run(made, x), first);
  assert.deepEqual(run(model({}).made, x), first);
});

test('runs leave no tensors, and a layer that is gone no states', () => {
  const left = [false, true].map((stateful) => {
    const before = tf.memory().numTensors;
    const { made } = model({ stateful, returnSequences: true, goBackwards: true });
    const x = tf.tensor(numbers(8), [1, 4, 2]);
    run(made, x);
    const live = tf.memory().numTensors;
    run(made, x);
    assert.equal(tf.memory().numTensors, live);
    x.dispose();
    made.dispose();
    return tf.memory().numTensors - before;
  });
  assert.equal(left[1], left[0]);
});

test('an activation that nobody knows is told by name', () => {
  assert.throws(() => new KerasRNN({ name: 'r', cells: [{ ...cell, activation: 'nothing' }] }),
    /KerasRNN 'r' knows no activation "nothing"/);
});
