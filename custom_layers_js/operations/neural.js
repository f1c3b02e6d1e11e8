/** Operations of networks: activations, convolutions, pooling, normalization. */
import { asTensor, axesOf, float, front } from './base.js';
import { erf } from './elementwise.js';

/** @typedef {import('./base.js').TF} TF */
/** @typedef {import('./base.js').Tensor} Tensor */

/** @type {Record<string, import('./base.js').Compute>} */
export const NEURAL = {
  Relu: (tf, { x }) => tf.relu(x),
  // Not clipByValue: that of the wasm backend takes whole numbers for others.
  Relu6: (tf, { x }) => tf.minimum(tf.relu(x), asTensor(tf, 6, x.dtype)),
  LeakyRelu: (tf, { x, negativeSlope }) => tf.leakyRelu(x, negativeSlope ?? 0.2),
  Elu: (tf, { x, alpha }) => {
    const rate = alpha ?? 1;
    return rate === 1 ? tf.elu(x) : tf.where(tf.greater(x, 0), x, tf.mul(tf.elu(x), rate));
  },
  Celu: (tf, { x, alpha }) => {
    const rate = alpha ?? 1;
    return tf.add(tf.relu(x), tf.mul(tf.elu(tf.minimum(tf.div(x, rate), 0)), rate));
  },
  Selu: (tf, { x }) => tf.selu(x),
  Sigmoid: (tf, { x }) => tf.sigmoid(float(tf, x)),
  Silu: (tf, { x }) => tf.mul(x, tf.sigmoid(x)),
  LogSigmoid: (tf, { x }) => tf.neg(tf.softplus(tf.neg(x))),
  Softplus: (tf, { x }) => tf.softplus(float(tf, x)),
  Softsign: (tf, { x }) => tf.div(x, tf.add(1, tf.abs(x))),
  HardSigmoid: (tf, { x }) => hardSigmoid(tf, x),
  HardSilu: (tf, { x }) => tf.mul(x, hardSigmoid(tf, x)),
  HardTanh: (tf, { x }) => tf.clipByValue(x, -1, 1),
  HardShrink: (tf, { x, threshold }) => tf.where(tf.greater(tf.abs(x), threshold ?? 0.5), x, tf.zerosLike(x)),
  SoftShrink: (tf, { x, threshold }) => tf.mul(tf.sign(x), tf.relu(tf.sub(tf.abs(x), threshold ?? 0.5))),
  TanhShrink: (tf, { x }) => tf.sub(x, tf.tanh(x)),
  Threshold: (tf, { x, threshold, defaultValue }) => tf.where(
    tf.greater(x, threshold), x, tf.fill(x.shape, defaultValue)),
  SparsePlus: (tf, { x }) => tf.where(tf.lessEqual(x, -1), tf.zerosLike(x),
    tf.where(tf.less(x, 1), tf.mul(tf.square(tf.add(x, 1)), 0.25), x)),
  SparseSigmoid: (tf, { x }) => tf.clipByValue(tf.mul(tf.add(x, 1), 0.5), 0, 1),
  Squareplus: (tf, { x, b }) => tf.mul(tf.add(x, tf.sqrt(tf.add(tf.square(x), b ?? 4))), 0.5),
  Gelu: (tf, { x, approximate }) => gelu(tf, x, approximate ?? true),
  Glu: (tf, { x, axis }) => {
    const [value, gate] = tf.split(x, 2, front(axis ?? -1, x.rank));
    return tf.mul(value, tf.sigmoid(gate));
  },
  Softmax: (tf, { x, axis }) => softmax(tf, x, axis),
  LogSoftmax: (tf, { x, axis }) => {
    const axes = axesOf(axis === undefined ? -1 : axis, x.rank);
    const shifted = tf.sub(x, tf.max(x, axes, true));
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axes, true)));
  },
  BatchNorm: (tf, { x, mean, variance, axis, offset, scale, epsilon }) => {
    const shape = x.shape.map((/** @type {number} */ size, /** @type {number} */ at) => (at === front(axis, x.rank) ? size : 1));
    const spread = (/** @type {any} */ each) => tf.reshape(float(tf, each), shape);
    const centred = tf.mul(tf.sub(x, spread(mean)), tf.rsqrt(tf.add(spread(variance), epsilon ?? 1e-3)));
    const scaled = scale === null || scale === undefined ? centred : tf.mul(centred, spread(scale));
    return offset === null || offset === undefined ? scaled : tf.add(scaled, spread(offset));
  },
  LayerNorm: (tf, { x, gamma, beta, axis, epsilon, rmsScaling }) => {
    const axes = axesOf(axis ?? -1, x.rank);
    const mean = tf.mean(x, axes, true);
    const variance = tf.mean(tf.square(tf.sub(x, mean)), axes, true);
    const factor = tf.rsqrt(tf.add(variance, epsilon ?? 1e-7));
    const shape = x.shape.map((/** @type {number} */ size, /** @type {number} */ at) => (axes.includes(at) ? size : 1));
    const spread = (/** @type {any} */ each) => tf.reshape(float(tf, each), shape);
    const scaled = tf.mul(rmsScaling ? x : tf.sub(x, mean), factor);
    const grown = gamma === null || gamma === undefined ? scaled : tf.mul(scaled, spread(gamma));
    return beta === null || beta === undefined ? grown : tf.add(grown, spread(beta));
  },
  RMSNorm: (tf, { x, scale, axis, epsilon }) => {
    const axes = axesOf(axis ?? -1, x.rank);
    const scaled = tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), axes, true), epsilon ?? 1e-7)));
    return scale === null || scale === undefined ? scaled : tf.mul(scaled, float(tf, scale));
  },
  MaxPool: (tf, { inputs, poolSize, strides, padding, dataFormat }) => pooled(tf, inputs, poolSize, strides, padding, dataFormat, 'max'),
  AveragePool: (tf, { inputs, poolSize, strides, padding, dataFormat }) => pooled(tf, inputs, poolSize, strides, padding, dataFormat, 'avg'),
  Conv: (tf, a) => lastChannels(tf, a.inputs, a.dataFormat, (x) => convolution(tf, x, a)),
  DepthwiseConv: (tf, a) => lastChannels(tf, a.inputs, a.dataFormat, (x) => depthwise(tf, x, a.kernel, a)),
  SeparableConv: (tf, a) => lastChannels(tf, a.inputs, a.dataFormat, (x) => convolution(
    tf, depthwise(tf, x, a.depthwiseKernel, a), { kernel: a.pointwiseKernel, padding: 'valid' })),
  DepthToSpace: (tf, { x, blockSize, dataFormat }) => lastChannels(tf, x, dataFormat, (y) => depthToSpace(tf, y, blockSize)),
  SpaceToDepth: (tf, { x, blockSize, dataFormat }) => lastChannels(tf, x, dataFormat, (y) => {
    const [batch, height, width, channels] = y.shape;
    const parts = tf.reshape(y, [batch, height / blockSize, blockSize, width / blockSize, blockSize, channels]);
    return tf.reshape(tf.transpose(parts, [0, 1, 3, 2, 4, 5]),
      [batch, height / blockSize, width / blockSize, channels * blockSize ** 2]);
  }),
  BinaryCrossentropy: (tf, { target, output, fromLogits }) => {
    const x = float(tf, output);
    const wanted = float(tf, target);
    if (fromLogits) return tf.add(tf.sub(tf.relu(x), tf.mul(x, wanted)), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
    const safe = tf.clipByValue(x, 1e-7, 1 - 1e-7);
    return tf.neg(tf.add(tf.mul(wanted, tf.log(safe)), tf.mul(tf.sub(1, wanted), tf.log(tf.sub(1, safe)))));
  },
  DotProductAttention: (tf, { query, key, value, bias, mask, scale, isCausal }) => {
    const [q, k, v] = [query, key, value].map((each) => tf.transpose(float(tf, each), [0, 2, 1, 3]));
    let logits = tf.mul(tf.matMul(q, k, false, true), scale ?? 1 / Math.sqrt(q.shape[3]));
    if (bias !== null && bias !== undefined) logits = tf.add(logits, bias);
    const hidden = (/** @type {Tensor} */ seen) => {
      logits = tf.where(tf.cast(tf.add(tf.cast(seen, 'int32'), tf.zerosLike(tf.cast(logits, 'int32'))), 'bool'),
        logits, tf.fill(logits.shape, -0.7 * 3.4028234663852886e38));
    };
    if (mask !== null && mask !== undefined) hidden(asTensor(tf, mask, 'bool'));
    if (isCausal) {
      const [rows, columns] = logits.shape.slice(-2);
      hidden(tf.greaterEqual(tf.expandDims(tf.range(0, rows), 1), tf.expandDims(tf.range(0, columns), 0)));
    }
    return tf.transpose(tf.matMul(tf.softmax(logits), v), [0, 2, 1, 3]);
  },
};

/** @param {TF} tf @param {Tensor} x */
export function hardSigmoid(tf, x) {
  return tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6);
}

/** @param {TF} tf @param {Tensor} x @param {boolean} approximate */
export function gelu(tf, x, approximate) {
  if (!approximate) return tf.mul(tf.mul(x, 0.5), tf.add(1, erf(tf, tf.mul(x, Math.SQRT1_2))));
  const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
}

/** @param {TF} tf @param {Tensor} x @param {any} axis */
export function softmax(tf, x, axis) {
  const axes = axesOf(axis === undefined ? -1 : axis, x.rank);
  const powers = tf.exp(tf.sub(x, tf.max(x, axes, true)));
  return tf.div(powers, tf.sum(powers, axes, true));
}

/**
 * Computed with the channels behind everything else.
 * @param {TF} tf @param {any} x @param {any} dataFormat @param {(x: any) => any} compute
 */
export function lastChannels(tf, x, dataFormat, compute) {
  if (!/first/i.test(dataFormat ?? '')) return compute(x);
  const space = [...Array(x.rank - 2).keys()].map((each) => each + 2);
  const found = compute(tf.transpose(x, [0, ...space, 1]));
  return tf.transpose(found, [0, found.rank - 1, ...space.map((each) => each - 1)]);
}

/**
 * A number for each dimension.
 * @param {any} value @param {number} count
 * @returns {any}
 */
export function each(value, count) {
  return Array.isArray(value) ? (value.length === 1 ? Array(count).fill(value[0]) : value) : Array(count).fill(value);
}

/**
 * @param {TF} tf @param {Tensor} inputs @param {any} poolSize @param {any} strides @param {any} padding
 * @param {any} dataFormat @param {'max' | 'avg'} kind
 */
export function pooled(tf, inputs, poolSize, strides, padding, dataFormat, kind) {
  return lastChannels(tf, inputs, dataFormat, (x) => {
    const rank = x.rank - 2;
    const size = each(poolSize, rank);
    const step = each(strides ?? poolSize, rank);
    if (rank === 3) {
      return kind === 'max' ? tf.maxPool3d(x, size, step, padding) : tf.avgPool3d(x, size, step, padding);
    }
    const flat = /** @type {any} */ (rank === 1 ? tf.expandDims(x, 2) : x);
    const [window, by] = rank === 1 ? [[size[0], 1], [step[0], 1]] : [size, step];
    const found = kind === 'max' ? tf.maxPool(flat, /** @type {any} */ (window), /** @type {any} */ (by), padding)
      : tf.avgPool(flat, /** @type {any} */ (window), /** @type {any} */ (by), padding);
    return rank === 1 ? tf.squeeze(found, [2]) : found;
  });
}

/** @param {TF} tf @param {any} x @param {any} a @returns {any} */
export function convolution(tf, x, { kernel, strides, padding, dilationRate }) {
  const weights = asTensor(tf, kernel);
  const rank = x.rank - 2;
  const [step, rate] = [each(strides ?? 1, rank), each(dilationRate ?? 1, rank)];
  const groups = x.shape[x.rank - 1] / weights.shape[weights.rank - 2];
  if (groups !== 1) {
    const parts = tf.split(x, groups, x.rank - 1);
    const kernels = tf.split(weights, groups, weights.rank - 1);
    return tf.concat(parts.map((/** @type {any} */ one, /** @type {number} */ index) => convolution(
      tf, one, { kernel: kernels[index], strides, padding, dilationRate })), x.rank - 1);
  }
  const short = reached(tf, x, weights.shape, step, rate, padding);
  if (short !== x) return convolution(tf, short, { kernel, strides, padding: 'valid', dilationRate });
  if (rank === 3) return tf.conv3d(x, /** @type {any} */ (weights), step, padding, 'NDHWC', rate);
  if (rank === 1) {
    const found = tf.conv2d(/** @type {any} */ (tf.expandDims(x, 1)), /** @type {any} */ (tf.expandDims(weights, 0)), [1, step[0]], padding, 'NHWC', [1, rate[0]]);
    return tf.squeeze(found, [1]);
  }
  return tf.conv2d(x, /** @type {any} */ (weights), step, padding, 'NHWC', rate);
}

/**
 * The input cut to what windows padded "same" see, with their zeros, where some windows end before
 * the input does: the wasm backend pads these otherwise.
 * @param {TF} tf @param {any} x @param {number[]} widths @param {any} step @param {any} rate
 * @param {any} padding
 */
export function reached(tf, x, widths, step, rate, padding) {
  const reach = step.map((/** @type {number} */ _, /** @type {number} */ axis) => (widths[axis] - 1) * rate[axis] + 1);
  if (padding !== 'same' || step.every((/** @type {number} */ by, /** @type {number} */ axis) => by <= reach[axis])) return x;
  const seen = step.map((/** @type {number} */ by, /** @type {number} */ axis) => (
    (Math.ceil(x.shape[axis + 1] / by) - 1) * by + reach[axis]));
  const missing = seen.map((/** @type {number} */ size, /** @type {number} */ axis) => Math.max(size - x.shape[axis + 1], 0));
  const padded = tf.pad(x, [[0, 0], ...missing.map((/** @type {number} */ zeros) => [Math.floor(zeros / 2), Math.ceil(zeros / 2)]), [0, 0]]);
  return tf.slice(padded, Array(x.rank).fill(0), [x.shape[0], ...seen, x.shape[x.rank - 1]]);
}

/** @param {TF} tf @param {any} x @param {any} kernel @param {any} a */
export function depthwise(tf, x, kernel, { strides, padding, dilationRate }) {
  const weights = asTensor(tf, kernel);
  const rank = x.rank - 2;
  const [step, rate] = [each(strides ?? 1, rank), each(dilationRate ?? 1, rank)];
  const short = reached(tf, x, weights.shape, step, rate, padding);
  if (short !== x) return depthwise(tf, short, kernel, { strides, padding: 'valid', dilationRate });
  if (rank === 2) return tf.depthwiseConv2d(x, /** @type {any} */ (weights), step, padding, 'NHWC', rate);
  // Strides must be equal in both directions; along the one of size 1 any stride does the same.
  const found = tf.depthwiseConv2d(/** @type {any} */ (tf.expandDims(x, 1)), /** @type {any} */ (tf.expandDims(weights, 0)),
    [step[0], step[0]], padding, 'NHWC', [1, rate[0]]);
  return tf.squeeze(found, [1]);
}

/** @param {TF} tf @param {any} x @param {number} block */
export function depthToSpace(tf, x, block) {
  const [batch, height, width, channels] = x.shape;
  const depth = channels / block ** 2;
  const parts = tf.reshape(x, [batch, height, width, block, block, depth]);
  return tf.reshape(tf.transpose(parts, [0, 1, 3, 2, 4, 5]), [batch, height * block, width * block, depth]);
}
