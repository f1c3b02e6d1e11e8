/**
 * Runs models for another process: reads requests as JSON lines from
 * stdin, answers each with one JSON line on stdout, and ends with stdin.
 *
 *     node runner.js --backend wasm
 *
 * First it says which versions it runs:
 *
 *     {"ready": true, "backend": "wasm", "tfjs": "4.22.0", "node": "v20.20.2"}
 *
 * (or `{"ready": false, "error": "..."}` and exit code 1). A request names the
 * model, raw little-endian files in the order of its inputs, and what the names
 * of the output files start with:
 *
 *     {"id": 1, "op": "run", "model": "m/model.json", "outputs": "out",
 *      "inputs": [{"file": "in0.bin", "shape": [1, 3], "dtype": "float32"}]}
 *
 * A model with custom layers needs `"layers"` too, the path of a module that
 * exports `register(tf)`: it is code, and runs only when it is named here.
 *
 * The answer names the backend that computed, and why if it is not the one
 * asked for, and the shapes that the model declared for its outputs:
 *
 *     {"id": 1, "ok": true, "backend": "cpu", "fallback": "Kernel ...",
 *      "outputs": [{"file": "out.0.bin", "shape": [1, 2], "dtype": "float32"}],
 *      "shapes": [[null, 2]], "seconds": 0.12, "loadSeconds": 0.3}
 *
 * or the stage that failed ("request", "load" or "predict"):
 *
 *     {"id": 1, "ok": false, "stage": "load", "error": "no such file: ..."}
 */
import './console_to_stderr.js';

import readline from 'node:readline';
import { parseArgs } from 'node:util';

import { useBackend } from './backend.js';
import { StageError, messageOf } from './errors.js';
import { checkRequest, parseLine } from './request.js';
import { ModelRunner } from './run.js';
import { layers } from './tf.js';

const USAGE = 'usage: node runner.js [--backend wasm|cpu]';

/** @returns {import('./backend.js').BackendName} */
function backendFromArguments() {
  try {
    const { backend } = parseArgs({
      options: { backend: { type: 'string', default: 'wasm' } },
    }).values;
    if (backend === 'wasm' || backend === 'cpu') return backend;
    console.error(`unknown backend '${backend}'`);
  } catch (error) {
    console.error(messageOf(error));
  }
  console.error(USAGE);
  process.exit(2);
}

/** @param {object} message */
function send(message) {
  return new Promise((resolve) => {
    process.stdout.write(JSON.stringify(message) + '\n', resolve);
  });
}

/**
 * @param {ModelRunner} runner
 * @param {string} line
 */
async function answer(runner, line) {
  /** @type {unknown} */
  let id = null;
  try {
    const request = parseLine(line);
    id = request.id ?? null;
    return { id, ok: true, ...await runner.run(checkRequest(request)) };
  } catch (error) {
    const stage = error instanceof StageError ? error.stage : 'request';
    return { id, ok: false, stage, error: messageOf(error) };
  }
}

const backend = backendFromArguments();
// Whoever asked has gone; nobody is left to tell.
process.stdout.on('error', () => process.exit(1));
try {
  await useBackend(backend);
} catch (error) {
  await send({ ready: false, error: messageOf(error) });
  process.exit(1);
}
await send({
  ready: true, backend, tfjs: layers.version_layers, node: process.version,
});
const runner = new ModelRunner(backend);
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line.trim() !== '') await send(await answer(runner, line));
}
