/**
 * Times tf.depthToSpace against the transposed convolution that computes the
 * same: `node pixel_shuffle.js PACKAGE CASES RUNS`, where PACKAGE is the
 * installed folder of the JavaScript package and CASES is
 * `[[height, width, channels, factor], …]`. Prints one JSON object a line:
 * the backend, the case, and the milliseconds of each run, the values read back.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, cases, runs] = process.argv.slice(2);

/** @param {string} file */
const load = (file) => import(pathToFileURL(path.join(folder, file)).href);

const { tf } = await load('tf.js');
const { useBackend } = await load('backend.js');

/** @param {() => import('@tensorflow/tfjs-core').Tensor} compute */
function milliseconds(compute) {
  const started = performance.now();
  const output = compute();
  output.dataSync();
  const time = performance.now() - started;
  output.dispose();
  return time;
}

for (const backend of ['wasm', 'cpu']) {
  await useBackend(backend);
  for (const [height, width, channels, factor] of JSON.parse(cases)) {
    const narrow = channels / factor ** 2;
    const x = tf.randomNormal([1, height, width, channels], 0, 1, 'float32', 1);
    const kernel = tf.reshape(tf.eye(channels), [factor, factor, narrow, channels]);
    const shape = [1, height * factor, width * factor, narrow];
    const ways = {
      shuffle: () => tf.depthToSpace(x, factor),
      convolution: () => tf.conv2dTranspose(x, kernel, shape, factor, 'valid'),
    };
    /** @type {Record<string, number[]>} */
    const times = { shuffle: [], convolution: [] };
    // The first two warm up. The ways take turns, so that both meet the same machine.
    for (let run = -2; run < Number(runs); run += 1) {
      for (const [way, compute] of Object.entries(ways)) {
        const time = milliseconds(compute);
        if (run >= 0) times[way].push(time);
      }
    }
    const [a, b] = [ways.shuffle(), ways.convolution()];
    const isEqual = tf.all(tf.equal(a, b)).dataSync()[0] === 1;
    console.log(JSON.stringify({
      backend, case: [height, width, channels, factor], ...times, isEqual,
    }));
    tf.dispose([x, kernel, a, b]);
  }
}
