/** The layer library: shapes, saving, memory and errors; tests/shims proves what it computes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { layers, register } from 'upconvert-custom-layers';

import { useBackend } from '../backend.js';
import { layers as tfl, tf as core } from '../tf.js';
import { assertClose, numbers, withFixedWeights } from './models.js';

const tf = { ...core, ...tfl };
/** @type {Record<string, import('../types.js').LayerClass<any>>} */
const classes = { ...layers(tf) };
register(tf);

/**
 * Every class, with a configuration and the shape of an input.
 * @type {[string, object, number[]][]}
 */
const CASES = [
  ['ChannelAttention', { ratio: 4 }, [3, 5, 7, 8]],
  ['ChannelAttention', { ratio: 9, pooling: 'mean+max', useBias: false }, [1, 1, 1, 8]],
  ['Clip', { minValue: -0.5, maxValue: 0.25 }, [3, 5, 7, 2]],
  ['ClipByValue', { minValue: 0 }, [1, 1, 1, 1]],
  ['ClipLayer', { maxValue: 0 }, [3, 4]],
  ['Clipping', {}, [3, 4]],
  ['DepthToSpace', { blockSize: 3 }, [3, 5, 7, 18]],
  ['GELU', { approximate: true }, [3, 5, 7, 2]],
  ['Gelu', {}, [3, 4]],
  ['GroupNormalization', { groups: 2, epsilon: 0.01 }, [3, 5, 7, 6]],
  ['GroupNormalization', { groups: 3, axis: 1, scale: false }, [1, 6, 1, 1]],
  ['InstanceNormalization', { axis: null, center: false }, [3, 5, 7, 6]],
  ['InstanceNormalization', { epsilonOn: 'deviation' }, [1, 1, 1, 3]],
  ['Mish', {}, [3, 5, 7, 2]],
  ['MultiplyBeta', { beta: 0.2 }, [3, 4]],
  ['PixelShuffle', { upscaleFactor: 2 }, [3, 5, 7, 12]],
  ['PixelShuffle', { scale: 1 }, [1, 1, 1, 1]],
  ['PixelShuffle2x', {}, [3, 5, 7, 12]],
  ['PixelShuffle3x', {}, [1, 1, 1, 9]],
  ['PixelShuffle4x', {}, [1, 64, 64, 16]],
  ['PixelShuffle8x', { scale: 8 }, [1, 2, 1, 64]],
  ['PixelUnshuffle', { downscaleFactor: 2 }, [3, 4, 6, 3]],
  ['ReflectPadding2D', {}, [1, 2, 2, 1]],
  ['ReflectionPad2D', { padding: [2, 1] }, [3, 5, 7, 2]],
  ['ReflectionPadding2D', { padding: [[0, 1], [2, 3]] }, [3, 5, 7, 2]],
  ['Scale', { scale: [1, -2] }, [3, 5, 7, 2]],
  ['ScaleLayer', { scale: 255 }, [3, 4]],
  ['Scaling', { factor: 0.5 }, [3, 4]],
  ['SiLU', {}, [3, 4]],
  ['Silu', {}, [3, 4]],
  ['SpaceToDepth', { blockSize: 3 }, [3, 6, 9, 2]],
  ['SpatialAttention', { kernelSize: 3, pooling: 'max+mean' }, [3, 5, 7, 6]],
  ['SpatialAttention', { useBias: false }, [1, 1, 1, 6]],
  ['SubpixelConv2D', { scale: 2 }, [3, 5, 7, 4]],
  ['Swish', { beta: 2 }, [3, 5, 7, 2]],
  ['SymmetricPadding2D', { padding: 1 }, [1, 1, 1, 3]],
];

/**
 * @param {string} name
 * @param {object} config
 * @param {(number | null)[]} batchShape
 * @returns {import('@tensorflow/tfjs-layers').LayersModel}
 */
function modelOf(name, config, batchShape) {
  const input = tfl.input({ batchShape });
  const layer = new classes[name]({ name: 'layer', ...config });
  const output = /** @type {import('@tensorflow/tfjs-layers').SymbolicTensor} */ (layer.apply(input));
  const model = tfl.model({ inputs: input, outputs: output });
  return core.tidy(() => /** @type {any} */ (withFixedWeights(model)));
}

/** @param {number[]} shape */
function inputOf(shape) {
  return tf.tensor(numbers(shape.reduce((product, size) => product * size, 1)), shape);
}

/**
 * As a page loads what another has saved.
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 */
async function reloaded(model) {
  /** @type {import('@tensorflow/tfjs-core').io.ModelArtifacts | undefined} */
  let artifacts;
  await model.save(tf.io.withSaveHandler(async (saved) => {
    artifacts = JSON.parse(JSON.stringify({ ...saved, weightData: undefined }));
    /** @type {any} */ (artifacts).weightData = saved.weightData;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }));
  return tf.loadLayersModel(tf.io.fromMemory(/** @type {any} */ (artifacts)));
}

test('every class has a case', () => {
  assert.deepEqual([...new Set(CASES.map(([name]) => name))].sort(), Object.keys(classes).sort());
});

test('the classes are made once for each TensorFlow.js, and registering twice does no harm', () => {
  register(tf);
  assert.equal(layers(tf), layers({ ...tf }));
  for (const [name, layer] of Object.entries(classes)) assert.equal(layer.className, name);
});

for (const backend of /** @type {const} */ (['cpu', 'wasm'])) {
  for (const [name, config, shape] of CASES) {
    test(`${name} ${JSON.stringify(config)} on ${backend}`, async () => {
      await useBackend(backend);
      const before = tf.memory().numTensors;
      // Channels have to be known, other sizes need not be.
      const axis = 'axis' in config && config.axis === 1 ? 1 : shape.length - 1;
      const free = shape.map((size, index) => (index === axis ? size : null));
      const fixed = modelOf(name, config, [null, ...shape.slice(1)]);
      const open = modelOf(name, config, free);
      const saved = await reloaded(open);
      const input = inputOf(shape);
      /** @type {import('@tensorflow/tfjs-core').Tensor[]} */
      const outputs = [];
      let tensors = 0;
      for (let round = 0; round < 3; round++) {
        tf.dispose(outputs);
        outputs.length = 0;
        for (const model of [fixed, open, saved]) {
          outputs.push(/** @type {import('@tensorflow/tfjs-core').Tensor} */ (model.predict(input)));
        }
        tensors ||= tf.memory().numTensors;
        assert.equal(tf.memory().numTensors, tensors, 'every call leaves its output, and no more');
      }
      const [expected, ...others] = await Promise.all(outputs.map((tensor) => tensor.data()));
      for (const other of others) assertClose([...other], expected);

      const actual = outputs[0].shape;
      assert.deepEqual(fixed.outputs[0].shape, [null, ...actual.slice(1)]);
      assert.deepEqual(open.outputs[0].shape,
        actual.map((size, index) => (index === axis ? size : null)));
      assert.deepEqual(open.layers[1].computeOutputShape(shape), actual);
      assert.deepEqual(saved.layers[1].getConfig(), open.layers[1].getConfig());

      // Unlike predict, a call of the layer itself is in no tidy but its own.
      outputs.push([open.layers[1].call(input, {})].flat()[0]);
      assert.equal(tf.memory().numTensors, tensors + 1);

      tf.dispose([input, outputs]);
      for (const model of [fixed, open, saved]) model.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  }
}

test('a layer takes its input in a list too, and values in snake_case', async () => {
  await useBackend('cpu');
  tf.tidy(() => {
    const input = inputOf([1, 2, 2, 4]);
    const layer = new classes.PixelShuffle({ scale: 2, dataFormat: 'channels_last' });
    assert.deepEqual([layer.call([input], {})].flat()[0].shape, [1, 4, 4, 1]);
    assert.deepEqual(layer.computeOutputShape([[1, 2, 2, 4]]), [1, 4, 4, 1]);
  });
});

test('padding in the words of Keras 3', () => {
  const padding = { className: 'Tuple', items: [1, { className: 'Tuple', items: [2, 3] }] };
  const layer = new classes.ReflectionPadding2D({ padding });
  assert.deepEqual(layer.getConfig().padding, [[1, 1], [2, 3]]);
});

test('what keras-contrib stores means epsilon on the deviation, what Addons stores does not', () => {
  const stored = { axis: 3, epsilon: 0.001, gammaInitializer: { className: 'Ones', config: {} } };
  const { InstanceNormalization: Norm } = classes;
  assert.equal(new Norm(stored).getConfig().epsilonOn, 'deviation');
  assert.equal(new Norm({ ...stored, groups: 6 }).getConfig().epsilonOn, 'variance');
  assert.equal(new Norm({}).getConfig().epsilonOn, 'variance');
});

test('attention weights are named by their order, others by what they are', async () => {
  await useBackend('cpu');
  /**
   * @param {string} name
   * @param {object} config
   */
  const weightNames = (name, config) => modelOf(name, config, [null, null, null, 4]).weights
    .map((weight) => weight.originalName);
  assert.deepEqual(weightNames('ChannelAttention', { ratio: 2 }),
    ['layer/w0', 'layer/w1', 'layer/w2', 'layer/w3']);
  assert.deepEqual(weightNames('SpatialAttention', { useBias: false }), ['layer/w0']);
  assert.deepEqual(weightNames('GroupNormalization', { groups: 2 }), ['layer/gamma', 'layer/beta']);
});

/** @type {[string, any, RegExp][]} */
const BAD_CONFIGS = [
  ['ChannelAttention', { ratio: 0 }, /'layer' needs a ratio/],
  ['ChannelAttention', { pooling: 'max' }, /'mean' or 'mean\+max' as pooling/],
  ['Clip', { minValue: 1, maxValue: 0 }, /'layer' needs a min_value and a max_value/],
  ['Clip', { minValue: '0' }, /needs a min_value/],
  ['GroupNormalization', { groups: 0 }, /a whole number of groups/],
  ['GroupNormalization', { axis: [1, 2] }, /an axis other than 0/],
  ['InstanceNormalization', { axis: 0 }, /an axis other than 0/],
  ['InstanceNormalization', { epsilonOn: 'mean' }, /'variance' or 'deviation' as epsilon_on/],
  ['MultiplyBeta', {}, /MultiplyBeta 'layer' needs a number as beta/],
  ['PixelShuffle', {}, /PixelShuffle 'layer' needs a scale/],
  ['DepthToSpace', { blockSize: 1.5 }, /DepthToSpace 'layer' needs a scale/],
  ['PixelShuffle', { scale: 2, dataFormat: 'channelsFirst' }, /takes channels last only/],
  ['ReflectionPadding2D', { padding: [1, 2, 3] }, /needs a padding of whole numbers/],
  ['ReflectionPadding2D', { padding: -1 }, /needs a padding of whole numbers/],
  ['ReflectionPadding2D', { dataFormat: 'channels_first' }, /takes channels last only/],
  ['Scale', {}, /needs a scale, a number or a list/],
  ['Scale', { scale: [] }, /needs a scale/],
  ['SpaceToDepth', { blockSize: '2' }, /needs a block_size/],
  ['SpaceToDepth', { blockSize: 2, dataFormat: 'NCHW' }, /takes channels last only/],
  ['SpatialAttention', { kernelSize: 0 }, /needs a kernel_size/],
  ['Swish', { beta: '1' }, /needs a number as beta/],
];

for (const [name, config, message] of BAD_CONFIGS) {
  test(`refused: ${name} ${JSON.stringify(config)}`, () => {
    assert.throws(() => new classes[name]({ name: 'layer', ...config }), message);
  });
}

/** @type {[string, object, (number | null)[], RegExp][]} */
const BAD_SHAPES = [
  ['PixelShuffle', { scale: 2 }, [1, 2, 2, 6], /a multiple of 4 channels\], not \[1, 2, 2, 6\]/],
  ['PixelShuffle', { scale: 2 }, [1, 2, 4], /takes \[batch, height, width/],
  ['SpaceToDepth', { blockSize: 2 }, [1, 3, 2, 6], /multiples of 2 pixels, not \[1, 3, 2, 6\]/],
  ['ReflectionPadding2D', { padding: 2 }, [1, 3, 2, 1], /a width of 2 is too small to mirror 2 pixels/],
  ['SymmetricPadding2D', { padding: 2 }, [1, 1, 2, 1], /a height of 1 is too small to mirror 2/],
  ['ReflectionPadding2D', { padding: 2 }, [1, 3, 2], /takes \[batch, height, width/],
];

for (const [name, config, shape, message] of BAD_SHAPES) {
  test(`refused: ${name} of an input [${shape}]`, async () => {
    await useBackend('cpu');
    const layer = new classes[name]({ name: 'layer', ...config });
    assert.throws(() => layer.computeOutputShape(shape), message);
    const input = inputOf(/** @type {number[]} */ (shape));
    const before = tf.memory().numTensors;
    assert.throws(() => layer.call(input, {}), message);
    assert.equal(tf.memory().numTensors, before);
    tf.dispose(input);
  });
}

test('refused: channels that are unknown or do not make groups', async () => {
  await useBackend('cpu');
  for (const [name, config, shape, message] of /** @type {[string, object, (number | null)[], RegExp][]} */ ([
    ['GroupNormalization', { groups: 4 }, [null, 2, 2, 6], /cannot make 4 groups of axis -1/],
    ['GroupNormalization', { groups: 2 }, [null, 2, 2, null], /cannot make 2 groups/],
    ['GroupNormalization', { groups: 2, axis: 5 }, [null, 2, 2, 6], /cannot make 2 groups of axis 5/],
    ['InstanceNormalization', {}, [null, 2, 2, null], /needs the size of axis -1/],
    ['ChannelAttention', {}, [null, 2, 2, null], /needs the number of channels/],
    ['SpatialAttention', {}, [null, 2, 2], /takes \[batch, height, width/],
  ])) {
    assert.throws(() => modelOf(name, config, shape), message);
  }
});
