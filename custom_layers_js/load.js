/** Loads a model from disk the way a page loads it over HTTP. */
import { diskFetch, urlOf } from './disk.js';
import { loadGraph } from './graph.js';
import { GRAPH, checkWeightFiles, readModelJson } from './manifest.js';
import { layers, tf } from './tf.js';

/**
 * @typedef {object} LoadedModel
 * @property {layers.LayersModel | import('./graph.js').GraphModel} model
 * @property {Map<string, import('./disk.js').FileStamp>} files all it was read from
 */

/**
 * @param {string} file path of a model.json
 * @returns {Promise<LoadedModel>}
 */
export async function loadModel(file) {
  const json = await readModelJson(file);
  await checkWeightFiles(file, json);
  /** @type {LoadedModel['files']} */
  const files = new Map();
  const handler = tf.io.http(urlOf(file), { fetchFunc: diskFetch(files) });
  const model = await disposingOnFailure(async () => {
    if (json.format === GRAPH) return await loadGraph(handler);
    const loaded = await layers.loadLayersModel(handler);
    if (json.weightsManifest === undefined && loaded.weights.length > 0) {
      throw new Error(`${file} has no weightsManifest: `
        + `its ${loaded.weights.length} weights would be random`);
    }
    return loaded;
  });
  return { model, files };
}

/**
 * Runs an asynchronous load, and if it fails disposes the tensors and variables
 * that it left behind.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
async function disposingOnFailure(load) {
  const engine = tf.engine();
  const before = new Set(Object.keys(engine.registeredVariables));
  engine.startScope('load');
  try {
    const result = await load();
    // Keeps every tensor, also ones that layers made for themselves.
    engine.endScope([...engine.state.activeScope.track]);
    return result;
  } catch (error) {
    engine.endScope();
    for (const [name, variable] of Object.entries(engine.registeredVariables)) {
      if (!before.has(name)) variable.dispose();
    }
    throw error;
  }
}
