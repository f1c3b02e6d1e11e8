/** Registers custom layers before a model that uses them is loaded. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { messageOf } from './errors.js';
import { layers, tf } from './tf.js';

/** What a page has as `tf`: the packages that `@tensorflow/tfjs` joins. */
const union = { ...tf, ...layers };

/**
 * The registry is global by class name, so this comes before every load.
 * @param {string} file path of an ES module that imports nothing and exports `register(tf)`
 */
export async function registerLayers(file) {
  const text = await fs.readFile(file, 'utf8');
  // The text itself as the URL: changed files are new modules, unchanged ones the same, and no
  // package.json around the file decides what `.js` means.
  const { register } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
    .catch((error) => {
      throw new Error(`${path.basename(file)} is no JavaScript that runs: ${messageOf(error)}`);
    });
  if (typeof register !== 'function') throw new Error(`${file} exports no function register(tf)`);
  register(union);
}
