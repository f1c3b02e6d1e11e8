/** Answers a request to run a model. */
import { lacksSupport, useBackend } from './backend.js';
import { ModelCache } from './cache.js';
import { registerLayers } from './custom.js';
import { StageError, inStage, messageOf } from './errors.js';
import { executeGraph, isGraph } from './graph.js';
import { readTensor, writeTensor } from './tensors.js';
import { tf } from './tf.js';
import { discardWasm, isCrash, watchingKernels } from './wasm.js';

/**
 * @typedef {import('./backend.js').BackendName} BackendName
 * @typedef {import('./request.js').RunRequest} RunRequest
 * @typedef {import('./tensors.js').TensorFile} TensorFile
 *
 * @typedef {object} RunResult
 * @property {BackendName} backend the one that computed the outputs
 * @property {string} [fallback] why it is not the one asked for
 * @property {TensorFile[]} outputs
 * @property {(number | null)[][]} shapes of the outputs, as the model declares them
 * @property {number} seconds time of the prediction, with its outputs read back
 * @property {number} loadSeconds time of loading, 0 if the model was loaded
 */

export class ModelRunner {
  #cache = new ModelCache();

  /** @param {BackendName} backend */
  constructor(backend) {
    this.backend = backend;
  }

  /**
   * Runs a model; on the cpu backend if the wasm backend lacks one of its ops.
   * @param {RunRequest} request
   * @returns {Promise<RunResult>}
   */
  async run(request) {
    try {
      return await this.#runOn(this.backend, request);
    } catch (error) {
      if (isCrash(error)) discardWasm(() => this.dispose());
      if (this.backend !== 'wasm' || !isLack(error)) throw error;
      return await this.#runOn('cpu', request, messageOf(error));
    }
  }

  /** Disposes the models that are still loaded. */
  dispose() {
    this.#cache.clear();
  }

  /**
   * @param {BackendName} backend
   * @param {RunRequest} request
   * @param {string} [fallback] why it is not the backend asked for
   * @returns {Promise<RunResult>}
   */
  async #runOn(backend, request, fallback) {
    const started = performance.now();
    let entry = fallback === undefined ? await this.#cache.get(request.model) : undefined;
    const isLoaded = entry !== undefined;
    // A model that could not run on wasm before stays on the cpu backend.
    await useBackend(entry?.backend ?? backend);
    const { layers } = request;
    if (layers !== undefined) await inStage('load', () => registerLayers(layers));
    entry ??= await this.#cache.load(request.model, backend, fallback);
    const loadSeconds = isLoaded ? 0 : secondsSince(started);
    const { model } = entry;

    if (request.inputs.length !== model.inputs.length) {
      const names = isGraph(model) ? model.inputNodes : model.inputNames;
      throw new StageError('request', `the model has ${model.inputs.length} inputs `
        + `(${names.join(', ')}), but ${request.inputs.length} were given`);
    }
    const { outputs, seconds } = await inStage('predict', () => predict(model, request));
    return {
      backend: entry.backend,
      ...(entry.fallback === undefined ? {} : { fallback: entry.fallback }),
      outputs, shapes: model.outputs.map(({ shape }) => shape ?? []), seconds, loadSeconds,
    };
  }
}

/**
 * @param {import('./load.js').LoadedModel['model']} model
 * @param {RunRequest} request
 * @returns {Promise<{outputs: TensorFile[], seconds: number}>}
 */
async function predict(model, request) {
  /** @type {tf.Tensor[]} */
  const inputs = [];
  /** @type {tf.Tensor[]} */
  let results = [];
  try {
    for (const input of request.inputs) inputs.push(await readTensor(input));
    const started = performance.now();
    const values = await watchingKernels(async () => {
      results = await outputsOf(model, inputs);
      return await Promise.all(results.map((tensor) => tensor.data()));
    });
    const seconds = secondsSince(started);
    const outputs = [];
    for (const [index, tensor] of results.entries()) {
      const file = `${request.outputs}.${index}.bin`;
      outputs.push(await writeTensor(file, tensor, values[index]));
    }
    return { outputs, seconds };
  } finally {
    tf.dispose([inputs, results]);
  }
}

/**
 * @param {import('./load.js').LoadedModel['model']} model
 * @param {tf.Tensor[]} inputs
 */
async function outputsOf(model, inputs) {
  if (isGraph(model)) return await executeGraph(model, inputs);
  model.resetStates();
  // In one batch: tfjs would cut it into batches of 32 by default.
  return [model.predict(inputs, { batchSize: inputs[0].shape[0] })].flat();
}

/** @param {unknown} error */
function isLack(error) {
  return error instanceof StageError && error.stage !== 'request' && lacksSupport(error.message);
}

/** @param {number} started */
function secondsSince(started) {
  return (performance.now() - started) / 1000;
}
