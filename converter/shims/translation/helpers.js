/**
 * Functions that translated layers bring along. Each class gets those that it
 * uses, inside `define…(tf)`. In a shape rule a size that is open is NaN, so
 * that whatever is computed from it is open as well.
 */

/** A shape, or several, with NaN for each size that is open. */
function sizes(shape) {
  return shape.map((size) => (Array.isArray(size) ? sizes(size) : size ?? NaN));
}

/** A shape, or several, with null for each size that is open. */
function nulls(shape) {
  return shape.map((size) => (Array.isArray(size) ? nulls(size) : Number.isNaN(size) ? null : size));
}

/** A size that a decision hangs on. */
function known(size) {
  if (Number.isNaN(size)) throw new Error('this layer must know the sizes of its input');
  return size;
}

/** The shape that a layer makes of a shape; the layer is built on the way. */
function through(layer, shape) {
  const input = nulls(shape);
  if (!layer.built) {
    layer.setFastWeightInitDuringBuild(true);
    layer.build(input);
    layer.built = true;
  }
  return sizes(layer.computeOutputShape(input));
}

/** Applies layers one after the other. */
function chain(layers, x) {
  return layers.reduce((tensor, layer) => layer.apply(tensor), x);
}

/** The shape that layers, applied one after the other, make of a shape. */
function chainThrough(layers, shape) {
  return layers.reduce((input, layer) => through(layer, input), shape);
}

/** What an array holds, or an object by its sorted keys, as Keras 2 goes through them. */
function inOrder(item) {
  return Array.isArray(item) ? item : Object.keys(item).sort().map((key) => item[key]);
}

/** The tensor that a layer is called on, given itself or as an array of one. */
function single(inputs) {
  if (!Array.isArray(inputs)) return inputs;
  if (inputs.length !== 1) throw new Error(`one input expected, not ${inputs.length}`);
  return inputs[0];
}

/** The shape that a layer is called on, given itself or as an array of one. */
function singleShape(shape) {
  return Array.isArray(shape[0]) ? single(shape) : shape;
}

/** The tensors that a layer is called on. */
function several(inputs) {
  if (!Array.isArray(inputs)) throw new Error('an array of inputs expected');
  return inputs;
}

/** The shape of a number or of nested arrays. */
function shapeOf(value) {
  if (!Array.isArray(value)) return value?.shape ?? [];
  return [value.length, ...(value.length > 0 ? shapeOf(value[0]) : [])];
}

/** The shape that shapes broadcast to. */
function broadcast(...shapes) {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const found = shapes.map((shape) => shape[axis - rank + shape.length]).filter((size) => size !== undefined);
    const large = found.find((size) => size !== 1 && !Number.isNaN(size));
    return large ?? (found.some(Number.isNaN) ? NaN : 1);
  });
}

/** The value of a weight, or what is in its place. */
function current(value) {
  return value instanceof tf.Tensor || typeof value === 'number' ? value : value.read();
}

/** Whether Python takes a value for true. */
function truthy(value) {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** The remainder with the sign of the divisor, as Python has it. */
function mod(value, divisor) {
  return value - divisor * Math.floor(value / divisor);
}

/** Rounds halves to the even neighbour, as Python does. */
function roundHalfEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A word of the configuration without the case and the underscores that TensorFlow.js changes. */
function plain(word) {
  return typeof word === 'string' ? word.replace(/_/g, '').toLowerCase() : word;
}

/** A word of the configuration as TensorFlow.js spells it. */
function camelCase(word) {
  return typeof word === 'string'
    ? word.toLowerCase().replace(/_+(\w|$)/g, (_, letter) => letter.toUpperCase()) : word;
}

/** Whether two configuration values are equal, arrays item by item. */
function same(first, second) {
  return JSON.stringify(first) === JSON.stringify(second);
}

/** Complains of a value that TensorFlow.js has no counterpart for. */
function only(value, expected, name) {
  if (value !== null && [value].flat().some((each) => plain(each) !== plain(expected))) {
    throw new Error(`${name} must be ${expected}, not ${value}`);
  }
}

/** The entry of a table for a word of the configuration. */
function lookUp(table, word) {
  const key = Object.keys(table).find((each) => plain(each) === plain(String(word)));
  if (key === undefined) throw new Error(`there is no ${word}`);
  return table[key];
}

/** The numbers from start up to stop. */
function range(start, stop, step = 1) {
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, index) => start + index * step);
}

/** Arrays item by item, as long as the shortest. */
function zip(...arrays) {
  const length = Math.min(...arrays.map((array) => array.length));
  return Array.from({ length }, (_, index) => arrays.map((array) => array[index]));
}

/** The product of numbers. */
function product(numbers) {
  return numbers.reduce((result, number) => result * number, 1);
}

/** The sum of numbers. */
function total(numbers) {
  return numbers.reduce((result, number) => result + number, 0);
}

/** An axis counted from the front. */
function axisOf(axis, rank) {
  return axis < 0 ? axis + rank : axis;
}

/** The axes to reduce, counted from the front; null is all of them. */
function axesOf(axis, rank) {
  return axis === null ? range(0, rank) : [axis].flat().map((each) => axisOf(each, rank));
}

/** The shape of a reduction. */
function reduced(shape, axis = null, keepDims = false) {
  const axes = axesOf(axis, shape.length);
  return keepDims
    ? shape.map((size, index) => (axes.includes(index) ? 1 : size))
    : shape.filter((_, index) => !axes.includes(index));
}

/** The shape of a concatenation. */
function concatenated(shapes, axis) {
  const joined = axisOf(axis, shapes[0].length);
  return shapes[0].map((size, index) => {
    const own = shapes.map((shape) => shape[index]);
    return index === joined ? total(own) : own.find((each) => !Number.isNaN(each)) ?? NaN;
  });
}

/** The shape of stacked tensors. */
function stacked(shapes, axis = 0) {
  const shape = [...shapes[0]];
  shape.splice(axisOf(axis, shape.length + 1), 0, shapes.length);
  return shape;
}

/** A shape without one axis. */
function without(shape, axis) {
  return shape.filter((_, index) => index !== axisOf(axis, shape.length));
}

/** A shape with another size on one axis. */
function resized(shape, axis, size) {
  return shape.map((own, index) => (index === axisOf(axis, shape.length) ? size : own));
}

/** A shape with an axis of one. */
function expanded(shape, axis) {
  const result = [...shape];
  result.splice(axisOf(axis, shape.length + 1), 0, 1);
  return result;
}

/** A shape without axes of one. */
function squeezed(shape, axis) {
  const axes = axesOf(axis, shape.length);
  return shape.filter((_, index) => !axes.includes(index));
}

/** The shape of a transposed tensor. */
function transposed(shape, perm = null) {
  return perm === null ? [...shape].reverse() : perm.map((axis) => shape[axisOf(axis, shape.length)]);
}

/** A shape after a reshape; `kept` pairs axes before and after that have the same size. */
function reshaped(shape, target, kept = []) {
  const from = kept.map((pair) => axisOf(pair[0], shape.length));
  const to = kept.map((pair) => axisOf(pair[1], target.length));
  const rest = product(shape.filter((_, axis) => !from.includes(axis)));
  const others = product(target.filter((size, axis) => size !== -1 && !to.includes(axis)));
  return target.map((size) => (size === -1 ? rest / others : size));
}

/** The shape of a tensor that is repeated along its axes. */
function tiled(shape, reps) {
  return shape.map((size, axis) => size * reps[axis]);
}

/** The shape of a padded tensor. */
function padded(shape, paddings) {
  return shape.map((size, axis) => size + paddings[axis][0] + paddings[axis][1]);
}

/** Pads with a constant or a mirror image, a tensor of any rank. */
function pad(x, paddings, mode = 'constant', value = 0) {
  const word = mode.toLowerCase();
  if (word === 'constant') return tf.pad(x, paddings, value);
  return paddings.every(([before, after]) => before === 0 && after === 0) ? x : tf.mirrorPad(x, paddings, word);
}

/** The shape of a product of matrices. */
function multiplied(a, b, transposeA = false, transposeB = false) {
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  return [...batch, a[a.length - (transposeA ? 1 : 2)], b[b.length - (transposeB ? 2 : 1)]];
}

/** The size of each part of a split. */
function parts(size, split) {
  if (!Array.isArray(split)) return Array(split).fill(size / split);
  const rest = size - total(split.filter((part) => part >= 0));
  return split.map((part) => (part < 0 ? rest : part));
}

/** The shapes of the parts of a split. */
function splitShapes(shape, split, axis = 0) {
  return parts(shape[axisOf(axis, shape.length)], split).map((size) => resized(shape, axis, size));
}

/** The equal or unequal parts of a tensor. */
function split(x, sizes, axis = 0) {
  return tf.split(x, Array.isArray(sizes) ? parts(x.shape[axisOf(axis, x.rank)], sizes) : sizes, axis);
}

/**
 * What `x[…]` of Python takes of each axis: a number is an index, an array has
 * start, stop and step, and there are ':', '...' and 'new'.
 */
function selection(shape, spec) {
  const taken = spec.filter((part) => part !== '...' && part !== 'new').length;
  const rest = Array(Math.max(0, shape.length - taken)).fill(':');
  const full = spec.includes('...') ? spec : [...spec, '...'];
  const axes = [];
  const output = [];
  for (const part of full.flatMap((each) => (each === '...' ? rest : [each]))) {
    const size = shape[axes.length];
    if (part === 'new') {
      output.push(1);
    } else if (typeof part === 'number') {
      axes.push({ begin: part < 0 ? part + size : part, size: 1, step: 1 });
    } else {
      const [start, stop, stride] = part === ':' ? [null, null] : part;
      const step = stride ?? 1;
      const low = step > 0 ? 0 : -1;
      const high = step > 0 ? size : size - 1;
      const bound = (value) => (value < 0 ? Math.max(value + size, low) : Math.min(value, high));
      const begin = start === null ? (step > 0 ? low : high) : bound(start);
      const end = stop === null ? (step > 0 ? high : low) : bound(stop);
      axes.push({ begin, size: Math.max(0, Math.ceil((end - begin) / step)), step });
      output.push(part === ':' ? size : axes[axes.length - 1].size);
    }
  }
  return { axes, output };
}

/** `x[…]` of Python. */
function slice(x, ...spec) {
  const { axes, output } = selection(shapeOf(x), spec);
  let result = x instanceof tf.Tensor ? x : tf.tensor(x);
  const first = axes.map(({ begin, size, step }) => (step > 0 ? begin : begin + (size - 1) * step));
  const span = axes.map(({ size, step }) => (size === 0 ? 0 : (size - 1) * Math.abs(step) + 1));
  if (span.some((size, axis) => size !== result.shape[axis])) result = tf.slice(result, first, span);
  const backwards = range(0, axes.length).filter((axis) => axes[axis].step < 0);
  if (backwards.length > 0) result = tf.reverse(result, backwards);
  if (axes.some(({ step }) => Math.abs(step) > 1)) {
    // Not every backend strides through integers.
    const strided = tf.stridedSlice(
      tf.cast(result, 'float32'), span.map(() => 0), span, axes.map(({ step }) => Math.abs(step)),
    );
    result = tf.cast(strided, result.dtype);
  }
  return tf.reshape(result, output);
}

/** A tensor with `x[…]` replaced. */
function assigned(x, value, ...spec) {
  const source = x instanceof tf.Tensor ? x : tf.tensor(x);
  const places = slice(tf.reshape(tf.range(0, source.size, 1, 'int32'), source.shape), ...spec);
  const updates = tf.broadcastTo(tf.cast(value, source.dtype), places.shape);
  const indices = tf.reshape(places, [-1, 1]);
  const flat = tf.tensorScatterUpdate(tf.reshape(source, [-1]), indices, tf.reshape(updates, [-1]));
  return tf.reshape(flat, source.shape);
}

/** The shape of `x[…]` of Python. */
function sliced(shape, ...spec) {
  return selection(shape, spec).output;
}

/** The size that a window leaves of an axis. */
function windowed(size, window, stride, padding, dilation = 1) {
  const whole = padding === 'same' ? size : size - (window - 1) * dilation;
  return Math.ceil(whole / stride);
}

/** Two numbers from one, from two, or from the four of an image batch. */
function pair(value) {
  if (!Array.isArray(value)) return [value, value];
  return value.length === 4 ? [value[1], value[2]] : value.length === 1 ? [value[0], value[0]] : value;
}

/** The shape of a convolution of images with a kernel, or of a pooling. */
function convolved(shape, window, channels, strides, padding, dilations = 1) {
  const [[height, width], [down, right], [tall, wide]] = [window, pair(strides), pair(dilations)];
  return [
    shape[0],
    windowed(shape[1], height, down, padding, tall),
    windowed(shape[2], width, right, padding, wide),
    channels,
  ];
}

/** Softmax over any axis. */
function softmax(x, axis = -1) {
  if (axisOf(axis, x.rank) === x.rank - 1) return tf.softmax(x);
  const shifted = tf.exp(tf.sub(x, tf.max(x, axis, true)));
  return tf.div(shifted, tf.sum(shifted, axis, true));
}

/** Logarithm of the softmax over any axis. */
function logSoftmax(x, axis = -1) {
  const shifted = tf.sub(x, tf.max(x, axis, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
}

/** The Gaussian error linear unit. */
function gelu(x, approximate = false) {
  const inner = approximate
    ? tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3)))))
    : tf.erf(tf.div(x, Math.SQRT2));
  return tf.mul(tf.mul(0.5, x), tf.add(1, inner));
}

/** The rectified linear unit with its options. */
function rectified(x, slope = 0, ceiling = null, threshold = 0) {
  let result = threshold === 0 ? tf.relu(x) : tf.mul(x, tf.cast(tf.greater(x, threshold), 'float32'));
  if (ceiling !== null) result = tf.minimum(result, ceiling);
  return slope === 0 ? result : tf.sub(result, tf.mul(slope, tf.relu(tf.sub(threshold, x))));
}

/** The continuously differentiable exponential linear unit. */
function celu(x, alpha = 1) {
  return tf.add(tf.relu(x), tf.minimum(tf.mul(alpha, tf.expm1(tf.div(x, alpha))), 0));
}

/** x times its sigmoid. */
function silu(x) {
  return tf.mul(x, tf.sigmoid(x));
}

/** x times the hyperbolic tangent of its softplus. */
function mish(x) {
  return tf.mul(x, tf.tanh(tf.softplus(x)));
}

/** x over one more than its absolute value. */
function softsign(x) {
  return tf.div(x, tf.add(1, tf.abs(x)));
}

/** The sigmoid made of three straight lines; its slope is 1/6 since Keras 3, and 0.2 before. */
function hardSigmoid(x, slope = 1 / 6) {
  return tf.clipByValue(tf.add(tf.mul(x, slope), 0.5), 0, 1);
}

/** x times its hard sigmoid. */
function hardSilu(x) {
  return tf.mul(x, hardSigmoid(x));
}

/** The activation of Keras that has this name. */
function activation(name, hardSlope = 1 / 6) {
  if (typeof name === 'function') return name;
  const functions = {
    linear: (x) => x,
    relu: tf.relu,
    relu6: tf.relu6,
    leakyrelu: (x) => tf.leakyRelu(x, 0.2),
    elu: tf.elu,
    selu: tf.selu,
    gelu: (x) => gelu(x),
    sigmoid: tf.sigmoid,
    hardsigmoid: (x) => hardSigmoid(x, hardSlope),
    logsigmoid: tf.logSigmoid,
    silu,
    swish: silu,
    hardsilu: hardSilu,
    hardswish: hardSilu,
    mish,
    softplus: tf.softplus,
    softsign,
    softmax: (x) => tf.softmax(x),
    logsoftmax: (x) => tf.logSoftmax(x),
    tanh: tf.tanh,
    exponential: tf.exp,
  };
  const found = functions[plain(name?.className ?? name ?? 'linear')];
  if (found === undefined) throw new Error(`there is no activation ${JSON.stringify(name)}`);
  return found;
}

/** Statistical moments: the mean and the variance. */
function moments(x, axes, keepDims = false) {
  const { mean, variance } = tf.moments(x, axes, keepDims);
  return [mean, variance];
}

/** The variance. */
function variance(x, axis = null, keepDims = false) {
  return tf.moments(x, axis, keepDims).variance;
}

/** A tensor scaled to length one along some axes. */
function unitLength(x, axis = null, epsilon = 1e-12) {
  return tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), axis, true), epsilon)));
}

/** Each entry repeated along an axis. */
function repeat(x, times, axis) {
  const at = axisOf(axis, x.rank);
  const reps = Array(x.rank + 1).fill(1);
  reps[at + 1] = times;
  return tf.reshape(tf.tile(tf.expandDims(x, at + 1), reps), resized(x.shape, at, x.shape[at] * times));
}

/** Entries moved along axes, around the end. */
function roll(x, shift, axis) {
  const shifts = [shift].flat();
  return [axis].flat().reduce((result, each, index) => {
    const size = result.shape[axisOf(each, result.rank)];
    const start = mod(-shifts[index], size);
    if (start === 0) return result;
    const [front, back] = tf.split(result, [start, size - start], each);
    return tf.concat([back, front], each);
  }, x);
}

/** Blocks of the image moved into its channels. */
function spaceToDepth(x, block) {
  const [batch, height, width, channels] = x.shape;
  const blocks = tf.reshape(x, [batch, height / block, block, width / block, block, channels]);
  return tf.reshape(
    tf.transpose(blocks, [0, 1, 3, 2, 4, 5]),
    [batch, height / block, width / block, block * block * channels],
  );
}

/** A function of the pieces of `size` axes, by Einstein's convention; the shape of its result. */
function einsumShape(equation, ...shapes) {
  const [inputs, output] = equation.replace(/\s/g, '').split('->');
  const found = {};
  inputs.split(',').forEach((letters, input) => [...letters].forEach((letter, axis) => {
    const size = shapes[input][axis];
    if (!(letter in found) || Number.isNaN(found[letter])) found[letter] = size;
  }));
  return [...output].map((letter) => found[letter]);
}

/** A depthwise convolution that spreads its kernel, which the layer of TensorFlow.js does not. */
function spread(layer, rate) {
  layer.call = (inputs) => tf.tidy(() => {
    const kernel = layer.depthwiseKernel.read();
    let x = tf.depthwiseConv2d(single(inputs), kernel, layer.strides, layer.padding, 'NHWC', pair(rate));
    if (layer.useBias) x = tf.add(x, layer.bias.read());
    return layer.activation === null ? x : layer.activation.apply(x);
  });
  layer.computeOutputShape = (shape) => nulls(convolved(
    sizes(shape), layer.kernelSize, shape[3] * layer.depthMultiplier, layer.strides, layer.padding, rate,
  ));
  return layer;
}

/** A layer without weights, made of a function and of a rule for its shapes. */
function operation(apply, rule = (shape) => shape) {
  const computeOutputShape = (shape) => nulls(rule(sizes(shape)));
  const none = { weights: [], trainableWeights: [], nonTrainableWeights: [] };
  return { apply, computeOutputShape, built: true, ...none };
}

/** The margins of images, from a number, two numbers or two pairs. */
function margins(value) {
  return pair(value).map((each) => pair(each));
}

/** Images without their margins. */
function trim(x, cropping) {
  const [rows, columns] = margins(cropping);
  const [batch, height, width, channels] = trimmed(x.shape, cropping);
  return tf.slice(x, [0, rows[0], columns[0], 0], [batch, height, width, channels]);
}

/** The shape of images without their margins. */
function trimmed(shape, cropping) {
  const [height, width] = margins(cropping).map(([before, after], axis) => shape[axis + 1] - before - after);
  return [shape[0], height, width, shape[3]];
}

/** Images made larger by whole factors. */
function upsample(x, factor, method = 'nearest') {
  const [, height, width] = upsampled(x.shape, factor);
  return resize(x, [height, width], method);
}

/** The shape of images made larger by whole factors. */
function upsampled(shape, factor) {
  const [down, right] = pair(factor);
  return [shape[0], shape[1] * down, shape[2] * right, shape[3]];
}

/** Images of another size, as TensorFlow 2 resizes them: by the centres of the pixels. */
function resize(x, size, method = 'bilinear') {
  if (method === 'nearest') return tf.image.resizeNearestNeighbor(x, size, false, true);
  if (method === 'bilinear') return tf.image.resizeBilinear(tf.cast(x, 'float32'), size, false, true);
  throw new Error(`images cannot be resized by ${method} interpolation`);
}

/** The shape of one image or of several, resized. */
function resizedImages(shape, size) {
  return [...shape.slice(0, -3), size[0], size[1], shape[shape.length - 1]];
}

/** The shapes of the slices along an axis. */
function unstacked(shape, axis = 0) {
  return Array(known(shape[axisOf(axis, shape.length)])).fill(without(shape, axis));
}

/** The shape of entries looked up along an axis. */
function gathered(shape, indices, axis = 0) {
  const at = axisOf(axis, shape.length);
  return [...shape.slice(0, at), ...indices, ...shape.slice(at + 1)];
}

/** The shape of images whose channels become blocks. */
function wider(shape, block) {
  return [shape[0], shape[1] * block, shape[2] * block, shape[3] / (block * block)];
}

/** The shape of images whose blocks become channels. */
function deeper(shape, block) {
  return [shape[0], shape[1] / block, shape[2] / block, shape[3] * block * block];
}

/** A tensor without axes of one. */
function squeeze(x, axis) {
  return tf.squeeze(x, axesOf(axis, x.rank));
}

/** The shape of a part of a tensor; a size of -1 reaches to the end. */
function cut(shape, begin, size) {
  return shape.map((whole, axis) => (size[axis] === -1 ? whole - begin[axis] : size[axis]));
}

/** The order of axes with one of them moved. */
function movedOrder(rank, source, destination) {
  const order = range(0, rank).filter((axis) => axis !== axisOf(source, rank));
  order.splice(axisOf(destination, rank), 0, axisOf(source, rank));
  return order;
}

/** A tensor with one axis moved. */
function moveAxis(x, source, destination) {
  return tf.transpose(x, movedOrder(x.rank, source, destination));
}

/** The shape of a tensor with one axis moved. */
function movedAxis(shape, source, destination) {
  return transposed(shape, movedOrder(shape.length, source, destination));
}

/** The order of axes with two of them swapped. */
function swappedOrder(rank, first, second) {
  const order = range(0, rank);
  [order[axisOf(first, rank)], order[axisOf(second, rank)]] = [axisOf(second, rank), axisOf(first, rank)];
  return order;
}

/** A tensor with two axes swapped. */
function swapAxes(x, first, second) {
  return tf.transpose(x, swappedOrder(x.rank, first, second));
}

/** The shape of a tensor with two axes swapped. */
function swappedAxes(shape, first, second) {
  return transposed(shape, swappedOrder(shape.length, first, second));
}

/** The product of the last axis of a tensor with a matrix. */
function dot(x, matrix) {
  if (matrix.rank !== 2) throw new Error('a matrix expected');
  const flat = tf.matMul(tf.reshape(x, [-1, x.shape[x.rank - 1]]), matrix);
  return tf.reshape(flat, [...x.shape.slice(0, -1), matrix.shape[1]]);
}

/** The shape of the product of the last axis of a tensor with a matrix. */
function dottedShape(shape, matrix) {
  return [...shape.slice(0, -1), matrix[matrix.length - 1]];
}

/** The product of two batches of matrices over one axis of each, as Keras 2 has it. */
function batchDot(a, b, axes) {
  if (a.rank !== 3 || b.rank !== 3) throw new Error('batches of matrices expected');
  const [left, right] = pair(axes).map((axis) => axisOf(axis, 3));
  return tf.matMul(a, b, left === 1, right === 2);
}

/** The shape of the product of two batches of matrices over one axis of each. */
function batchDotShape(a, b, axes) {
  const [left, right] = pair(axes).map((axis) => axisOf(axis, 3));
  return [a[0], a[3 - left], b[3 - right]];
}

/** The axes over which two tensors are multiplied, from what Python gives. */
function contractedAxes(a, b, axes) {
  const [left, right] = Array.isArray(axes)
    ? axes.map((each) => [each].flat()) : [range(a - axes, a), range(0, axes)];
  return [left.map((axis) => axisOf(axis, a)), right.map((axis) => axisOf(axis, b))];
}

/** The product of two tensors over some axes. */
function tensorDot(a, b, axes) {
  const [left, right] = contractedAxes(a.rank, b.rank, axes);
  const outer = range(0, a.rank).filter((axis) => !left.includes(axis));
  const inner = range(0, b.rank).filter((axis) => !right.includes(axis));
  const size = product(left.map((axis) => a.shape[axis]));
  const rows = tf.reshape(tf.transpose(a, [...outer, ...left]), [-1, size]);
  const columns = tf.reshape(tf.transpose(b, [...right, ...inner]), [size, -1]);
  return tf.reshape(tf.matMul(rows, columns), tensorDotShape(a.shape, b.shape, axes));
}

/** The shape of the product of two tensors over some axes. */
function tensorDotShape(a, b, axes) {
  const [left, right] = contractedAxes(a.length, b.length, axes);
  return [...a.filter((_, axis) => !left.includes(axis)), ...b.filter((_, axis) => !right.includes(axis))];
}

/** Scaled and shifted to a mean and a variance. */
function normalize(x, mean, variance, offset, scale, epsilon) {
  let factor = tf.rsqrt(tf.add(variance, epsilon));
  if (scale !== null) factor = tf.mul(factor, scale);
  const result = tf.mul(tf.sub(x, mean), factor);
  return offset === null ? result : tf.add(result, offset);
}

/** The largest entries along the last axis, and where they are. */
function topK(x, k = 1) {
  const { values, indices } = tf.topk(x, k);
  return [values, indices];
}

/** A window of images. */
function crop(x, top, left, height, width) {
  const before = Array(x.rank - 3).fill(0);
  const sizes = x.shape.slice(0, -3);
  return tf.slice(x, [...before, top, left, 0], [...sizes, height, width, x.shape[x.rank - 1]]);
}

/** The luma of colours. */
function grayscale(x) {
  return tf.sum(tf.mul(x, tf.tensor1d([0.2989, 0.587, 0.114])), -1, true);
}

/** The shape of the patches of images. */
function patchShape(shape, window, strides, rates, padding) {
  return convolved(shape, window.slice(1, 3), shape[3] * window[1] * window[2], strides, padding, rates);
}

/** The patches of images, each in the channels of one place. */
function patches(x, window, strides, rates, padding) {
  const [, rows, columns] = patchShape(x.shape, window, strides, rates, padding);
  const axes = [[1, rows], [2, columns]].map(([axis, count]) => {
    const span = (window[axis] - 1) * rates[axis] + 1;
    const missing = Math.max(0, (count - 1) * strides[axis] + span - x.shape[axis]);
    const before = padding === 'same' ? Math.floor(missing / 2) : 0;
    return { count, step: strides[axis], rate: rates[axis], margins: [before, missing - before] };
  });
  const margins = axes.map((axis) => (padding === 'same' ? axis.margins : [0, 0]));
  const image = tf.pad(x, [[0, 0], ...margins, [0, 0]]);
  const [down, right] = axes;
  const parts = range(0, window[1]).flatMap((row) => range(0, window[2]).map((column) => {
    const begin = [0, row * down.rate, column * right.rate, 0];
    const end = [
      x.shape[0],
      begin[1] + (down.count - 1) * down.step + 1,
      begin[2] + (right.count - 1) * right.step + 1,
      x.shape[3],
    ];
    return tf.stridedSlice(image, begin, end, [1, down.step, right.step, 1]);
  }));
  return tf.concat(parts, 3);
}

/** The shape of numbers made vectors with a single one in them. */
function oneHotShape(shape, depth) {
  return [...shape, depth];
}
