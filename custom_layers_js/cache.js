/** Keeps the models used last loaded. */
import { areUnchanged } from './disk.js';
import { disposeModel } from './dispose.js';
import { inStage } from './errors.js';
import { loadModel } from './load.js';

/** Many small models are compared in turn; big ones should not pile up. */
const CAPACITY = 4;

/**
 * @typedef {import('./backend.js').BackendName} BackendName
 *
 * @typedef {import('./load.js').LoadedModel & {
 *   backend: BackendName,
 *   fallback?: string,
 * }} Entry a model, the backend that holds its weights, and why it is not the
 *   one asked for
 */

export class ModelCache {
  /**
   * By path, the one used longest ago first.
   * @type {Map<string, Entry>}
   */
  #entries = new Map();

  /**
   * The model loaded from a path, if its files are still the same.
   * @param {string} file
   * @returns {Promise<Entry | undefined>}
   */
  async get(file) {
    const entry = this.#entries.get(file);
    if (entry === undefined) return undefined;
    if (!await areUnchanged(entry.files)) {
      this.drop(file);
      return undefined;
    }
    this.#entries.delete(file);
    this.#entries.set(file, entry);
    return entry;
  }

  /**
   * Loads a model onto the backend in use.
   * @param {string} file
   * @param {BackendName} backend
   * @param {string} [fallback]
   * @returns {Promise<Entry>}
   */
  async load(file, backend, fallback) {
    this.drop(file);
    const entry = { ...await inStage('load', () => loadModel(file)), backend, fallback };
    this.#entries.set(file, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= CAPACITY) break;
      this.drop(oldest);
    }
    return entry;
  }

  /** @param {string} file */
  drop(file) {
    const entry = this.#entries.get(file);
    if (entry === undefined) return;
    this.#entries.delete(file);
    disposeModel(entry.model);
  }

  clear() {
    for (const file of [...this.#entries.keys()]) this.drop(file);
  }
}
