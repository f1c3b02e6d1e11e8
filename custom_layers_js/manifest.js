/**
 * Checks a model.json and its weight files for what tfjs would load without an
 * error but wrongly.
 */
import fs from 'node:fs/promises';

import { fileOf, stampOf, urlOf } from './disk.js';

/**
 * @typedef {object} WeightSpec
 * @property {string} name
 * @property {number[]} shape
 * @property {string} dtype
 * @property {{dtype: string}} [quantization]
 *
 * @typedef {object} WeightGroup
 * @property {string[]} paths
 * @property {WeightSpec[]} weights
 *
 * @typedef {object} ModelJson
 * @property {string} [format]
 * @property {object} modelTopology
 * @property {WeightGroup[]} [weightsManifest]
 */

/** What a model.json calls a graph model. */
export const GRAPH = 'graph-model';

/** @type {Record<string, number>} */
const BYTES = {
  float32: 4, int32: 4, bool: 1, complex64: 8, float16: 2, uint16: 2, uint8: 1,
};

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/**
 * @param {string} file
 * @returns {Promise<ModelJson>}
 */
export async function readModelJson(file) {
  await stampOf(file);
  let json;
  try {
    json = JSON.parse(await fs.readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is not valid JSON: ${/** @type {Error} */ (error).message}`);
  }
  if (!isObject(json) || !isObject(json.modelTopology)) {
    throw new Error(`${file} has no modelTopology`);
  }
  if (json.format !== undefined && json.format !== 'layers-model' && json.format !== GRAPH) {
    throw new Error(`${file} is a '${json.format}', not a 'layers-model' or a '${GRAPH}'`);
  }
  const groups = json.weightsManifest ?? [];
  if (!Array.isArray(groups) || !groups.every(isGroup)) {
    throw new Error(`${file}: weightsManifest is not a list of {paths, weights}`);
  }
  return /** @type {ModelJson} */ (/** @type {unknown} */ (json));
}

/**
 * @param {unknown} group
 * @returns {boolean}
 */
function isGroup(group) {
  return isObject(group)
    && Array.isArray(group.paths) && group.paths.every((path) => typeof path === 'string')
    && Array.isArray(group.weights)
    && group.weights.every((spec) => isObject(spec) && Array.isArray(spec.shape));
}

/**
 * Bytes of one weight in its shard, NaN where only its content tells (strings)
 * or tfjs itself will refuse the type.
 * @param {WeightSpec} spec
 */
function byteLength(spec) {
  const each = BYTES[spec.quantization?.dtype ?? spec.dtype] ?? NaN;
  return spec.shape.reduce((product, size) => product * size, each);
}

/**
 * Every group's files must hold exactly the bytes of its weights: tfjs joins
 * the files of all groups, so one that is too short or too long would shift the
 * weights behind it.
 * @param {string} modelFile
 * @param {ModelJson} json
 */
export async function checkWeightFiles(modelFile, json) {
  const base = urlOf(modelFile).replace(/[^/]*$/, '');
  /** @type {number[]} */
  const shardSizes = [];
  /** @type {{name: string, start: number}[]} */
  const starts = [];
  let offset = 0;
  for (const { paths, weights } of json.weightsManifest ?? []) {
    let held = 0;
    for (const path of paths) {
      const { size } = await stampOf(fileOf(base + path));
      shardSizes.push(Number(size));
      held += Number(size);
    }
    let needed = 0;
    for (const spec of weights) {
      const length = byteLength(spec);
      if (length > 0) starts.push({ name: spec.name, start: offset + needed });
      needed += length;
    }
    if (!Number.isNaN(needed) && held !== needed) {
      throw new Error(`weight files ${paths.join(', ')} hold ${held} bytes, `
        + `but their ${weights.length} weights take ${needed} bytes`);
    }
    offset += held;
  }
  checkShardLookup(shardSizes, starts);
}

/**
 * tfjs 4.22 finds the shard of a weight by dividing its offset by the size of
 * the first shard if all shards but the last have that size, even where the
 * last one is longer. A weight that starts deep in such a last shard is then
 * read as zeros, without an error.
 * @param {number[]} shardSizes
 * @param {{name: string, start: number}[]} starts
 */
function checkShardLookup(shardSizes, starts) {
  const [first] = shardSizes;
  if (shardSizes.slice(0, -1).some((size) => size !== first)) return;
  for (const { name, start } of starts) {
    if (start >= first * shardSizes.length) {
      throw new Error(`tfjs would read weight '${name}' as zeros: the last weight file `
        + `(${shardSizes.at(-1)} bytes) is longer than the ones before (${first} bytes each)`);
    }
  }
}
