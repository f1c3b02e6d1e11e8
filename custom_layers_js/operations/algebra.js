/** Products of vectors and matrices. */
import { axesOf, both, float, floats, front, toEnd } from './base.js';

/** @typedef {import('./base.js').TF} TF */
/** @typedef {import('./base.js').Tensor} Tensor */

/** @type {Record<string, import('./base.js').Compute>} */
export const ALGEBRA = {
  Matmul: (tf, { x1, x2, transposeA, transposeB }) => {
    const [x, y] = floats(tf, x1, x2);
    if (!transposeA && !transposeB) return product(tf, x, y);
    const [one, other] = batched(tf, x, y);
    return tf.matMul(one, other, transposeA, transposeB);
  },
  Dot: (tf, { x1, x2 }) => {
    const [x, y] = floats(tf, x1, x2);
    if (x.rank === 0 || y.rank === 0) return tf.mul(x, y);
    return contracted(tf, x, y, [x.rank - 1], [Math.max(y.rank - 2, 0)]);
  },
  Inner: (tf, { x1, x2 }) => {
    const [x, y] = floats(tf, x1, x2);
    if (x.rank === 0 || y.rank === 0) return tf.mul(x, y);
    return contracted(tf, x, y, [x.rank - 1], [y.rank - 1]);
  },
  Vdot: (tf, { x1, x2 }) => tf.sum(tf.mul(...floats(tf, tf.reshape(x1, [-1]), tf.reshape(x2, [-1])))),
  Outer: (tf, { x1, x2 }) => {
    const [x, y] = both(tf, x1, x2);
    return tf.mul(tf.reshape(x, [-1, 1]), tf.reshape(y, [1, -1]));
  },
  Kron: (tf, { x1, x2 }) => {
    const [x, y] = both(tf, x1, x2);
    const rank = Math.max(x.rank, y.rank);
    const grown = [x, y].map((each) => [...Array(rank - each.rank).fill(1), ...each.shape]);
    const shape = [...Array(rank).keys()].flatMap((axis) => [axis, axis + rank]);
    const parts = tf.mul(tf.reshape(x, [...grown[0], ...Array(rank).fill(1)]),
      tf.reshape(y, [...Array(rank).fill(1), ...grown[1]]));
    return tf.reshape(tf.transpose(parts, shape), grown[0].map((size, axis) => size * grown[1][axis]));
  },
  Cross: (tf, { x1, x2, axisa, axisb, axisc, axis }) => {
    const [one] = toEnd(tf, x1, axis ?? axisa ?? -1);
    const [other] = toEnd(tf, x2, axis ?? axisb ?? -1);
    const [a, b] = [one, other].map((each) => tf.unstack(float(tf, each), each.rank - 1));
    const minus = (/** @type {Tensor} */ p, /** @type {Tensor} */ q, /** @type {Tensor} */ r, /** @type {Tensor} */ s) => (
      tf.sub(tf.mul(p, q), tf.mul(r, s)));
    const found = tf.stack([minus(a[1], b[2], a[2], b[1]), minus(a[2], b[0], a[0], b[2]),
      minus(a[0], b[1], a[1], b[0])], a[0].rank);
    const to = front(axis ?? axisc ?? -1, found.rank);
    const order = [...Array(found.rank - 1).keys()];
    order.splice(to, 0, found.rank - 1);
    return tf.transpose(found, order);
  },
  Tensordot: (tf, { x1, x2, axes }) => {
    const [x, y] = floats(tf, x1, x2);
    const [one, other] = typeof axes === 'number'
      ? [[...Array(axes).keys()].map((each) => x.rank - axes + each), [...Array(axes).keys()]]
      : axes.map((/** @type {any} */ each) => [each].flat());
    return contracted(tf, x, y, one.map((/** @type {number} */ each) => front(each, x.rank)),
      other.map((/** @type {number} */ each) => front(each, y.rank)));
  },
  Einsum: (tf, { operands, subscripts }) => einsum(tf, subscripts, operands.map((/** @type {any} */ each) => float(tf, each))),
  CDist: (tf, { x, y }) => {
    const [one, other] = floats(tf, x, y);
    const difference = tf.sub(tf.expandDims(one, one.rank - 1), tf.expandDims(other, other.rank - 2));
    return tf.sqrt(tf.sum(tf.square(difference), -1));
  },
};

/**
 * The product of matrices, of vectors, and of batches of matrices.
 * @param {TF} tf @param {Tensor} x @param {Tensor} y
 */
export function product(tf, x, y) {
  if (x.rank === 1 && y.rank === 1) return tf.sum(tf.mul(x, y));
  if (y.rank === 1) return tf.sum(tf.mul(x, y), -1);
  if (x.rank === 1) return tf.squeeze(tf.matMul(...batched(tf, tf.expandDims(x, 0), y)), [y.rank - 2]);
  if (y.rank === 2 && x.rank > 2) {
    const rows = tf.reshape(x, [-1, x.shape[x.rank - 1]]);
    return tf.reshape(tf.matMul(rows, y), [...x.shape.slice(0, -1), Number(y.shape[1])]);
  }
  return tf.matMul(...batched(tf, x, y));
}

/**
 * Both with the same batch: TensorFlow.js repeats one that is smaller, but not along some axes of several.
 * @param {TF} tf @param {Tensor} x @param {Tensor} y
 * @returns {[Tensor, Tensor]}
 */
export function batched(tf, x, y) {
  const batches = [x, y].map((each) => each.shape.slice(0, -2));
  const rank = Math.max(batches[0].length, batches[1].length);
  const [one, other] = batches.map((each) => [...Array(rank - each.length).fill(1), ...each]);
  if (x.rank === y.rank && one.every((size, axis) => size === other[axis])) return [x, y];
  const common = one.map((size, axis) => (size === 1 ? other[axis] : size));
  const [a, b] = [x, y].map((each) => tf.broadcastTo(each, [...common, ...each.shape.slice(-2)]));
  return [a, b];
}

/**
 * Sums over pairs of axes; the others stay, those of the first before those of the second.
 * @param {TF} tf @param {Tensor} x @param {Tensor} y @param {number[]} one @param {number[]} other
 */
export function contracted(tf, x, y, one, other) {
  const free = axesOf(null, x.rank).filter((each) => !one.includes(each));
  const kept = axesOf(null, y.rank).filter((each) => !other.includes(each));
  const shape = [...free.map((each) => x.shape[each]), ...kept.map((each) => y.shape[each])];
  const size = one.reduce((all, each) => all * x.shape[each], 1);
  const rows = tf.reshape(tf.transpose(x, [...free, ...one]), [-1, size]);
  const columns = tf.reshape(tf.transpose(y, [...other, ...kept]), [size, -1]);
  return tf.reshape(tf.matMul(rows, columns), shape);
}

/**
 * Einstein's sum convention for any number of operands, two at a time by products of matrices; no
 * letter twice in one operand.
 * @param {TF} tf @param {string} subscripts @param {Tensor[]} operands
 */
export function einsum(tf, subscripts, operands) {
  const [left, right] = subscripts.replace(/\s/g, '').split('->');
  let names = left.split(',');
  const dots = Math.max(...names.map((each, index) => (each.includes('...') ? operands[index].rank - each.length + 3 : 0)));
  // Letters that nobody writes stand for the axes of an ellipsis.
  const letters = [...Array(dots).keys()].map((each) => String.fromCharCode(0x3b1 + each));
  names = names.map((each, index) => each.replace('...', letters.slice(dots - (operands[index].rank - each.length + 3)).join('')));
  const count = (/** @type {string} */ letter) => names.join('').split(letter).length - 1;
  const output = right === undefined
    ? [...letters, ...[...new Set(names.join(''))].filter((each) => !letters.includes(each) && count(each) === 1).sort()]
    : [...right.replace('...', letters.join(''))];
  let [name, found] = [[...names[0]], operands[0]];
  for (let index = 1; index < operands.length; index += 1) {
    const later = new Set([...output, ...names.slice(index + 1).join('')]);
    const other = [...names[index]];
    const y = operands[index];
    const sizes = new Map([...other.map((each, at) => [each, y.shape[at]]), ...name.map((each, at) => [each, found.shape[at]])]
      .sort((one, two) => Number(one[1]) - Number(two[1])).map((each) => /** @type {[string, number]} */ (each)));
    const shared = name.filter((each) => other.includes(each));
    const batch = shared.filter((each) => later.has(each));
    const summed = shared.filter((each) => !later.has(each));
    const [x1, own] = lone(tf, found, name, shared, later);
    const [y1, theirs] = lone(tf, y, other, shared, later);
    const size = (/** @type {string[]} */ all) => all.reduce((total, each) => total * Number(sizes.get(each)), 1);
    const rows = tf.reshape(arranged(tf, x1[0], x1[1], [...batch, ...own, ...summed]), [size(batch), size(own), size(summed)]);
    const columns = tf.reshape(arranged(tf, y1[0], y1[1], [...batch, ...summed, ...theirs]), [size(batch), size(summed), size(theirs)]);
    name = [...batch, ...own, ...theirs];
    found = tf.reshape(tf.matMul(rows, columns), name.map((each) => Number(sizes.get(each))));
  }
  const spare = name.map((each, at) => (output.includes(each) ? -1 : at)).filter((at) => at >= 0);
  const summed = spare.length ? tf.sum(found, spare) : found;
  return arranged(tf, summed, name.filter((each) => output.includes(each)), output);
}

/**
 * Summed over axes that nobody else has and that are not asked for; also the letters of its own that stay.
 * @param {TF} tf @param {Tensor} x @param {string[]} name @param {string[]} shared @param {Set<string>} later
 * @returns {[[Tensor, string[]], string[]]}
 */
export function lone(tf, x, name, shared, later) {
  const spare = name.map((each, at) => (shared.includes(each) || later.has(each) ? -1 : at)).filter((at) => at >= 0);
  const left = name.filter((_, at) => !spare.includes(at));
  return [[spare.length ? tf.sum(x, spare) : x, left], left.filter((each) => !shared.includes(each))];
}

/**
 * With its axes in the order of letters.
 * @param {TF} tf @param {Tensor} x @param {string[]} name @param {string[]} order
 */
export function arranged(tf, x, name, order) {
  const places = order.map((each) => name.indexOf(each));
  return places.every((each, index) => each === index) ? x : tf.transpose(x, places);
}
