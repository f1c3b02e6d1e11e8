/** Chooses the TensorFlow.js backend that computes. */
import { tf } from './tf.js';
import { prepareWasm, refuseFailedAllocations } from './wasm.js';

/** @typedef {'wasm' | 'cpu'} BackendName */

/** How tfjs says that a backend has no kernel, or not for these arguments. */
const UNSUPPORTED = new RegExp([
  "kernel '[^']*' not registered for backend 'wasm'",
  'not (yet )?(supported|implemented)',
  'does not support',
  'only supports? ',
  'only float32 input is supported',
  'must have dtype float32',
].join('|'), 'i');

/**
 * Makes a backend the one that new tensors and ops use, starting it if needed.
 * @param {BackendName} name
 */
export async function useBackend(name) {
  const isStarted = name in tf.engine().registry;
  if (name === 'wasm' && !isStarted) prepareWasm();
  if (tf.getBackend() !== name && !await tf.setBackend(name)) {
    throw new Error(`the tfjs ${name} backend did not start`);
  }
  if (name === 'wasm' && !isStarted) refuseFailedAllocations();
}

/**
 * Tells whether an error of the wasm backend says that it lacks an op, so that
 * the cpu backend may succeed.
 * @param {string} message
 */
export function lacksSupport(message) {
  return UNSUPPORTED.test(message);
}
