/** Whatever is wrong with a request or a model, the runner says so and lives on. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { useBackend } from '../backend.js';
import { layers as tfl } from '../tf.js';
import { chain, editModelJson, numbers, saveModel, temporaryFolder } from './models.js';
import { RunnerProcess } from './runner_process.js';

/** @typedef {import('../tensors.js').DType} DType */

const { layers } = tfl;
await useBackend('cpu');
const folder = await temporaryFolder();

/** @type {{shape: number[], dtype: DType, values: number[]}[]} */
const GOOD_INPUT = [{ shape: [1, 8], dtype: 'float32', values: numbers(8) }];

/** @type {RunnerProcess} */
let runner;
before(async () => {
  runner = new RunnerProcess('--backend', 'wasm');
  await runner.receive();
});
after(async () => assert.equal(await runner.end(), 0));

let saved = 0;
/** A good model of 8 inputs in two shards of 100 and 60 bytes. */
function saveGood() {
  const model = chain([8], [
    layers.dense({ units: 4 }), layers.dense({ units: 1, useBias: false }),
  ]);
  return saveModel(model, path.join(folder, `model${saved++}`), { shardBytes: 100 });
}

/**
 * @param {any} answer
 * @param {string} stage
 * @param {RegExp} error
 */
function assertFailed(answer, stage, error) {
  assert.equal(answer.ok, false);
  assert.match(answer.error, error);
  assert.equal(answer.stage, stage);
}

test('the model of these tests is good', async () => {
  const answer = await runner.run(await saveGood(), GOOD_INPUT);
  assert.equal(answer.ok, true, answer.error);
});

/** @type {Record<string, [(file: string) => Promise<unknown>, RegExp]>} */
const brokenModels = {
  'no model.json': [(file) => fs.rm(file), /no such file: .*model\.json/],
  'model.json is a folder': [async (file) => {
    await fs.rm(file);
    await fs.mkdir(file);
  }, /not a regular file: .*model\.json/],
  'model.json is cut off': [(file) => fs.truncate(file, 100), /model\.json is not valid JSON/],
  'model.json is a list': [(file) => fs.writeFile(file, '[]'), /has no modelTopology/],
  'another format': [
    (file) => editModelJson(file, (json) => { json.format = 'saved-model'; }),
    /is a 'saved-model', not a 'layers-model' or a 'graph-model'/],
  'an unknown layer': [
    (file) => editModelJson(file, (json) => {
      json.modelTopology.config.layers[1].class_name = 'Strange';
    }),
    /Unknown layer: Strange/],
  'a shard is missing': [
    (file) => fs.rm(path.join(path.dirname(file), 'shard1.bin')),
    /no such file: .*shard1\.bin/],
  'a shard is short': [
    (file) => fs.truncate(path.join(path.dirname(file), 'shard1.bin'), 56),
    /shard0\.bin, shard1\.bin hold 156 bytes, but their 3 weights take 160 bytes/],
  'a shard in the middle is short': [
    (file) => fs.truncate(path.join(path.dirname(file), 'shard0.bin'), 96),
    /hold 156 bytes/],
  'a shard is long': [
    (file) => fs.appendFile(path.join(path.dirname(file), 'shard0.bin'), Buffer.alloc(4)),
    /hold 164 bytes/],
  'a shard is empty': [
    (file) => fs.truncate(path.join(path.dirname(file), 'shard0.bin'), 0),
    /hold 60 bytes/],
  'a shard is outside of every server': [
    (file) => editModelJson(file, (json) => {
      json.weightsManifest[0].paths[1] = 'http://elsewhere.invalid/shard1.bin';
    }),
    /no such file: .*elsewhere\.invalid/],
  'a weight is missing in the manifest': [
    async (file) => {
      await editModelJson(file, (json) => { json.weightsManifest[0].weights.pop(); });
      await fs.truncate(path.join(path.dirname(file), 'shard1.bin'), 44);
    },
    /weights? .*(not set|missing)/i],
  'a weight has another shape': [
    (file) => editModelJson(file, (json) => {
      json.weightsManifest[0].weights[0].shape = [4, 8];
    }),
    /[Ss]hape/],
  'no manifest': [
    (file) => editModelJson(file, (json) => { delete json.weightsManifest; }),
    /no weightsManifest: its 3 weights would be random/],
  'a manifest that is no list': [
    (file) => editModelJson(file, (json) => { json.weightsManifest = { paths: [] }; }),
    /weightsManifest is not a list/],
  'an unknown dtype': [
    (file) => editModelJson(file, (json) => {
      json.weightsManifest[0].weights[0].dtype = 'float64';
    }),
    /float64/],
  'shards that tfjs would read as zeros': [
    async (file) => {
      const shard = path.join(path.dirname(file), 'shard0.bin');
      const data = Buffer.concat([
        await fs.readFile(shard), await fs.readFile(shard.replace('shard0', 'shard1')),
      ]);
      await fs.writeFile(shard, data.subarray(0, 16));
      await fs.writeFile(shard.replace('shard0', 'shard1'), data.subarray(16));
    },
    /would read weight '.*\/bias' as zeros/],
};

for (const [name, [breakModel, error]] of Object.entries(brokenModels)) {
  test(`cannot load: ${name}`, async () => {
    const file = await saveGood();
    await breakModel(file);
    assertFailed(await runner.run(file, GOOD_INPUT), 'load', error);
  });
}

test('cannot predict: the input has another shape than the model', async () => {
  const file = await saveGood();
  const answer = await runner.run(file, [{ shape: [2, 4], dtype: 'float32', values: numbers(8) }]);
  assertFailed(answer, 'predict', /shape/);
});

test('wrong number of inputs', async () => {
  const file = await saveGood();
  const answer = await runner.run(file, [...GOOD_INPUT, ...GOOD_INPUT]);
  assertFailed(answer, 'request', /the model has 1 inputs \(.*\), but 2 were given/);
});

test('input and output files', async () => {
  const model = await saveGood();
  const file = path.join(folder, 'in.bin');
  await fs.writeFile(file, Buffer.alloc(32));
  const good = {
    id: 'x', op: 'run', model, outputs: path.join(folder, 'out'),
    inputs: [{ file, shape: [1, 8], dtype: 'float32' }],
  };
  for (const [change, error] of /** @type {[object, RegExp][]} */ ([
    [{ inputs: [{ file, shape: [1, 9], dtype: 'float32' }] },
      /in\.bin has 32 bytes, but float32 \[1,9\] takes 36/],
    [{ inputs: [{ file: file + 'x', shape: [1, 8], dtype: 'float32' }] }, /no such file: .*binx/],
    [{ outputs: path.join(folder, 'nowhere', 'out') }, /ENOENT.*nowhere/],
    [{ op: 'walk' }, /unknown op "walk"/],
    [{ op: undefined }, /unknown op/],
    [{ model: 3 }, /'model' is not a path/],
    [{ outputs: '' }, /'outputs' is not a path/],
    [{ inputs: {} }, /'inputs' is not a list/],
    [{ inputs: [null] }, /item 0: 'file' is not a path/],
    [{ inputs: [{ file, shape: [1, null], dtype: 'float32' }] }, /item 0: 'shape'/],
    [{ inputs: [{ file, shape: [1, -8], dtype: 'float32' }] }, /item 0: 'shape'/],
    [{ inputs: [{ file, shape: [1, 8], dtype: 'float64' }] }, /item 0: 'dtype'/],
  ])) {
    runner.sendLine(JSON.stringify({ ...good, ...change }));
    const answer = await runner.receive();
    assert.equal(answer.id, 'x');
    assertFailed(answer, 'request', error);
  }
  runner.sendLine(JSON.stringify(good));
  assert.equal((await runner.receive()).ok, true);
});

test('lines that are no request', async () => {
  for (const line of ['{"id": 1', 'null', '[]', '"run"']) {
    runner.sendLine(line);
    const answer = await runner.receive();
    assert.equal(answer.id, null);
    assertFailed(answer, 'request', /not (valid JSON|a JSON object)/);
  }
  runner.sendLine('');
  runner.sendLine('{"id": 7}');
  assert.equal((await runner.receive()).id, 7, 'an empty line has no answer');
});

test('requests that were sent before stdin ended are answered', async () => {
  const other = new RunnerProcess('--backend', 'cpu');
  other.sendLine('{"id": 1}');
  other.sendLine('{"id": 2}');
  const ended = other.end();
  assert.equal((await other.receive()).ready, true);
  assert.equal((await other.receive()).id, 1);
  assert.equal((await other.receive()).id, 2);
  assert.equal(await ended, 0);
});

test('an unknown backend ends the process', async () => {
  assert.equal(await new RunnerProcess('--backend', 'abacus').end(), 2);
});
