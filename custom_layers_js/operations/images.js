/** Operations on pictures. */
import { asTensor, float, part } from './base.js';
import { each, lastChannels } from './neural.js';

/** @typedef {import('./base.js').TF} TF */
/** @typedef {import('./base.js').Tensor} Tensor */

/** @type {Record<string, import('./base.js').Compute>} */
export const IMAGES = {
  RGBToGrayscale: (tf, { images, dataFormat }) => channels(tf, images, dataFormat, (x) => {
    const weights = tf.tensor([0.2989, 0.587, 0.114]);
    return tf.sum(tf.mul(float(tf, x), weights), x.rank - 1, true);
  }),
  CropImages: (tf, a) => channels(tf, a.images, a.dataFormat, (x) => {
    const at = x.rank - 3;
    const rows = margins(x.shape[at], a.topCropping, a.bottomCropping, a.targetHeight);
    const columns = margins(x.shape[at + 1], a.leftCropping, a.rightCropping, a.targetWidth);
    const cropped = part(tf, x, at, rows[0], x.shape[at] - rows[0] - rows[1]);
    return part(tf, cropped, at + 1, columns[0], x.shape[at + 1] - columns[0] - columns[1]);
  }),
  PadImages: (tf, a) => channels(tf, a.images, a.dataFormat, (x) => {
    const at = x.rank - 3;
    const rows = margins(-x.shape[at], a.topPadding, a.bottomPadding, neg(a.targetHeight));
    const columns = margins(-x.shape[at + 1], a.leftPadding, a.rightPadding, neg(a.targetWidth));
    return tf.pad(x, [...Array(at).fill([0, 0]), rows, columns, [0, 0]]);
  }),
  ExtractPatches: (tf, { images, size, strides, dilationRate, padding, dataFormat }) => channels(tf, images, dataFormat, (x) => {
    const batch = /** @type {any} */ (x.rank === 3 ? tf.expandDims(x, 0) : x);
    const [height, width] = each(size, 2);
    const depth = batch.shape[3];
    // A kernel of one 1 for each place of the window picks what stands there.
    const count = height * width * depth;
    const kernel = tf.reshape(tf.eye(count), [height, width, depth, count]);
    const step = each(strides ?? size, 2);
    const found = tf.conv2d(batch, /** @type {any} */ (kernel), step, padding, 'NHWC', each(dilationRate ?? 1, 2));
    return x.rank === 3 ? tf.squeeze(found, [0]) : found;
  }),
  PSNR: (tf, { x1, x2, maxVal }) => {
    const error = tf.mean(tf.square(tf.sub(float(tf, x1), float(tf, x2))));
    return tf.mul(tf.log(tf.div(tf.square(asTensor(tf, maxVal)), error)), 10 / Math.LN10);
  },
};

/**
 * Pictures of rank 3 and 4 with the channels behind everything else.
 * @param {TF} tf @param {any} x @param {any} dataFormat @param {(x: Tensor) => Tensor} compute
 */
export function channels(tf, x, dataFormat, compute) {
  if (x.rank === 4 || !/first/i.test(dataFormat ?? '')) return lastChannels(tf, x, dataFormat, compute);
  return tf.transpose(compute(tf.transpose(x, [1, 2, 0])), [2, 0, 1]);
}

/** @param {any} value */
export function neg(value) {
  return value === null || value === undefined ? value : -value;
}

/**
 * How much is taken at both ends: two of the three are given.
 * @param {number} size @param {any} before @param {any} after @param {any} target
 */
export function margins(size, before, after, target) {
  const all = target === null || target === undefined ? null : size - target;
  if (all === null) return [before ?? 0, after ?? 0];
  return [before ?? all - (after ?? 0), after ?? all - (before ?? 0)];
}
