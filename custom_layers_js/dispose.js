/** Disposes models. */
import { tf } from './tf.js';

/**
 * @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel
 * @typedef {import('./graph.js').GraphModel} GraphModel
 */

/**
 * The layers of a model, also those inside nested models and wrappers.
 * @param {any} layer a model or layer
 * @returns {Generator<any>}
 */
function* allLayers(layer) {
  yield layer;
  const inner = [...layer.layers ?? [], layer.layer, layer.forwardLayer, layer.backwardLayer];
  for (const each of inner) {
    if (each) yield* allLayers(each);
  }
}

/**
 * Disposes a model, and the RNN states that `model.dispose()` leaves behind.
 * @param {LayersModel | GraphModel} model
 */
export function disposeModel(model) {
  for (const layer of allLayers(model)) {
    tf.dispose([layer.states_, layer.keptStates]);
  }
  model.dispose();
}
