/**
 * Makes the wasm backend fail loudly. As it comes, it can go on with wrong
 * values after an error.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { tf } from './tf.js';

/**
 * Kernels that compute wrong values in wasm 4.22. They refuse to run, so that
 * such a model runs on the cpu backend and says so. Conv3DBackpropInputV2 is
 * what Conv3DTranspose runs.
 */
export const WRONG_KERNELS = ['Conv3DBackpropInputV2'];

/**
 * The dtypes that a kernel can take, where it does not check them: it would
 * read other tensors as these, and write past the end of its output.
 * @type {Record<string, string[]>}
 */
const DTYPES = {
  Conv2DBackpropInput: ['float32'],
  FusedBatchNorm: ['float32'],
  MaxPool3D: ['float32'],
  Reverse: ['float32', 'int32'],
};

/** What the C++ kernels write to the console, and nowhere else, when they fail. */
const KERNEL_FAILURE = /XNN status|failed\. ?Un(known|supported)/;

/** @type {string[]} */
let failures = [];
let isPrepared = false;

/** To be called before the backend starts. */
export function prepareWasm() {
  if (isPrepared) return;
  isPrepared = true;
  const manifest = createRequire(import.meta.url)
    .resolve('@tensorflow/tfjs-backend-wasm/package.json');
  setWasmPaths(path.join(path.dirname(manifest), 'dist') + path.sep);
  for (const kernel of WRONG_KERNELS) {
    checkBefore(kernel, () => {
      throw new Error(`the wasm backend does not support ${kernel}: its kernel is wrong`);
    });
  }
  for (const [kernel, dtypes] of Object.entries(DTYPES)) {
    checkBefore(kernel, (dtype) => {
      if (dtypes.includes(dtype)) return;
      throw new Error(`the wasm backend does not support ${kernel} of ${dtype}`);
    });
  }
  // The backend binds console.warn when it starts.
  const warn = console.warn;
  console.warn = (...args) => {
    if (KERNEL_FAILURE.test(String(args[0]))) failures.push(String(args[0]));
    warn.apply(console, args);
  };
}

/**
 * Makes a kernel check the dtype of each input before it runs.
 * @param {string} name
 * @param {(dtype: string) => void} check
 */
function checkBefore(name, check) {
  const kernel = tf.getKernel(name, 'wasm');
  tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({
    ...kernel,
    kernelFunc(params) {
      for (const input of Object.values(params.inputs)) {
        // An input can be left out, such as the scale of a batch normalization.
        if (input !== undefined && input !== null) check(input.dtype);
      }
      return kernel.kernelFunc(params);
    },
  });
}

/**
 * Does work on the wasm backend; a kernel that fails in it makes it fail.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function watchingKernels(work) {
  failures = [];
  const result = await work();
  if (failures.length > 0) {
    throw new Error(`the wasm backend does not support this: ${failures[0]}`);
  }
  return result;
}

/**
 * To be called once the backend has started. Without this, a tensor that does
 * not fit into the 4 GiB of wasm memory would be written over the others.
 */
export function refuseFailedAllocations() {
  const { wasm } = /** @type {{wasm: any}} */ (/** @type {unknown} */ (tf.backend()));
  // Its first call replaces the function, so it comes before wrapping it.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  wasm._malloc = (/** @type {number} */ bytes) => {
    // A size over 4 GiB would lose its upper bits.
    const address = bytes < 2 ** 32 ? malloc(bytes) : 0;
    if (address === 0) throw new Error(`the wasm backend has no memory left for ${bytes} bytes`);
    return address;
  };
}

/**
 * Tells whether an error, or what caused it, is a crash inside the wasm code,
 * after which no call of it can be trusted.
 * @param {unknown} error
 * @returns {boolean}
 */
export function isCrash(error) {
  return error instanceof WebAssembly.RuntimeError
    || (error instanceof Error && isCrash(error.cause));
}

/**
 * Forgets a crashed backend, so that the next use starts a new one.
 * @param {() => void} disposeTensors disposes what is left of tensors on it
 */
export function discardWasm(disposeTensors) {
  const engine = tf.engine();
  const { factory, priority } = engine.registryFactory.wasm;
  // From here on nothing calls into the crashed code any more.
  Object.assign(engine.registry.wasm, { disposeData: () => true, dispose() {} });
  while (engine.state.activeScope) engine.endScope();
  disposeTensors();
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, priority);
}
