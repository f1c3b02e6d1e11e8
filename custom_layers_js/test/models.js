/** Small models for the tests. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

import { layers as tfl, tf } from '../tf.js';

/** @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel */

/** A temporary folder that is removed after the tests of the file. */
export async function temporaryFolder() {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'upconvert-js-'));
  after(() => fs.rm(folder, { recursive: true }));
  return folder;
}

/**
 * Numbers that look random but are the same every time.
 * @param {number} length
 * @param {number} [step]
 */
export function numbers(length, step = 1.7) {
  return Array.from({ length }, (_, index) => Math.sin(1 + index * step));
}

/**
 * Gives a model weights that do not depend on chance.
 * @template {LayersModel} M
 * @param {M} model
 * @returns {M}
 */
export function withFixedWeights(model) {
  model.setWeights(model.getWeights().map((weight, index) => tf.tensor(
    // Positive, as a variance must be.
    numbers(weight.size, 1.3 + index).map((value) => 0.3 + 0.2 * value), weight.shape,
  )));
  return model;
}

/**
 * A model of layers in a row. Unlike a Sequential, it can have an int32 or bool
 * input.
 * @param {number[]} shape
 * @param {import('@tensorflow/tfjs-layers').layers.Layer[]} row
 * @param {import('@tensorflow/tfjs-core').DataType} [dtype]
 */
export function chain(shape, row, dtype = 'float32') {
  const input = tfl.input({ shape, dtype });
  let output = input;
  for (const layer of row) {
    output = /** @type {import('@tensorflow/tfjs-layers').SymbolicTensor} */ (layer.apply(output));
  }
  return withFixedWeights(tfl.model({ inputs: input, outputs: output }));
}

/**
 * Saves a model as model.json and weight files.
 * @param {LayersModel} model
 * @param {string} folder
 * @param {{shardBytes?: number, shardName?: string}} [options]
 * @returns {Promise<string>} the path of its model.json
 */
export async function saveModel(model, folder, { shardBytes = 4096, shardName = 'shard' } = {}) {
  await fs.mkdir(folder, { recursive: true });
  const file = path.join(folder, 'model.json');
  await model.save(tf.io.withSaveHandler(async (artifacts) => {
    const data = Buffer.from(/** @type {ArrayBuffer} */ (artifacts.weightData));
    const paths = [];
    for (let start = 0; start < data.length; start += shardBytes) {
      paths.push(`${shardName}${paths.length}.bin`);
      await fs.writeFile(path.join(folder, /** @type {string} */ (paths.at(-1))),
        data.subarray(start, start + shardBytes));
    }
    await fs.writeFile(file, JSON.stringify({
      format: 'layers-model',
      modelTopology: artifacts.modelTopology,
      weightsManifest: [{ paths, weights: artifacts.weightSpecs }],
    }));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }));
  return file;
}

/**
 * Changes a model.json in place.
 * @param {string} file
 * @param {(json: any) => void} edit
 */
export async function editModelJson(file, edit) {
  const json = JSON.parse(await fs.readFile(file, 'utf8'));
  edit(json);
  await fs.writeFile(file, JSON.stringify(json));
}

/**
 * @param {number[]} actual
 * @param {ArrayLike<number>} expected
 * @param {string} [message]
 */
export function assertClose(actual, expected, message = 'values') {
  assert.equal(actual.length, expected.length, `${message}: length`);
  actual.forEach((value, index) => {
    const difference = Math.abs(value - expected[index]);
    assert.ok(difference <= 1e-5 * Math.max(1, Math.abs(expected[index])),
      `${message}: item ${index} is ${value}, not ${expected[index]}`);
  });
}
