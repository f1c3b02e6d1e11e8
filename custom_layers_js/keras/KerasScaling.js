/**
 * Brings its input to a common size: divides by the root of the mean of squares
 * ('rms': Zhang, Sennrich 2019, https://arxiv.org/abs/1910.07467), by the deviation
 * from the mean ('variance', what Keras's LayerNormalization with rms_scaling does),
 * subtracts the mean as well ('layer': Ba et al. 2016, https://arxiv.org/abs/1607.06450),
 * or divides by the length of the vector ('unit').
 *
 * All of `axes` are taken together; the weights gamma and beta have the sizes of these.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasScaling(tf) {
  return class KerasScaling extends tf.layers.Layer {
    static className = 'KerasScaling';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.kind = config.kind;
      /** @type {number[]} */
      this.axes = config.axes;
      this.epsilon = config.epsilon ?? 1e-3;
      this.scale = config.scale ?? false;
      this.center = config.center ?? false;
      if (!['rms', 'variance', 'layer', 'unit'].includes(this.kind) || !Array.isArray(this.axes)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a kind (rms, variance, layer or `
          + `unit) and axes; its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.gamma = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.beta = null;
      this.supportsMasking = true;
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const sizes = this.axes.map((axis) => shape[axis]);
      if (this.scale) this.gamma = this.addWeight('gamma', sizes, 'float32', tf.initializers.ones());
      if (this.center) this.beta = this.addWeight('beta', sizes, 'float32', tf.initializers.zeros());
      super.build(shape);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        // One axis after the other: one sum of all would lose digits.
        /** @param {any} x */
        const mean = (x) => this.axes.reduce((result, axis) => tf.mean(result, axis, true), x);
        const centred = this.kind === 'layer' || this.kind === 'variance'
          ? tf.sub(input, mean(input)) : input;
        let output;
        if (this.kind === 'unit') {
          const squares = tf.sum(tf.square(input), this.axes, true);
          output = tf.mul(input, tf.rsqrt(tf.maximum(squares, this.epsilon)));
        } else {
          output = tf.mul(this.kind === 'variance' ? input : centred,
            tf.rsqrt(tf.add(mean(tf.square(centred)), this.epsilon)));
        }
        /** @type {number[]} */
        const shape = input.shape.map(
          (/** @type {number} */ size, /** @type {number} */ axis) => (this.axes.includes(axis) ? size : 1));
        if (this.gamma) output = tf.mul(output, tf.reshape(this.gamma.read(), shape));
        if (this.beta) output = tf.add(output, tf.reshape(this.beta.read(), shape));
        return output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), kind: this.kind, axes: this.axes, epsilon: this.epsilon,
        scale: this.scale, center: this.center,
      };
    }
  };
}
