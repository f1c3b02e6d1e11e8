/** Operations that reduce axes, or run along one. */
import { asTensor, axesOf, bool, cast, float, front, part, toEnd } from './base.js';

/** @typedef {import('./base.js').TF} TF */
/** @typedef {import('./base.js').Tensor} Tensor */

/** @type {Record<string, import('./base.js').Compute>} */
export const REDUCTIONS = {
  Sum: (tf, { x, axis, keepdims }) => tf.sum(number(tf, x), axesOf(axis, x.rank), keepdims),
  Mean: (tf, { x, axis, keepdims }) => tf.mean(float(tf, x), axesOf(axis, x.rank), keepdims),
  Max: (tf, { x, axis, keepdims, initial }) => extreme(tf, x, axis, keepdims, initial, 'max', 'maximum'),
  Min: (tf, { x, axis, keepdims, initial }) => extreme(tf, x, axis, keepdims, initial, 'min', 'minimum'),
  Amax: (tf, { x, axis, keepdims }) => tf.max(x, axesOf(axis, x.rank), keepdims),
  Amin: (tf, { x, axis, keepdims }) => tf.min(x, axesOf(axis, x.rank), keepdims),
  Ptp: (tf, { x, axis, keepdims }) => {
    const axes = axesOf(axis, x.rank);
    return tf.sub(tf.max(x, axes, keepdims), tf.min(x, axes, keepdims));
  },
  Prod: (tf, { x, axis, keepdims, dtype }) => cast(tf,
    tf.prod(number(tf, x), axesOf(axis, x.rank), keepdims), dtype),
  Var: (tf, { x, axis, keepdims }) => variance(tf, float(tf, x), axis, keepdims),
  Std: (tf, { x, axis, keepdims }) => tf.sqrt(variance(tf, float(tf, x), axis, keepdims)),
  Moments: (tf, { x, axes, keepdims }) => {
    const y = float(tf, x);
    return [tf.mean(y, axesOf(axes, x.rank), keepdims), variance(tf, y, axes, keepdims)];
  },
  Logsumexp: (tf, { x, axis, keepdims }) => tf.logSumExp(float(tf, x), axesOf(axis, x.rank), keepdims),
  All: (tf, { x, axis, keepdims }) => tf.all(bool(tf, x), axesOf(axis, x.rank), keepdims),
  Any: (tf, { x, axis, keepdims }) => tf.any(bool(tf, x), axesOf(axis, x.rank), keepdims),
  CountNonzero: (tf, { x, axis }) => tf.sum(tf.cast(bool(tf, x), 'int32'), axesOf(axis, x.rank)),
  Average: (tf, { x, axis, weights }) => {
    const y = float(tf, x);
    if (weights === null || weights === undefined) return tf.mean(y, axesOf(axis, x.rank));
    let given = float(tf, weights);
    if (given.rank < y.rank) {
      const at = front(axis, y.rank);
      given = tf.reshape(given, y.shape.map((/** @type {number} */ size, /** @type {number} */ index) => (index === at ? size : 1)));
    }
    const share = tf.mul(y, given);
    const axes = axesOf(axis, x.rank);
    return tf.div(tf.sum(share, axes), tf.sum(tf.add(given, tf.zerosLike(y)), axes));
  },
  Argmax: (tf, { x, axis, keepdims }) => position(tf, x, axis, keepdims, 'argMax'),
  Argmin: (tf, { x, axis, keepdims }) => position(tf, x, axis, keepdims, 'argMin'),
  Cumsum: (tf, { x, axis, dtype }) => along(tf, number(tf, cast(tf, x, dtype)), axis, tf.cumsum),
  Cumprod: (tf, { x, axis, dtype }) => along(tf, number(tf, cast(tf, x, dtype)), axis, tf.cumprod),
  Sort: (tf, { x, axis }) => sorted(tf, x, axis),
  Argsort: (tf, { x, axis }) => order(tf, x, axis),
  TopK: (tf, { x, k, sorted: inOrder }) => {
    const { values, indices } = tf.topk(x, k, inOrder ?? true);
    return [values, indices];
  },
  Median: (tf, { x, axis, keepdims }) => quantile(tf, x, 0.5, axis, 'linear', keepdims),
  Quantile: (tf, { x, q, axis, method, keepdims }) => quantile(tf, x, q, axis, method, keepdims),
  Percentile: (tf, { x, q, axis, method, keepdims }) => quantile(tf, x, scaled(tf, q), axis, method, keepdims),
  Norm: (tf, { x, ord, axis, keepdims }) => norm(tf, float(tf, x), ord, axis, keepdims),
  Normalize: (tf, { x, axis, order: power, epsilon }) => {
    const y = float(tf, x);
    const least = epsilon ?? 1e-7;
    if (power === 2 || power === undefined) {
      return tf.mul(y, tf.rsqrt(tf.maximum(tf.sum(tf.square(y), axesOf(axis, y.rank), true), least ** 2)));
    }
    return tf.div(y, tf.maximum(norm(tf, y, power, axis, true), least));
  },
  Diff: (tf, { a, n, axis }) => {
    let x = a;
    for (let count = 0; count < (n ?? 1); count += 1) {
      const size = x.shape[front(axis ?? -1, x.rank)] - 1;
      x = tf.sub(part(tf, x, axis ?? -1, 1, size), part(tf, x, axis ?? -1, 0, size));
    }
    return x;
  },
  Trapezoid: (tf, { y, x, dx, axis }) => {
    const at = front(axis ?? -1, y.rank);
    const size = y.shape[at] - 1;
    const heights = tf.div(tf.add(part(tf, y, at, 1, size), part(tf, y, at, 0, size)), 2);
    let widths = asTensor(tf, dx ?? 1);
    if (x !== null && x !== undefined) {
      const places = asTensor(tf, x);
      const own = places.rank === 1 ? 0 : at;
      const steps = tf.sub(part(tf, places, own, 1, size), part(tf, places, own, 0, size));
      widths = places.rank > 1 ? steps
        : tf.reshape(steps, y.shape.map((/** @type {number} */ _, /** @type {number} */ each) => (each === at ? size : 1)));
    }
    return tf.sum(tf.mul(heights, widths), at);
  },
  Nansum: (tf, { x, axis, keepdims }) => tf.sum(known(tf, x, 0), axesOf(axis, x.rank), keepdims),
  Nanprod: (tf, { x, axis, keepdims }) => tf.prod(known(tf, x, 1), axesOf(axis, x.rank), keepdims),
  Nanmax: (tf, { x, axis, keepdims }) => tf.max(known(tf, x, -Infinity), axesOf(axis, x.rank), keepdims),
  Nanmin: (tf, { x, axis, keepdims }) => tf.min(known(tf, x, Infinity), axesOf(axis, x.rank), keepdims),
  Nanmean: (tf, { x, axis, keepdims }) => knownMean(tf, x, x, axis, keepdims),
  Nanvar: (tf, { x, axis, keepdims }) => knownVariance(tf, x, axis, keepdims),
  Nanstd: (tf, { x, axis, keepdims }) => tf.sqrt(knownVariance(tf, x, axis, keepdims)),
  Nancumsum: (tf, { x, axis }) => along(tf, known(tf, x, 0), axis, tf.cumsum),
  Nancumprod: (tf, { x, axis }) => along(tf, known(tf, x, 1), axis, tf.cumprod),
  Nanargmax: (tf, { x, axis, keepdims }) => position(tf, known(tf, x, -Infinity), axis, keepdims, 'argMax'),
  Nanargmin: (tf, { x, axis, keepdims }) => position(tf, known(tf, x, Infinity), axis, keepdims, 'argMin'),
};

/**
 * Truth values as numbers.
 * @param {TF} tf @param {any} x
 */
export function number(tf, x) {
  return x.dtype === 'bool' ? tf.cast(x, 'int32') : x;
}

/**
 * The largest or smallest, not below or above `initial`.
 * @param {TF} tf @param {Tensor} x @param {any} axis @param {boolean} keepdims @param {any} initial
 * @param {'max' | 'min'} over @param {'maximum' | 'minimum'} of
 */
export function extreme(tf, x, axis, keepdims, initial, over, of) {
  const found = tf[over](x, axesOf(axis, x.rank), keepdims);
  if (initial === null || initial === undefined) return found;
  return tf[of](found, asTensor(tf, initial, x.dtype));
}

/**
 * The mean square of the distance from the mean.
 * @param {TF} tf @param {Tensor} x @param {any} axis @param {boolean} keepdims
 */
export function variance(tf, x, axis, keepdims) {
  const axes = axesOf(axis, x.rank);
  return tf.mean(tf.square(tf.sub(x, tf.mean(x, axes, true))), axes, keepdims);
}

/**
 * Where the largest or smallest is.
 * @param {TF} tf @param {Tensor} x @param {any} axis @param {boolean} keepdims
 * @param {'argMax' | 'argMin'} find
 */
export function position(tf, x, axis, keepdims, find) {
  if (axis === null || axis === undefined) {
    const found = tf[find](tf.reshape(x, [-1]), 0);
    return keepdims ? tf.reshape(found, x.shape.map(() => 1)) : found;
  }
  const at = front(axis, x.rank);
  const found = tf[find](x, at);
  return keepdims ? tf.expandDims(found, at) : found;
}

/**
 * Sums or products of all before.
 * @param {TF} tf @param {Tensor} x @param {any} axis @param {TF['cumsum']} run
 */
export function along(tf, x, axis, run) {
  if (axis === null || axis === undefined) return run(tf.reshape(x, [-1]), 0);
  const [moved, back] = toEnd(tf, x, axis);
  return back(run(moved, moved.rank - 1));
}

/**
 * The smallest first.
 * @param {TF} tf @param {Tensor} x @param {any} axis
 */
export function sorted(tf, x, axis) {
  if (axis === null) return sorted(tf, tf.reshape(x, [-1]), 0);
  const [moved, back] = toEnd(tf, x, axis ?? -1);
  const size = moved.shape[moved.rank - 1];
  return back(tf.neg(tf.topk(tf.neg(moved), size, true).values));
}

/**
 * Where the smallest, the next … are.
 * @param {TF} tf @param {Tensor} x @param {any} axis
 */
export function order(tf, x, axis) {
  if (axis === null) return order(tf, tf.reshape(x, [-1]), 0);
  const [moved, back] = toEnd(tf, x, axis ?? -1);
  return back(tf.topk(tf.neg(moved), moved.shape[moved.rank - 1], true).indices);
}

/**
 * Percent as parts of one.
 * @param {TF} tf @param {any} q
 */
export function scaled(tf, q) {
  return q instanceof tf.Tensor ? tf.div(q, 100) : Array.isArray(q) ? q.map((each) => each / 100) : q / 100;
}

/**
 * What so many parts of all are smaller than.
 * @param {TF} tf @param {Tensor} x @param {any} q @param {any} axis @param {any} method
 * @param {boolean} keepdims
 */
export function quantile(tf, x, q, axis, method, keepdims) {
  const axes = axesOf(axis, x.rank);
  const others = [...Array(x.rank).keys()].filter((each) => !axes.includes(each));
  const kept = others.map((each) => x.shape[each]);
  const moved = tf.reshape(tf.transpose(float(tf, x), [...others, ...axes]), [...kept, -1]);
  const values = sorted(tf, moved, -1);
  const last = values.shape[values.rank - 1] - 1;
  const places = tf.mul(float(tf, asTensor(tf, q)), last);
  const low = tf.floor(places);
  const high = tf.ceil(places);
  const pick = (/** @type {Tensor} */ at) => tf.gather(values, tf.cast(at, 'int32'), values.rank - 1);
  /** @type {Record<string, () => Tensor>} */
  const methods = {
    lower: () => pick(low),
    higher: () => pick(high),
    nearest: () => pick(tf.round(places)),
    midpoint: () => tf.div(tf.add(pick(low), pick(high)), 2),
    linear: () => tf.add(tf.mul(pick(low), tf.sub(1, tf.sub(places, low))), tf.mul(pick(high), tf.sub(places, low))),
  };
  const found = methods[method ?? 'linear']();
  const full = x.shape.map((size, index) => (axes.includes(index) ? 1 : size));
  if (places.rank === 0) return tf.reshape(found, keepdims ? full : kept);
  const first = tf.transpose(found, [kept.length, ...kept.keys()]);
  return tf.reshape(first, [places.size, ...(keepdims ? full : kept)]);
}

/**
 * The length of vectors, or of matrices.
 * @param {TF} tf @param {Tensor} x @param {any} ord @param {any} axis @param {boolean} keepdims
 */
export function norm(tf, x, ord, axis, keepdims) {
  const axes = axesOf(axis, x.rank);
  const absolute = tf.abs(x);
  if (ord === null || ord === undefined || ord === 'fro' || (ord === 2 && axes.length === 1)) {
    return tf.sqrt(tf.sum(tf.square(x), axes, keepdims));
  }
  if (axes.length === 2) {
    const [row, column] = [axis].flat().map((/** @type {number} */ each) => front(each, x.rank));
    /** @type {Record<string, ['max' | 'min', number, number]>} */
    const sums = {
      1: ['max', row, column], '-1': ['min', row, column], inf: ['max', column, row], '-inf': ['min', column, row],
    };
    const known = sums[String(ord).replace('Infinity', 'inf')];
    if (known === undefined) throw new Error(`a norm of matrices of order ${ord} is not known`);
    const [over, inner, outer] = known;
    const found = tf[over](tf.sum(absolute, inner, true), outer, true);
    return keepdims ? found : tf.squeeze(found, [row, column].sort((one, other) => one - other));
  }
  if (ord === Infinity || ord === 'inf') return tf.max(absolute, axes, keepdims);
  if (ord === -Infinity || ord === '-inf') return tf.min(absolute, axes, keepdims);
  if (ord === 0) return tf.sum(tf.cast(tf.notEqual(x, 0), 'float32'), axes, keepdims);
  if (ord === 1) return tf.sum(absolute, axes, keepdims);
  return tf.pow(tf.sum(tf.pow(absolute, tf.scalar(ord)), axes, keepdims), tf.scalar(1 / ord));
}

/**
 * With a number in the place of each that is none.
 * @param {TF} tf @param {Tensor} x @param {number} value
 */
export function known(tf, x, value) {
  const y = float(tf, x);
  return tf.where(tf.isNaN(y), tf.fill(y.shape, value), y);
}

/**
 * The mean of `values` where `x` is a number.
 * @param {TF} tf @param {Tensor} x @param {Tensor} values @param {any} axis @param {boolean} keepdims
 */
export function knownMean(tf, x, values, axis, keepdims) {
  const axes = axesOf(axis, x.rank);
  const counted = tf.cast(tf.logicalNot(tf.isNaN(float(tf, x))), 'float32');
  return tf.div(tf.sum(known(tf, values, 0), axes, keepdims), tf.sum(counted, axes, keepdims));
}

/**
 * The variance of all that are numbers.
 * @param {TF} tf @param {Tensor} x @param {any} axis @param {boolean} keepdims
 */
export function knownVariance(tf, x, axis, keepdims) {
  const distance = tf.sub(x, knownMean(tf, x, x, axis, true));
  return knownMean(tf, x, tf.square(distance), axis, keepdims);
}
