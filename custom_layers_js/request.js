/** Checks the requests that come in as JSON lines. */
import { StageError } from './errors.js';
import { isFileDType } from './tensors.js';

/**
 * @typedef {object} RunRequest
 * @property {unknown} id
 * @property {'run'} op
 * @property {string} model path of a model.json
 * @property {import('./tensors.js').TensorFile[]} inputs in the order of model.inputs
 * @property {string} [layers] path of a module whose `register(tf)` tells its custom layers
 * @property {string} outputs path that each output's file name starts with
 */

/**
 * @param {string} line
 * @returns {Record<string, any>}
 */
export function parseLine(line) {
  let request;
  try {
    request = JSON.parse(line);
  } catch (error) {
    fail(`the request is not valid JSON: ${/** @type {Error} */ (error).message}`);
  }
  if (request === null || typeof request !== 'object' || Array.isArray(request)) {
    fail('the request is not a JSON object');
  }
  return request;
}

/**
 * @param {Record<string, any>} request
 * @returns {RunRequest}
 */
export function checkRequest(request) {
  const { op, model, inputs, layers, outputs } = request;
  if (op !== 'run') fail(`unknown op ${JSON.stringify(op)}`);
  if (!isPath(model)) fail("'model' is not a path");
  if (layers !== undefined && !isPath(layers)) fail("'layers' is not a path");
  if (!isPath(outputs)) fail("'outputs' is not a path");
  if (!Array.isArray(inputs)) fail("'inputs' is not a list");
  inputs.forEach((input, index) => {
    const { file, shape, dtype } = input ?? {};
    const where = `'inputs' item ${index}`;
    if (!isPath(file)) fail(`${where}: 'file' is not a path`);
    if (!isShape(shape)) fail(`${where}: 'shape' is not a list of sizes`);
    if (!isFileDType(dtype)) fail(`${where}: 'dtype' is not float32, int32 or bool`);
  });
  return /** @type {RunRequest} */ (request);
}

/** @param {unknown} value */
function isPath(value) {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

/** @param {unknown} value */
function isShape(value) {
  return Array.isArray(value)
    && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  throw new StageError('request', message);
}
