/** Graph models: what `tf.loadGraphModel` reads. */
import { messageOf } from './errors.js';
import { tf } from './tf.js';

/** @typedef {import('@tensorflow/tfjs-converter').GraphModel} GraphModel */

/** How tfjs says that only `executeAsync` runs a model: it holds loops, or shapes that values decide. */
const NEEDS_ASYNC = /Please use model\.executeAsync/;

/**
 * Loads a graph model; most models are layers models, which need not wait for this package.
 * @param {tf.io.IOHandler} handler
 * @returns {Promise<GraphModel>}
 */
export async function loadGraph(handler) {
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  return await loadGraphModel(handler);
}

/**
 * @param {object} model
 * @returns {model is GraphModel}
 */
export function isGraph(model) {
  return 'executeAsync' in model;
}

/**
 * The outputs for inputs in the order of the model's signature. What is a weight of the model
 * itself is copied, so that the outputs can be disposed.
 * @param {GraphModel} model
 * @param {tf.Tensor[]} inputs
 * @returns {Promise<tf.Tensor[]>}
 */
export async function executeGraph(model, inputs) {
  const kept = new Set(Object.values(model.weights).flat());
  const outputs = [await execute(model, inputs)].flat();
  return outputs.map((output) => (kept.has(output) ? tf.clone(output) : output));
}

/**
 * @param {GraphModel} model
 * @param {tf.Tensor[]} inputs
 */
async function execute(model, inputs) {
  try {
    return model.execute(inputs);
  } catch (error) {
    if (!NEEDS_ASYNC.test(messageOf(error))) throw error;
    return await model.executeAsync(inputs);
  }
}
