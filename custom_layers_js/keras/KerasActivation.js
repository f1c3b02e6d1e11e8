/**
 * The activation functions of Keras that TensorFlow.js has not, each with the
 * arguments that Keras gives it; `activation` names the function.
 * (https://keras.io/api/layers/activations/)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasActivation(tf) {
  /** @type {Record<string, (x: any, config: Record<string, any>) => any>} */
  const functions = {
    celu: (x, { alpha = 1 }) => tf.add(
      tf.relu(x), tf.mul(tf.expm1(tf.minimum(tf.div(x, alpha), 0)), alpha)),
    elu: (x, { alpha = 1 }) => tf.where(tf.greater(x, 0), x, tf.mul(tf.elu(x), alpha)),
    exponential: (x) => tf.exp(x),
    gelu: (x, { approximate = true }) => {
      const inner = approximate
        ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI)))
        : tf.erf(tf.mul(x, Math.SQRT1_2));
      return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
    },
    glu: (x, { axis = -1 }) => {
      const [values, gates] = tf.split(x, 2, axis);
      return tf.mul(values, tf.sigmoid(gates));
    },
    hardShrink: (x, { threshold = 0.5 }) => tf.where(
      tf.greater(tf.abs(x), threshold), x, tf.zerosLike(x)),
    hardSilu: (x) => tf.mul(x, tf.clipByValue(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1)),
    hardTanh: (x) => tf.clipByValue(x, -1, 1),
    logSoftmax: (x, { axis = -1 }) => tf.sub(x, tf.logSumExp(x, axis, true)),
    /** The largest value, the slope below the threshold, and the threshold. */
    relu: (x, { maxValue = null, negativeSlope = 0, threshold = 0 }) => {
      const above = tf.where(tf.greater(x, threshold), x, tf.zerosLike(x));
      const kept = maxValue === null ? above : tf.clipByValue(above, 0, maxValue);
      return negativeSlope === 0 ? kept
        : tf.add(kept, tf.mul(tf.minimum(tf.sub(x, threshold), 0), negativeSlope));
    },
    softShrink: (x, { threshold = 0.5 }) => tf.sub(x, tf.clipByValue(x, -threshold, threshold)),
    sparsePlus: (x) => tf.add(
      tf.mul(tf.square(tf.clipByValue(tf.add(x, 1), 0, 2)), 0.25), tf.relu(tf.sub(x, 1))),
    /**
     * The projection onto the simplex (https://arxiv.org/abs/1602.02068), with a
     * threshold as Keras computes it: from the sum of the partial sums.
     */
    sparsemax: (x, { axis = -1 }) => {
      const at = axis < 0 ? axis + x.rank : axis;
      const size = x.shape[at];
      const order = [...x.shape.keys()].filter((other) => other !== at);
      const last = [...order, at];
      const rows = tf.transpose(x, last);
      const { values } = tf.topk(rows, size, true);
      const sums = tf.cumsum(values, x.rank - 1);
      const places = tf.range(1, size + 1);
      const inside = tf.cast(
        tf.greater(tf.add(tf.mul(values, places), 1), sums), 'float32');
      const count = tf.sum(inside, -1, true);
      const total = tf.sum(tf.mul(inside, sums), -1, true);
      const result = tf.relu(tf.sub(rows, tf.div(tf.sub(total, 1), count)));
      return tf.transpose(result, last.map((_, index) => last.indexOf(index)));
    },
    squareplus: (x, { b = 4 }) => tf.mul(tf.add(x, tf.sqrt(tf.add(tf.square(x), b))), 0.5),
    tanhShrink: (x) => tf.sub(x, tf.tanh(x)),
    threshold: (x, { threshold = 0, value = 0 }) => tf.where(
      tf.greater(x, threshold), x, tf.fill(x.shape, value)),
  };

  return class KerasActivation extends tf.layers.Layer {
    static className = 'KerasActivation';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      const { name: _name, trainable: _trainable, dtype: _dtype, ...options } = config;
      this.options = options;
      this.apply_ = functions[config.activation];
      if (!this.apply_) {
        throw new Error(`${this.getClassName()} '${this.name}' knows the activations `
          + `${Object.keys(functions).join(', ')}; its configuration is ${JSON.stringify(config)}`);
      }
      this.supportsMasking = true;
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      if (this.options.activation !== 'glu') return inputShape;
      const shape = [...inputShape];
      const { axis = -1 } = this.options;
      const at = axis < 0 ? axis + shape.length : axis;
      shape[at] = shape[at] === null ? null : shape[at] / 2;
      return shape;
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => this.apply_(Array.isArray(inputs) ? inputs[0] : inputs, this.options));
    }

    getConfig() {
      return { ...super.getConfig(), ...this.options };
    }
  };
}
