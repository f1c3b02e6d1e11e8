/**
 * Gives tensors the methods that they have in a page (`x.flatten()`,
 * `x.add(y)`).
 *
 * The `@tensorflow/tfjs` bundle adds them; tfjs-core alone, which keeps the
 * install small, does not. Parts of tfjs-layers (the orthogonal initializer)
 * and custom layers call them.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Methods that pass the tensor as the first argument of the op of that name. */
const OPS = `
  abs acos acosh add all any argMax argMin asin asinh atan atan2 atanh avgPool
  batchNorm batchToSpaceND broadcastTo cast ceil clipByValue conv1d conv2d
  conv2dTranspose cos cosh cumprod cumsum depthToSpace depthwiseConv2d
  dilation2d div divNoNan dot elu equal erf euclideanNorm exp expandDims expm1
  fft floor floorDiv gather greater greaterEqual ifft irfft isFinite isInf
  isNaN leakyRelu less lessEqual localResponseNormalization log log1p
  logSigmoid logSoftmax logSumExp logicalAnd logicalNot logicalOr logicalXor
  matMul max maxPool maximum mean min minimum mirrorPad mod mul neg norm
  notEqual oneHot onesLike pad pool pow prelu prod reciprocal relu relu6
  reshape resizeBilinear resizeNearestNeighbor reverse rfft round rsqrt selu
  separableConv2d sigmoid sign sin sinh slice softmax softplus spaceToBatchND
  split sqrt square squaredDifference squeeze stridedSlice step sub sum tan
  tanh tile topk transpose unique unsortedSegmentSum unstack zerosLike
`.trim().split(/\s+/);

/**
 * @typedef {tf.Tensor} Tensor
 * @typedef {(this: Tensor, ...args: any[]) => unknown} Method
 */

/**
 * Methods that are not an op of the same name with the tensor in front.
 * @type {Record<string, Method>}
 */
const OTHERS = {
  as1D() { return tf.reshape(this, [this.size]); },
  as2D(...shape) { return tf.reshape(this, shape); },
  as3D(...shape) { return tf.reshape(this, shape); },
  as4D(...shape) { return tf.reshape(this, shape); },
  as5D(...shape) { return tf.reshape(this, shape); },
  asScalar() { return tf.reshape(this, []); },
  asType(dtype) { return tf.cast(this, dtype); },
  concat(others, axis) { return tf.concat([this, ...[others].flat()], axis); },
  flatten() { return tf.reshape(this, [this.size]); },
  reshapeAs(other) { return tf.reshape(this, other.shape); },
  stack(others, axis) { return tf.stack([this, ...[others].flat()], axis); },
  toBool() { return tf.cast(this, 'bool'); },
  toFloat() { return tf.cast(this, 'float32'); },
  toInt() { return tf.cast(this, 'int32'); },
  where(condition, otherwise) { return tf.where(condition, this, otherwise); },
};

const ops = /** @type {Record<string, any>} */ (/** @type {unknown} */ (tf));
for (const name of OPS) {
  OTHERS[name] = function (...args) { return ops[name](this, ...args); };
}

/** Names of all the methods added here. */
export const CHAINED_OPS = Object.keys(OTHERS);

for (const [name, method] of Object.entries(OTHERS)) {
  Object.defineProperty(tf.Tensor.prototype, name, {
    configurable: true, writable: true, value: method,
  });
}
