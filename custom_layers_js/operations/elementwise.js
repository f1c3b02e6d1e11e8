/** Operations on each number by itself. */
import { asTensor, bool, both, cast, float, floats } from './base.js';

/** @typedef {import('./base.js').TF} TF */
/** @typedef {import('./base.js').Tensor} Tensor */

/** @type {Record<string, import('./base.js').Compute>} */
export const ELEMENTWISE = {
  Abs: (tf, { x }) => tf.abs(x),
  Absolute: (tf, { x }) => tf.abs(x),
  Fabs: (tf, { x }) => tf.abs(float(tf, x)),
  Add: (tf, { x1, x2 }) => tf.add(...both(tf, x1, x2)),
  Subtract: (tf, { x1, x2 }) => tf.sub(...both(tf, x1, x2)),
  SquaredDifference: (tf, { x1, x2 }) => tf.squaredDifference(...both(tf, x1, x2)),
  Multiply: (tf, { x1, x2 }) => tf.mul(...both(tf, x1, x2)),
  Divide: (tf, { x1, x2 }) => tf.div(...floats(tf, x1, x2)),
  TrueDivide: (tf, { x1, x2 }) => tf.div(...floats(tf, x1, x2)),
  DivideNoNan: (tf, { x1, x2 }) => tf.divNoNan(...floats(tf, x1, x2)),
  FloorDivide: (tf, { x1, x2 }) => floorDivide(tf, ...both(tf, x1, x2)),
  Mod: (tf, { x1, x2 }) => modulo(tf, ...both(tf, x1, x2)),
  Fmod: (tf, { x1, x2 }) => {
    const [x, y] = both(tf, x1, x2);
    return tf.mul(tf.sign(x), modulo(tf, tf.abs(x), tf.abs(y)));
  },
  Power: (tf, { x1, x2 }) => power(tf, ...both(tf, x1, x2), x2),
  Maximum: (tf, { x1, x2 }) => tf.maximum(...both(tf, x1, x2)),
  Minimum: (tf, { x1, x2 }) => tf.minimum(...both(tf, x1, x2)),
  Fmax: (tf, { x1, x2 }) => {
    const [x, y] = alike(tf, ...both(tf, x1, x2));
    return tf.where(tf.isNaN(float(tf, x)), y, tf.where(tf.isNaN(float(tf, y)), x, tf.maximum(x, y)));
  },
  Fmin: (tf, { x1, x2 }) => {
    const [x, y] = alike(tf, ...both(tf, x1, x2));
    return tf.where(tf.isNaN(float(tf, x)), y, tf.where(tf.isNaN(float(tf, y)), x, tf.minimum(x, y)));
  },
  Negative: (tf, { x }) => tf.neg(x),
  Reciprocal: (tf, { x }) => tf.reciprocal(float(tf, x)),
  Square: (tf, { x }) => tf.square(x),
  Sqrt: (tf, { x }) => tf.sqrt(float(tf, x)),
  Rsqrt: (tf, { x }) => tf.rsqrt(float(tf, x)),
  Cbrt: (tf, { x }) => tf.mul(tf.sign(x), tf.pow(tf.abs(float(tf, x)), tf.scalar(1 / 3))),
  Exp: (tf, { x }) => tf.exp(float(tf, x)),
  Exp2: (tf, { x }) => tf.pow(tf.scalar(2), float(tf, x)),
  Expm1: (tf, { x }) => tf.expm1(float(tf, x)),
  Log: (tf, { x }) => tf.log(float(tf, x)),
  Log2: (tf, { x }) => tf.mul(tf.log(float(tf, x)), Math.LOG2E),
  Log10: (tf, { x }) => tf.mul(tf.log(float(tf, x)), Math.LOG10E),
  Log1p: (tf, { x }) => tf.log1p(float(tf, x)),
  Logaddexp: (tf, { x1, x2 }) => {
    const [x, y] = floats(tf, x1, x2);
    return tf.add(tf.maximum(x, y), tf.log1p(tf.exp(tf.neg(tf.abs(tf.sub(x, y))))));
  },
  Logaddexp2: (tf, { x1, x2 }) => {
    const [x, y] = floats(tf, x1, x2);
    const smaller = tf.pow(tf.scalar(2), tf.neg(tf.abs(tf.sub(x, y))));
    return tf.add(tf.maximum(x, y), tf.mul(tf.log1p(smaller), Math.LOG2E));
  },
  Ldexp: (tf, { x1, x2 }) => tf.mul(float(tf, x1), tf.pow(tf.scalar(2), float(tf, x2))),
  Hypot: (tf, { x1, x2 }) => {
    const [x, y] = floats(tf, x1, x2).map((each) => tf.abs(each));
    const [least, most] = [tf.minimum(x, y), tf.maximum(x, y)];
    return tf.mul(most, tf.sqrt(tf.add(1, tf.square(tf.divNoNan(least, most)))));
  },
  Sin: (tf, { x }) => tf.sin(float(tf, x)),
  Cos: (tf, { x }) => tf.cos(float(tf, x)),
  Tan: (tf, { x }) => tf.tan(float(tf, x)),
  Arcsin: (tf, { x }) => tf.asin(float(tf, x)),
  Arccos: (tf, { x }) => tf.acos(float(tf, x)),
  Arctan: (tf, { x }) => tf.atan(float(tf, x)),
  Arctan2: (tf, { x1, x2 }) => tf.atan2(...floats(tf, x1, x2)),
  Sinh: (tf, { x }) => tf.sinh(float(tf, x)),
  Cosh: (tf, { x }) => tf.cosh(float(tf, x)),
  Tanh: (tf, { x }) => tf.tanh(float(tf, x)),
  Arcsinh: (tf, { x }) => tf.asinh(float(tf, x)),
  Arccosh: (tf, { x }) => tf.acosh(float(tf, x)),
  Arctanh: (tf, { x }) => tf.atanh(float(tf, x)),
  Deg2rad: (tf, { x }) => tf.mul(float(tf, x), Math.PI / 180),
  Rad2deg: (tf, { x }) => tf.mul(float(tf, x), 180 / Math.PI),
  Sinc: (tf, { x }) => {
    const angle = tf.mul(float(tf, x), Math.PI);
    return tf.where(tf.equal(angle, 0), tf.onesLike(angle), tf.div(tf.sin(angle), angle));
  },
  Erf: (tf, { x }) => erf(tf, float(tf, x)),
  Erfc: (tf, { x }) => tf.sub(1, erf(tf, float(tf, x))),
  Floor: (tf, { x }) => tf.floor(float(tf, x)),
  Ceil: (tf, { x }) => tf.ceil(float(tf, x)),
  Trunc: (tf, { x }) => truncated(tf, x),
  Round: (tf, { x, decimals }) => {
    const factor = 10 ** (decimals ?? 0);
    if (factor === 1) return x.dtype === 'float32' ? tf.round(x) : x;
    return tf.div(tf.round(tf.mul(float(tf, x), factor)), factor);
  },
  Sign: (tf, { x }) => tf.sign(x),
  Signbit: (tf, { x }) => tf.less(x, tf.zerosLike(x)),
  Heaviside: (tf, { x1, x2 }) => {
    const [x, y] = alike(tf, ...floats(tf, x1, x2));
    return tf.where(tf.equal(x, 0), y, tf.cast(tf.greater(x, 0), 'float32'));
  },
  Clip: (tf, { x, xMin, xMax }) => {
    const low = xMin === null || xMin === undefined ? x : tf.maximum(...both(tf, x, xMin));
    return xMax === null || xMax === undefined ? low : tf.minimum(...both(tf, low, xMax));
  },
  NanToNum: (tf, { x, nan, posinf, neginf }) => {
    const most = 3.4028234663852886e38;
    const y = float(tf, x);
    const number = (/** @type {any} */ value) => tf.add(tf.zerosLike(tf.where(tf.isNaN(y),
      tf.zerosLike(y), tf.clipByValue(y, -1, 1))), asTensor(tf, value));
    const real = tf.where(tf.isNaN(y), number(nan ?? 0), y);
    const low = tf.where(tf.equal(real, -Infinity), number(neginf ?? -most), real);
    return tf.where(tf.equal(low, Infinity), number(posinf ?? most), low);
  },
  Copy: (_tf, { x }) => x,
  Real: (_tf, { x }) => x,
  Conj: (_tf, { x }) => x,
  Conjugate: (_tf, { x }) => x,
  Imag: (tf, { x }) => tf.zerosLike(x),
  StopGradient: (_tf, { variable }) => variable,
  ConvertToTensor: (tf, { x, dtype }) => cast(tf, x, dtype),
  Array: (tf, { x, dtype }) => cast(tf, x, dtype),
  Cast: (tf, { x, dtype }) => cast(tf, x, dtype),
  SaturateCast: (tf, { x, dtype }) => cast(tf, x, dtype),
  Equal: (tf, { x1, x2 }) => tf.equal(...both(tf, x1, x2)),
  NotEqual: (tf, { x1, x2 }) => tf.notEqual(...both(tf, x1, x2)),
  Greater: (tf, { x1, x2 }) => tf.greater(...both(tf, x1, x2)),
  GreaterEqual: (tf, { x1, x2 }) => tf.greaterEqual(...both(tf, x1, x2)),
  Less: (tf, { x1, x2 }) => tf.less(...both(tf, x1, x2)),
  LessEqual: (tf, { x1, x2 }) => tf.lessEqual(...both(tf, x1, x2)),
  LogicalAnd: (tf, { x1, x2 }) => tf.logicalAnd(bool(tf, x1), bool(tf, x2)),
  LogicalOr: (tf, { x1, x2 }) => tf.logicalOr(bool(tf, x1), bool(tf, x2)),
  // The cpu backend has no exclusive or.
  LogicalXor: (tf, { x1, x2 }) => tf.notEqual(tf.cast(bool(tf, x1), 'int32'), tf.cast(bool(tf, x2), 'int32')),
  LogicalNot: (tf, { x }) => tf.logicalNot(bool(tf, x)),
  Isnan: (tf, { x }) => tf.isNaN(float(tf, x)),
  Isinf: (tf, { x }) => tf.isInf(float(tf, x)),
  Isfinite: (tf, { x }) => tf.isFinite(float(tf, x)),
  Isposinf: (tf, { x }) => tf.equal(float(tf, x), Infinity),
  Isneginf: (tf, { x }) => tf.equal(float(tf, x), -Infinity),
  Isreal: (tf, { x }) => tf.cast(tf.onesLike(x), 'bool'),
  Isclose: (tf, { x1, x2, rtol, atol }) => {
    const [x, y] = floats(tf, x1, x2);
    const most = tf.add(tf.mul(tf.abs(y), rtol ?? 1e-5), atol ?? 1e-8);
    return tf.logicalOr(tf.equal(x, y), tf.lessEqual(tf.abs(tf.sub(x, y)), most));
  },
  Where: (tf, { condition, x1, x2 }) => {
    const [x, y] = both(tf, x1, x2);
    const chosen = bool(tf, condition);
    const shape = broadcastShape(broadcastShape(chosen.shape, x.shape), y.shape);
    const spread = (/** @type {Tensor} */ each) => tf.broadcastTo(each, /** @type {any} */ (shape));
    // Not every backend has a broadcast for truth values.
    const spreadCondition = tf.cast(spread(tf.cast(chosen, 'int32')), 'bool');
    return tf.where(spreadCondition, spread(x), spread(y));
  },
  BitwiseAnd: (tf, { x, y }) => tf.bitwiseAnd(...both(tf, x, y)),
};

/**
 * The shape that both shapes are broadcast to.
 * @param {number[]} one @param {number[]} other
 */
export function broadcastShape(one, other) {
  const rank = Math.max(one.length, other.length);
  return [...Array(rank).keys()].map((index) => {
    const [x, y] = [one, other].map((shape) => shape[index - rank + shape.length] ?? 1);
    return x === 1 ? y : x;
  });
}

/**
 * Both in the shape that they are broadcast to: `tf.where` does so itself in newer releases only.
 * @param {TF} tf @param {Tensor} x @param {Tensor} y
 */
export function alike(tf, x, y) {
  const shape = /** @type {any} */ (broadcastShape(x.shape, y.shape));
  return [tf.broadcastTo(x, shape), tf.broadcastTo(y, shape)];
}

/**
 * Rounded towards minus infinity, as Python does.
 * @param {TF} tf @param {Tensor} x @param {Tensor} y
 */
export function floorDivide(tf, x, y) {
  // Whole numbers stay whole: above 2 ** 24 float32 has not all of them.
  return x.dtype === 'float32' ? tf.floor(tf.div(x, y)) : tf.floorDiv(x, y);
}

/**
 * With the sign of the divisor, as Python does.
 * @param {TF} tf @param {Tensor} x @param {Tensor} y
 */
export function modulo(tf, x, y) {
  return tf.mod(x, y);
}

/**
 * Whole exponents are multiplied out where that is exact and faster.
 * @param {TF} tf @param {Tensor} x @param {Tensor} y @param {any} exponent
 */
export function power(tf, x, y, exponent) {
  if (exponent === 1) return x;
  if (exponent === 2) return tf.square(x);
  if (exponent === 3) return tf.mul(tf.square(x), x);
  return tf.pow(x, y);
}

/**
 * Cut off towards 0.
 * @param {TF} tf @param {Tensor} x
 */
export function truncated(tf, x) {
  return x.dtype === 'float32' ? tf.mul(tf.sign(x), tf.floor(tf.abs(x))) : x;
}

/**
 * The error function: the kernels of TensorFlow.js approximate it to 1.5e-7 (Abramowitz and Stegun,
 * 7.1.26), which is a float32's own precision for all but small numbers; there the series serves.
 * @param {TF} tf @param {Tensor} x
 */
export function erf(tf, x) {
  const square = tf.square(x);
  const factors = [1, -1 / 3, 1 / 10, -1 / 42, 1 / 216, -1 / 1320].reverse();
  const series = factors.reduce(
    (/** @type {any} */ sum, factor) => (sum === null ? tf.fill(x.shape, factor) : tf.add(tf.mul(sum, square), factor)),
    null);
  const small = tf.mul(tf.mul(x, series), 2 / Math.sqrt(Math.PI));
  return tf.where(tf.less(square, 0.25), small, tf.erf(x));
}
