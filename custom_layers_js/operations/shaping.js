/** Operations that move, repeat, pick and join numbers. */
import { asTensor, axesOf, both, cast, dtypeOf, front, part, toEnd } from './base.js';
import { broadcastShape } from './elementwise.js';

/** @typedef {import('./base.js').TF} TF */
/** @typedef {import('./base.js').Tensor} Tensor */

/** @type {Record<string, import('./base.js').Compute>} */
export const SHAPING = {
  Reshape: (tf, { x, newshape }) => tf.reshape(x, newshape.map((/** @type {any} */ size) => size ?? -1)),
  Ravel: (tf, { x }) => tf.reshape(x, [-1]),
  Transpose: (tf, { x, axes }) => tf.transpose(x, axes ?? undefined),
  Swapaxes: (tf, { x, axis1, axis2 }) => swapped(tf, x, axis1, axis2),
  Moveaxis: (tf, { x, source, destination }) => {
    const from = [source].flat().map((each) => front(each, x.rank));
    const to = [destination].flat().map((each) => front(each, x.rank));
    const rest = [...Array(x.rank).keys()].filter((each) => !from.includes(each));
    const places = to.map((each, index) => [each, from[index]]).sort((one, other) => one[0] - other[0]);
    for (const [at, axis] of places) rest.splice(at, 0, axis);
    return tf.transpose(x, rest);
  },
  ExpandDims: (tf, { x, axis }) => {
    const added = [axis].flat();
    const rank = x.rank + added.length;
    const places = added.map((each) => front(each, rank));
    const sizes = [...x.shape];
    return tf.reshape(x, [...Array(rank).keys()].map((at) => (places.includes(at) ? 1 : sizes.shift())));
  },
  Squeeze: (tf, { x, axis }) => tf.squeeze(x, axis === null || axis === undefined ? undefined : axesOf(axis, x.rank)),
  BroadcastTo: (tf, { x, shape }) => {
    const sizes = shape.map((/** @type {any} */ size, /** @type {number} */ index) => (
      size ?? x.shape[index - shape.length + x.rank]));
    return x.dtype === 'bool' ? tf.cast(tf.broadcastTo(tf.cast(x, 'int32'), sizes), 'bool') : tf.broadcastTo(x, sizes);
  },
  Flip: (tf, { x, axis }) => tf.reverse(x, axesOf(axis, x.rank)),
  Fliplr: (tf, { x }) => tf.reverse(x, 1),
  Flipud: (tf, { x }) => tf.reverse(x, 0),
  Rot90: (tf, { array, k, axes }) => {
    const [one, other] = axes.map((/** @type {number} */ axis) => front(axis, array.rank));
    const turns = ((k % 4) + 4) % 4;
    if (turns === 0) return array;
    if (turns === 2) return tf.reverse(array, [one, other]);
    return turns === 1 ? swapped(tf, tf.reverse(array, other), one, other)
      : tf.reverse(swapped(tf, array, one, other), other);
  },
  Roll: (tf, { x, shift, axis }) => {
    if (axis === null || axis === undefined) {
      return tf.reshape(rolled(tf, tf.reshape(x, [-1]), shift, 0), x.shape);
    }
    const shifts = [shift].flat();
    return [axis].flat().reduce(
      (y, each, index) => rolled(tf, y, shifts[shifts.length === 1 ? 0 : index], front(each, x.rank)), x);
  },
  Repeat: (tf, { x, repeats, axis }) => {
    const flat = axis === null || axis === undefined ? tf.reshape(x, [-1]) : x;
    const at = front(axis ?? 0, flat.rank);
    const counts = [repeats].flat();
    const size = flat.shape[at];
    const indices = [...Array(size).keys()]
      .flatMap((/** @type {number} */ index) => Array(counts[counts.length === 1 ? 0 : index]).fill(index));
    return tf.gather(flat, tf.tensor1d(indices, 'int32'), at);
  },
  Tile: (tf, { x, repeats }) => {
    const counts = [repeats].flat();
    const rank = Math.max(counts.length, x.rank);
    const full = [...Array(rank - counts.length).fill(1), ...counts];
    return tf.tile(tf.reshape(x, [...Array(rank - x.rank).fill(1), ...x.shape]), full);
  },
  Pad: (tf, { x, padWidth, mode, constantValues }) => padded(tf, x, padWidth, mode, constantValues),
  GetItem: (tf, { x, key }) => item(tf, x, Array.isArray(key) ? key : [key]),
  Slice: (tf, { inputs, startIndices, shape }) => tf.slice(inputs, startIndices,
    shape.map((/** @type {any} */ size, /** @type {number} */ index) => size ?? inputs.shape[index])),
  SliceUpdate: (tf, { inputs, startIndices, updates }) => {
    const own = asTensor(tf, updates, inputs.dtype);
    const margins = own.shape.map((/** @type {number} */ size, /** @type {number} */ index) => [
      startIndices[index], inputs.shape[index] - startIndices[index] - size]);
    const spread = tf.pad(own, /** @type {any} */ (margins));
    const inside = tf.pad(tf.onesLike(own), /** @type {any} */ (margins));
    return tf.where(tf.cast(inside, 'bool'), spread, inputs);
  },
  Take: (tf, { x, indices, axis }) => {
    const flat = axis === null || axis === undefined ? tf.reshape(x, [-1]) : x;
    const at = front(axis ?? 0, flat.rank);
    return taken(tf, flat, indices, at);
  },
  TakeAlongAxis: (tf, { x, indices, axis }) => {
    if (axis === null) return takenAlong(tf, tf.reshape(x, [-1]), asTensor(tf, indices, 'int32'), 0);
    return takenAlong(tf, x, asTensor(tf, indices, 'int32'), front(axis, x.rank));
  },
  Concatenate: (tf, { xs, axis }) => joined(tf, xs, axis ?? 0),
  Append: (tf, { x1, x2, axis }) => (axis === null || axis === undefined
    ? joined(tf, [tf.reshape(x1, [-1]), tf.reshape(asTensor(tf, x2), [-1])], 0) : joined(tf, [x1, x2], axis)),
  Stack: (tf, { x, axis }) => {
    const first = x.find((/** @type {any} */ each) => each instanceof tf.Tensor);
    const all = x.map((/** @type {any} */ each) => both(tf, each, first)[0]);
    return tf.stack(all, front(axis ?? 0, first.rank + 1));
  },
  Vstack: (tf, { xs }) => joined(tf, xs.map((/** @type {Tensor} */ x) => (x.rank > 1 ? x : tf.reshape(x, [1, -1]))), 0),
  Hstack: (tf, { xs }) => joined(tf, xs, xs[0].rank === 1 ? 0 : 1),
  Dstack: (tf, { xs }) => joined(tf, xs.map((/** @type {Tensor} */ x) => (x.rank > 2 ? x
    : x.rank === 2 ? tf.expandDims(x, 2) : tf.reshape(x, [1, -1, 1]))), 2),
  Split: (tf, { x, indicesOrSections, axis }) => split(tf, x, indicesOrSections, axis ?? 0),
  ArraySplit: (tf, { x, indicesOrSections, axis }) => {
    if (Array.isArray(indicesOrSections)) return split(tf, x, indicesOrSections, axis ?? 0);
    const size = x.shape[front(axis ?? 0, x.rank)];
    const least = Math.floor(size / indicesOrSections);
    const ends = [...Array(indicesOrSections - 1).keys()]
      .map((index) => (index + 1) * least + Math.min(index + 1, size % indicesOrSections));
    return split(tf, x, ends, axis ?? 0);
  },
  Hsplit: (tf, { x, indicesOrSections }) => split(tf, x, indicesOrSections, x.rank === 1 ? 0 : 1),
  Vsplit: (tf, { x, indicesOrSections }) => split(tf, x, indicesOrSections, 0),
  Dsplit: (tf, { x, indicesOrSections }) => split(tf, x, indicesOrSections, 2),
  Unstack: (tf, { x, axis }) => tf.unstack(x, front(axis ?? 0, x.rank)),
  Meshgrid: (tf, { x, indexing }) => {
    const sizes = x.map((/** @type {Tensor} */ each) => each.size);
    const order = x.map((/** @type {Tensor} */ _, /** @type {number} */ index) => (
      indexing === 'ij' || index > 1 || x.length < 2 ? index : 1 - index));
    const shape = order.map((/** @type {number} */ each) => sizes[each]);
    return x.map((/** @type {Tensor} */ each, /** @type {number} */ index) => {
      const at = order.indexOf(index);
      const own = shape.map((/** @type {number} */ size, /** @type {number} */ axis) => (axis === at ? size : 1));
      return tf.tile(tf.reshape(each, own), shape.map((/** @type {number} */ size, /** @type {number} */ axis) => (
        axis === at ? 1 : size)));
    });
  },
  Diagonal: (tf, { x, offset, axis1, axis2 }) => diagonal(tf, x, offset ?? 0, axis1 ?? 0, axis2 ?? 1),
  Diag: (tf, { x, k }) => {
    if (x.rank === 2) return diagonal(tf, x, k ?? 0, 0, 1);
    return diagonalMatrix(tf, x, k ?? 0);
  },
  Diagflat: (tf, { x, k }) => diagonalMatrix(tf, tf.reshape(x, [-1]), k ?? 0),
  Trace: (tf, { x, offset, axis1, axis2 }) => tf.sum(diagonal(tf, x, offset ?? 0, axis1 ?? 0, axis2 ?? 1), -1),
  Tril: (tf, { x, k }) => triangle(tf, x, tf.greaterEqual(below(tf, x), -(k ?? 0))),
  Triu: (tf, { x, k }) => triangle(tf, x, tf.lessEqual(below(tf, x), -(k ?? 0))),
  OneHot: (tf, { x, numClasses, axis, dtype }) => oneHot(tf, x, numClasses, axis ?? -1, dtype),
  MultiHot: (tf, { inputs, numClasses, axis, dtype }) => {
    // Wherever the classes are, Keras looks along the axis behind the batch.
    return tf.max(oneHot(tf, inputs, numClasses, axis ?? -1, dtype), inputs.rank === 1 ? 0 : 1);
  },
  ZerosLike: (tf, { x, dtype }) => cast(tf, tf.zerosLike(x), dtype),
  EmptyLike: (tf, { x, dtype }) => cast(tf, tf.zerosLike(x), dtype),
  OnesLike: (tf, { x, dtype }) => cast(tf, tf.onesLike(x), dtype),
  FullLike: (tf, { x, fillValue, dtype }) => tf.add(
    cast(tf, tf.zerosLike(x), dtype), asTensor(tf, fillValue, dtypeOf(dtype ?? x.dtype))),
  Full: (tf, { fillValue, shape, dtype }) => tf.add(
    tf.zeros(shape, dtypeOf(dtype ?? 'float32')), asTensor(tf, fillValue, dtypeOf(dtype ?? 'float32'))),
  Size: (tf, { x }) => tf.scalar(x.size, 'int32'),
  Ndim: (tf, { x }) => tf.scalar(x.rank, 'int32'),
  Vander: (tf, { x, N, increasing }) => {
    const count = N ?? x.size;
    const powers = [...Array(count).keys()].map((each) => (increasing ? each : count - 1 - each));
    return tf.stack(powers.map((each) => (each === 0 ? tf.onesLike(x) : tf.pow(x, tf.scalar(each, x.dtype)))), 1);
  },
  Select: (tf, { condlist, choicelist, default: other }) => condlist.reduceRight(
    (/** @type {any} */ rest, /** @type {Tensor} */ condition, /** @type {number} */ index) => {
      const [chosen, left] = both(tf, choicelist[index], rest);
      const shape = /** @type {any} */ (broadcastShape(broadcastShape(condition.shape, chosen.shape), left.shape));
      const spread = tf.cast(tf.broadcastTo(tf.cast(condition, 'int32'), shape), 'bool');
      return tf.where(spread, tf.broadcastTo(chosen, shape), tf.broadcastTo(left, shape));
    }, asTensor(tf, other ?? 0)),
  Digitize: (tf, { x, bins }) => {
    const edges = tf.tensor1d(/** @type {any} */ (asTensor(tf, bins).dataSync()));
    return tf.sum(tf.cast(tf.greaterEqual(tf.expandDims(tf.cast(x, 'float32'), -1), edges), 'int32'), -1);
  },
};

/**
 * With two axes in each other's place.
 * @param {TF} tf @param {Tensor} x @param {number} one @param {number} other
 */
export function swapped(tf, x, one, other) {
  const order = [...Array(x.rank).keys()];
  const [from, to] = [front(one, x.rank), front(other, x.rank)];
  [order[from], order[to]] = [to, from];
  return tf.transpose(x, order);
}

/**
 * Moved along an axis; what falls off comes in at the other end.
 * @param {TF} tf @param {Tensor} x @param {number} shift @param {number} axis
 */
export function rolled(tf, x, shift, axis) {
  const size = x.shape[axis];
  const by = ((shift % size) + size) % size;
  if (by === 0) return x;
  return tf.concat([part(tf, x, axis, size - by, by), part(tf, x, axis, 0, size - by)], axis);
}

/**
 * Joined along an axis, as one dtype.
 * @param {TF} tf @param {any[]} all @param {number} axis
 */
export function joined(tf, all, axis) {
  const first = /** @type {any} */ (all.find((each) => each instanceof tf.Tensor));
  const same = all.map((each) => both(tf, each, first)[0]);
  const common = same.map((each) => each.dtype).includes('float32') ? 'float32' : first.dtype;
  return tf.concat(same.map((each) => (each.dtype === common ? each : tf.cast(each, common))), front(axis, first.rank));
}

/**
 * In equal parts, or cut at places.
 * @param {TF} tf @param {Tensor} x @param {any} where @param {number} axis
 */
export function split(tf, x, where, axis) {
  const at = front(axis, x.rank);
  const size = x.shape[at];
  if (!Array.isArray(where)) return tf.split(x, where, at);
  const ends = [0, ...where.map((each) => Math.min(front(each, size), size)), size];
  return ends.slice(1).map((end, index) => part(tf, x, at, ends[index], Math.max(end - ends[index], 0)));
}

/**
 * With margins on all sides.
 * @param {TF} tf @param {Tensor} x @param {any} margins @param {string} mode @param {any} value
 */
export function padded(tf, x, margins, mode, value) {
  const pairs = typeof margins === 'number' ? x.shape.map(() => [margins, margins])
    : Array.isArray(margins[0]) ? (margins.length === 1 ? x.shape.map(() => margins[0]) : margins)
      : x.shape.map(() => (margins.length === 1 ? [margins[0], margins[0]] : margins));
  if (mode === 'constant') {
    const own = value instanceof tf.Tensor ? value.dataSync()[0] : value ?? 0;
    if (x.dtype !== 'bool') return tf.pad(x, pairs, own);
    return tf.cast(tf.pad(tf.cast(x, 'int32'), pairs, Number(own)), 'bool');
  }
  // A kernel pads by a picture of itself once at most, so axis by axis with picked indices.
  return pairs.reduce((/** @type {Tensor} */ y, /** @type {number[]} */ [before, after], /** @type {number} */ axis) => {
    if (before === 0 && after === 0) return y;
    const size = y.shape[axis];
    const indices = [...Array(size + before + after).keys()].map((each) => source(each - before, size, mode));
    return tf.gather(y, tf.tensor1d(indices, 'int32'), axis);
  }, x);
}

/**
 * Which index stands for one outside.
 * @param {number} index @param {number} size @param {string} mode
 */
export function source(index, size, mode) {
  if (mode === 'edge') return Math.min(Math.max(index, 0), size - 1);
  if (mode === 'wrap') return ((index % size) + size) % size;
  const period = mode === 'reflect' ? Math.max(2 * (size - 1), 1) : 2 * size;
  const at = ((index % period) + period) % period;
  return at < size ? at : period - at - (mode === 'reflect' ? 0 : 1);
}

/**
 * `x[key]` of Python: numbers, slices, null for a new axis, 'ellipsis', and one tensor of indices.
 * @param {TF} tf @param {any} x @param {any[]} key
 */
export function item(tf, x, key) {
  const used = key.filter((each) => each !== null && each !== 'ellipsis').length;
  const full = Array(x.rank - used).fill({ slice: [null, null, null] });
  const at = key.indexOf('ellipsis');
  const keys = at < 0 ? [...key, ...full] : [...key.slice(0, at), ...full, ...key.slice(at + 1)];
  let [y, axis] = [x, 0];
  /** @type {number[]} */
  const dropped = [];
  for (const each of keys) {
    if (each === null) {
      y = tf.expandDims(y, axis);
    } else if (typeof each === 'number') {
      y = part(tf, y, axis, front(each, y.shape[axis]), 1);
      dropped.push(axis);
    } else if (each instanceof tf.Tensor || Array.isArray(each)) {
      const indices = asTensor(tf, each, 'int32');
      y = taken(tf, y, indices, axis);
      axis += indices.rank - 1;
    } else {
      y = sliced(tf, y, axis, each.slice);
    }
    axis += 1;
  }
  return dropped.length ? tf.squeeze(y, dropped) : y;
}

/**
 * A slice with a step, backwards too.
 * @param {TF} tf @param {Tensor} x @param {number} axis @param {(number | null)[]} bounds
 */
export function sliced(tf, x, axis, [start, stop, step]) {
  const size = x.shape[axis];
  const by = step ?? 1;
  const [least, most] = by > 0 ? [0, size] : [-1, size - 1];
  const place = (/** @type {number} */ each) => Math.min(Math.max(front(each, size), least), most);
  const first = start === null ? (by > 0 ? 0 : size - 1) : place(start);
  const last = stop === null ? (by > 0 ? size : -1) : place(stop);
  const count = Math.max(0, Math.ceil((last - first) / by));
  if (by === 1) return count === size ? x : part(tf, x, axis, first, count);
  const indices = [...Array(count).keys()].map((each) => first + each * by);
  return tf.gather(x, tf.tensor1d(indices, 'int32'), axis);
}

/**
 * What stands at indices along an axis; negative ones count from the end.
 * @param {TF} tf @param {Tensor} x @param {any} indices @param {number} axis
 */
export function taken(tf, x, indices, axis) {
  const given = asTensor(tf, indices, 'int32');
  const whole = given.dtype === 'int32' ? given : tf.cast(given, 'int32');
  const size = x.shape[axis];
  const positive = tf.where(tf.less(whole, 0), tf.add(whole, tf.scalar(size, 'int32')), whole);
  const found = tf.gather(x, /** @type {any} */ (tf.reshape(positive, [-1])), axis);
  return tf.reshape(found, [...x.shape.slice(0, axis), ...whole.shape, ...x.shape.slice(axis + 1)]);
}

/**
 * For each place, what stands at its index along an axis.
 * @param {TF} tf @param {Tensor} x @param {Tensor} indices @param {number} axis
 */
export function takenAlong(tf, x, indices, axis) {
  const size = x.shape[axis];
  const positive = tf.where(tf.less(indices, 0), tf.add(indices, tf.scalar(size, 'int32')), indices);
  const [values, back] = toEnd(tf, x, axis);
  const [places] = toEnd(tf, tf.cast(positive, 'int32'), axis);
  const outer = /** @type {number[]} */ (broadcastShape(values.shape.slice(0, -1), places.shape.slice(0, -1)));
  const count = places.shape[places.rank - 1];
  const spread = (/** @type {Tensor} */ each) => tf.reshape(
    tf.broadcastTo(each, /** @type {any} */ ([...outer, each.shape[each.rank - 1]])), [-1, each.shape[each.rank - 1]]);
  const [rows, wanted] = [spread(values), spread(places)];
  const offsets = tf.mul(tf.range(0, rows.shape[0], 1, 'int32'), tf.scalar(size, 'int32'));
  const flat = tf.reshape(tf.add(wanted, tf.expandDims(offsets, 1)), [-1]);
  const found = tf.gather(tf.reshape(rows, [-1]), /** @type {any} */ (flat));
  return back(tf.reshape(found, [...outer, count]));
}

/**
 * How far to the left of the diagonal each place of the last two axes is.
 * @param {TF} tf @param {Tensor} x
 */
export function below(tf, x) {
  const [rows, columns] = x.shape.slice(-2);
  return tf.sub(tf.expandDims(tf.range(0, rows, 1, 'int32'), 1), tf.expandDims(tf.range(0, columns, 1, 'int32'), 0));
}

/**
 * What is inside a triangle, and zeros; infinity times 0 would be none.
 * @param {TF} tf @param {Tensor} x @param {Tensor} inside
 */
export function triangle(tf, x, inside) {
  const spread = tf.cast(tf.broadcastTo(tf.cast(inside, 'int32'), x.shape), 'bool');
  return tf.where(spread, x, tf.zerosLike(x));
}

/**
 * The diagonal of two axes, as the last axis.
 * @param {TF} tf @param {Tensor} x @param {number} offset @param {number} one @param {number} other
 */
export function diagonal(tf, x, offset, one, other) {
  const [row, column] = [front(one, x.rank), front(other, x.rank)];
  const rest = [...Array(x.rank).keys()].filter((each) => each !== row && each !== column);
  const moved = tf.transpose(x, [...rest, row, column]);
  const [rows, columns] = moved.shape.slice(-2);
  const start = [Math.max(-offset, 0), Math.max(offset, 0)];
  const count = Math.max(0, Math.min(rows - start[0], columns - start[1]));
  const flat = tf.reshape(moved, [...moved.shape.slice(0, -2), rows * columns]);
  const indices = [...Array(count).keys()].map((each) => (start[0] + each) * columns + start[1] + each);
  return tf.gather(flat, tf.tensor1d(indices, 'int32'), flat.rank - 1);
}

/**
 * A matrix with this diagonal.
 * @param {TF} tf @param {Tensor} x @param {number} k
 */
export function diagonalMatrix(tf, x, k) {
  const size = x.size + Math.abs(k);
  const square = tf.diag(x);
  const margin = [k < 0 ? -k : 0, k > 0 ? k : 0];
  return tf.pad(square, [[margin[0], size - x.size - margin[0]], [margin[1], size - x.size - margin[1]]]);
}

/**
 * By comparing, since the wasm kernel mistakes floating-point numbers.
 * @param {TF} tf @param {any} x @param {number} count @param {number} axis @param {any} dtype
 */
export function oneHot(tf, x, count, axis, dtype) {
  const whole = tf.cast(asTensor(tf, x, 'int32'), 'int32');
  const rank = whole.rank + 1;
  const at = front(axis, rank);
  const classes = tf.reshape(tf.range(0, count, 1, 'int32'), Array(rank).fill(1).map((_, each) => (each === at ? count : 1)));
  return tf.cast(tf.equal(tf.expandDims(whole, at), classes), dtypeOf(dtype ?? 'float32'));
}
