/**
 * What the operations of Keras share: a layer that computes one of them, and small helpers.
 *
 * An operation is a function of `tf` and of its arguments by name: tensors, numbers, lists, null.
 * Whole numbers are written without a dtype and take that of the tensors beside them, as in Keras;
 * other constants are tensors.
 *
 * @typedef {typeof import('@tensorflow/tfjs')} TF
 * @typedef {import('@tensorflow/tfjs').Tensor} Tensor
 * @typedef {(tf: TF, a: any) => any} Compute
 */

/**
 * A layer class that computes an operation.
 *
 * Its configuration has `arguments`, by name, with `{tensor: 0}` for the first of its inputs and
 * `{constant: 0.5, dtype: 'float32'}` for a constant, `dtypes`, those that its inputs have in Keras
 * (between layers, TensorFlow.js makes floating-point numbers of all), and `shapes`, those of its
 * outputs.
 * @param {TF} tf
 * @param {string} name of the class
 * @param {Compute} compute
 */
export function operationLayer(tf, name, compute) {
  return class extends tf.layers.Layer {
    static className = name;

    /** @param {Record<string, any>} config */
    constructor(config) {
      super(config);
      this.arguments = config.arguments;
      this.dtypes = config.dtypes;
      this.shapes = config.shapes;
      this.supportsMasking = true;
    }

    /**
     * The argument with the tensors in place.
     * @param {any} value
     * @param {Tensor[]} inputs
     * @returns {any}
     */
    resolve(value, inputs) {
      if (Array.isArray(value)) return value.map((each) => this.resolve(each, inputs));
      if (value === null || typeof value !== 'object') return value;
      if (typeof value.tensor === 'number') return inputs[value.tensor];
      if ('constant' in value) return tf.tensor(value.constant, undefined, value.dtype);
      return value;
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const tensors = (Array.isArray(inputs) ? inputs : [inputs]).map((x, index) => {
          const dtype = dtypeOf(this.dtypes[index] ?? x.dtype);
          return x.dtype === dtype ? x : tf.cast(x, dtype);
        });
        const given = Object.entries(this.arguments)
          .map(([key, value]) => [key, this.resolve(value, tensors)]);
        const found = compute(tf, Object.fromEntries(given));
        // A tensor that is given back as it came would be disposed with the input.
        const kept = [found].flat().slice(0, this.shapes.length).map((each) => (tensors.includes(each) ? tf.clone(each) : each));
        return kept.length === 1 ? kept[0] : kept;
      });
    }

    /** A mask says nothing of what is computed here. */
    computeMask() {
      return /** @type {any} */ (this.shapes.length === 1 ? null : this.shapes.map(() => null));
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const first = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const found = this.shapes.map((/** @type {any} */ shape) => shape ?? first);
      return found.length === 1 ? found[0] : found;
    }

    getConfig() {
      return { ...super.getConfig(), arguments: this.arguments, dtypes: this.dtypes, shapes: this.shapes };
    }
  };
}

/**
 * A tensor, or a number as one of a dtype.
 * @param {TF} tf @param {any} value @param {any} [dtype]
 */
export function asTensor(tf, value, dtype = 'float32') {
  if (value instanceof tf.Tensor) return value;
  return tf.tensor(value, undefined, typeof value === 'boolean' ? 'bool' : dtype);
}

/**
 * Both operands as tensors of one dtype; a whole number takes that of the other.
 * @param {TF} tf @param {any} one @param {any} other
 * @returns {[Tensor, Tensor]}
 */
export function both(tf, one, other) {
  const given = [one, other].find((each) => each instanceof tf.Tensor && each.dtype !== 'bool');
  const dtype = given === undefined ? 'int32' : given.dtype;
  let [x, y] = [asTensor(tf, one, dtype), asTensor(tf, other, dtype)];
  if (x.dtype !== y.dtype) {
    const common = [x.dtype, y.dtype].includes('float32') ? 'float32' : 'int32';
    [x, y] = [tf.cast(x, common), tf.cast(y, common)];
  }
  return [x, y];
}

/**
 * As floating-point numbers, for functions that have no other results.
 * @param {TF} tf @param {any} value
 */
export function float(tf, value) {
  const x = asTensor(tf, value);
  return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
}

/**
 * Both as floating-point numbers.
 * @param {TF} tf @param {any} one @param {any} other
 * @returns {[Tensor, Tensor]}
 */
export function floats(tf, one, other) {
  return [float(tf, one), float(tf, other)];
}

/**
 * Whether each is something else than 0.
 * @param {TF} tf @param {any} value
 */
export function bool(tf, value) {
  const x = asTensor(tf, value);
  return x.dtype === 'bool' ? x : tf.notEqual(x, tf.zerosLike(x));
}

/**
 * An axis counted from the front.
 * @param {number} axis @param {number} rank
 */
export function front(axis, rank) {
  return axis < 0 ? axis + rank : axis;
}

/**
 * Axes counted from the front, in order; null stands for all.
 * @param {any} axis @param {number} rank
 * @returns {number[]}
 */
export function axesOf(axis, rank) {
  if (axis === null || axis === undefined) return [...Array(rank).keys()];
  return [axis].flat().map((each) => front(each, rank)).sort((one, other) => one - other);
}

/**
 * The tensor with an axis moved to the end, and how to move it back.
 * @param {TF} tf @param {Tensor} x @param {number} axis
 * @returns {[Tensor, (y: Tensor) => Tensor]}
 */
export function toEnd(tf, x, axis) {
  const rank = x.rank;
  const at = front(axis, rank);
  if (at === rank - 1) return [x, (y) => y];
  const order = [...Array(rank).keys()].filter((each) => each !== at);
  const back = [...Array(rank - 1).keys()];
  back.splice(at, 0, rank - 1);
  return [tf.transpose(x, [...order, at]), (y) => tf.transpose(y, back)];
}

/**
 * A part of a tensor along one axis.
 * @param {TF} tf @param {Tensor} x @param {number} axis @param {number} start @param {number} size
 */
export function part(tf, x, axis, start, size) {
  const at = front(axis, x.rank);
  const begin = x.shape.map((_, index) => (index === at ? start : 0));
  const sizes = x.shape.map((own, index) => (index === at ? size : own));
  return tf.slice(x, begin, sizes);
}

/**
 * The name of a dtype of Keras among those of TensorFlow.js.
 * @param {any} dtype
 * @returns {'bool' | 'int32' | 'float32'}
 */
export function dtypeOf(dtype) {
  if (dtype === 'bool') return 'bool';
  return /^u?int/.test(dtype) ? 'int32' : 'float32';
}

/**
 * As what Keras makes of a cast: numbers are cut off towards 0, and wrap around where they must.
 * @param {TF} tf @param {any} value @param {any} dtype
 */
export function cast(tf, value, dtype) {
  const x = asTensor(tf, value);
  if (dtype === null || dtype === undefined) return x;
  const to = dtypeOf(dtype);
  if (to === 'bool') return bool(tf, x);
  if (/^(int64|int32|b?float(16|32|64))$/.test(dtype)) return tf.cast(x, to);
  throw new Error(`a cast to ${dtype} is not known`);
}
