/** The outputs that the runner gives for good models. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { useBackend } from '../backend.js';
import { layers as tfl, tf } from '../tf.js';
import {
  assertClose, chain, editModelJson, numbers, saveModel, temporaryFolder, withFixedWeights,
} from './models.js';
import { RunnerProcess, readOutput } from './runner_process.js';

/** @typedef {import('../tensors.js').DType} DType */

const { layers } = tfl;

await useBackend('cpu');
const folder = await temporaryFolder();

/**
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {{shape: number[], dtype: DType, values: number[]}[]} inputs
 */
function predictHere(model, inputs) {
  const tensors = inputs.map(({ shape, dtype, values }) => tf.tensor(values, shape, dtype));
  return [model.predict(tensors)].flat();
}

function convModel() {
  return withFixedWeights(tfl.sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 5, 3], filters: 4, kernelSize: 3, activation: 'relu' }),
      layers.batchNormalization(),
      layers.batchNormalization({ scale: false, center: false }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 7, activation: 'softmax' }),
    ],
  }));
}

function twoInTwoOut() {
  const ids = tfl.input({ shape: [4], dtype: 'int32', name: 'ids' });
  const features = tfl.input({ shape: [3], name: 'features' });
  const embedded = layers.embedding({ inputDim: 10, outputDim: 5 }).apply(ids);
  const pooled = layers.globalAveragePooling1d().apply(embedded);
  const dense = layers.dense({ units: 5, activation: 'tanh' }).apply(features);
  const outputs = [
    layers.add().apply(/** @type {any} */ ([pooled, dense])),
    layers.concatenate().apply(/** @type {any} */ ([pooled, features])),
  ];
  return withFixedWeights(tfl.model({
    inputs: [ids, features], outputs: /** @type {any} */ (outputs),
  }));
}

/** @type {() => {shape: number[], dtype: DType, values: number[]}[]} */
const image = () => [{ shape: [2, 6, 5, 3], dtype: 'float32', values: numbers(180) }];

for (const backend of ['wasm', 'cpu']) {
  describe(`on ${backend}`, () => {
    /** @type {RunnerProcess} */
    let runner;
    const here = path.join(folder, backend);

    before(async () => {
      runner = new RunnerProcess('--backend', backend);
      assert.deepEqual(await runner.receive(), {
        ready: true, backend, tfjs: '4.22.0', node: process.version,
      });
    });
    after(async () => assert.equal(await runner.end(), 0));

    test('a sequential model in several shards', async () => {
      const model = convModel();
      const file = await saveModel(model, path.join(here, 'conv'), { shardBytes: 100 });
      const answer = await runner.run(file, image());
      assert.equal(answer.ok, true, answer.error);
      assert.equal(answer.backend, backend);
      assert.equal(answer.fallback, undefined);
      assert.equal(answer.outputs.length, 1);
      assert.deepEqual(answer.outputs[0].shape, [2, 7]);
      assert.equal(answer.outputs[0].dtype, 'float32');
      assert.ok(answer.seconds > 0 && answer.loadSeconds > 0);
      const [expected] = predictHere(model, image());
      assertClose(await readOutput(answer.outputs[0]), expected.dataSync());

      const again = await runner.run(file, image());
      assert.equal(again.loadSeconds, 0, 'it stays loaded');
    });

    test('a model with several inputs and outputs', async () => {
      const model = twoInTwoOut();
      const file = await saveModel(model, path.join(here, 'two'));
      /** @type {{shape: number[], dtype: DType, values: number[]}[]} */
      const inputs = [
        { shape: [2, 4], dtype: 'int32', values: [0, 9, 3, 1, 5, 5, 2, 7] },
        { shape: [2, 3], dtype: 'float32', values: numbers(6) },
      ];
      const answer = await runner.run(file, inputs);
      assert.equal(answer.ok, true, answer.error);
      const expected = predictHere(model, inputs);
      assert.deepEqual(answer.outputs.map((/** @type {any} */ output) => output.shape),
        [[2, 5], [2, 8]]);
      for (const [index, output] of answer.outputs.entries()) {
        assertClose(await readOutput(output), expected[index].dataSync(), `output ${index}`);
      }
    });

    test('more samples than the batch size of tfjs', async () => {
      const model = convModel();
      const file = await saveModel(model, path.join(here, 'batch'));
      /** @type {{shape: number[], dtype: DType, values: number[]}[]} */
      const inputs = [{ shape: [70, 6, 5, 3], dtype: 'float32', values: numbers(70 * 90) }];
      const answer = await runner.run(file, inputs);
      assert.equal(answer.ok, true, answer.error);
      assertClose(await readOutput(answer.outputs[0]), predictHere(model, inputs)[0].dataSync());
    });

    test('int32 and bool outputs keep their types', async () => {
      for (const [dtype, values] of /** @type {[DType, number[]][]} */ ([
        ['int32', [-3, 0, 70000, 2]], ['bool', [1, 0, 0, 1]],
      ])) {
        const model = chain([2], [layers.reshape({ targetShape: [1, 2] })], dtype);
        const file = await saveModel(model, path.join(here, dtype));
        const answer = await runner.run(file, [{ shape: [2, 2], dtype, values }]);
        assert.equal(answer.ok, true, answer.error);
        assert.equal(answer.outputs[0].dtype, dtype);
        assert.deepEqual(answer.outputs[0].shape, [2, 1, 2]);
        assert.deepEqual(await readOutput(answer.outputs[0]), values);
      }
    });

    test('quantized weights', async () => {
      const model = chain([2], [layers.dense({ units: 2 })]);
      const file = await saveModel(model, path.join(here, 'quantized'));
      await fs.writeFile(path.join(path.dirname(file), 'q.bin'), Buffer.from([
        0, 255, 10, 100, // the kernel in uint8
        0x00, 0x00, 0xff, 0xff, // the bias in uint16
      ]));
      await editModelJson(file, (json) => {
        const [kernel, bias] = json.weightsManifest[0].weights;
        kernel.quantization = { dtype: 'uint8', min: -1, scale: 0.5, original_dtype: 'float32' };
        bias.quantization = { dtype: 'uint16', min: 2, scale: 1, original_dtype: 'float32' };
        json.weightsManifest[0].paths = ['q.bin'];
      });
      const answer = await runner.run(file, [{ shape: [1, 2], dtype: 'float32', values: [1, 2] }]);
      assert.equal(answer.ok, true, answer.error);
      // [1, 2] @ [[-1, 126.5], [4, 49]] + [2, 65537]
      assertClose(await readOutput(answer.outputs[0]), [9, 65761.5]);
    });

    test('names that a URL has to escape', async () => {
      const model = convModel();
      const file = await saveModel(model, path.join(here, 'a b%20é#?'), { shardName: 'w é ' });
      const answer = await runner.run(file, image());
      assert.equal(answer.ok, true, answer.error);
      assertClose(await readOutput(answer.outputs[0]), predictHere(model, image())[0].dataSync());
    });

    test('RNN states start from zero in every run', async () => {
      const stateful = () => layers.lstm({ units: 3, stateful: true, returnSequences: true });
      const inner = tfl.sequential({
        layers: [layers.gru(/** @type {any} */ ({
          units: 3, stateful: true, batchInputShape: [2, 4, 6], resetAfter: false,
        }))],
      });
      const model = withFixedWeights(tfl.sequential({
        layers: [
          layers.bidirectional({
            layer: stateful(), mergeMode: 'concat', batchInputShape: [2, 4, 5],
          }),
          inner,
        ],
      }));
      const file = await saveModel(model, path.join(here, 'stateful'));
      /** @type {{shape: number[], dtype: DType, values: number[]}[]} */
      const inputs = [{ shape: [2, 4, 5], dtype: 'float32', values: numbers(40) }];
      model.resetStates();
      const expected = predictHere(model, inputs)[0].dataSync();
      assert.notDeepEqual(predictHere(model, inputs)[0].dataSync(), expected, 'it has a state');
      for (let run = 0; run < 3; run++) {
        const answer = await runner.run(file, inputs);
        assert.equal(answer.ok, true, answer.error);
        assertClose(await readOutput(answer.outputs[0]), expected, `run ${run}`);
      }
    });

    test('a model that changed on disk is loaded again', async () => {
      const target = path.join(here, 'changing');
      const first = convModel();
      const file = await saveModel(first, target);
      await runner.run(file, image());
      const second = convModel();
      second.setWeights(second.getWeights().map((weight) => tf.mul(weight, 0.5)));
      // Only the weights differ; model.json stays the same file.
      await saveModel(second, path.join(here, 'other'));
      await fs.copyFile(path.join(here, 'other', 'shard0.bin'), path.join(target, 'shard0.bin'));
      const answer = await runner.run(file, image());
      assert.ok(answer.loadSeconds > 0);
      assertClose(await readOutput(answer.outputs[0]), predictHere(second, image())[0].dataSync());
    });

    test('more models than stay loaded', async () => {
      for (let round = 0; round < 2; round++) {
        for (let units = 1; units <= 6; units++) {
          const model = chain([3], [layers.dense({ units })]);
          const target = path.join(here, `dense${units}`);
          const file = round === 0 ? await saveModel(model, target)
            : path.join(target, 'model.json');
          /** @type {{shape: number[], dtype: DType, values: number[]}[]} */
          const inputs = [{ shape: [1, 3], dtype: 'float32', values: numbers(3) }];
          const answer = await runner.run(file, inputs);
          assert.equal(answer.ok, true, answer.error);
          const [expected] = predictHere(model, inputs);
          assertClose(await readOutput(answer.outputs[0]), expected.dataSync());
        }
      }
    });
  });
}
