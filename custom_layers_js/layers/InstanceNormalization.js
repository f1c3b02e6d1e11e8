/**
 * Normalizes each image, and each index of `axis` in it, to mean 0 and variance
 * 1, then applies the weights gamma and beta. Of a null `axis` everything in an
 * image is normalized as one. (Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022)
 *
 * `epsilonOn` says what epsilon is added to before the division: the 'variance',
 * as in TensorFlow Addons, or the 'deviation', as in keras-contrib.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineInstanceNormalization(tf) {
  return class InstanceNormalization extends tf.layers.Layer {
    static className = 'InstanceNormalization';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number | null} */
      this.axis = config.axis === undefined ? -1 : config.axis;
      this.epsilon = config.epsilon ?? 1e-3;
      this.center = config.center ?? true;
      this.scale = config.scale ?? true;
      // The configurations of both name initializers, but only those of Addons name groups.
      this.epsilonOn = config.epsilonOn
        ?? ('gammaInitializer' in config && !('groups' in config) ? 'deviation' : 'variance');
      if (!['variance', 'deviation'].includes(this.epsilonOn)
          || !(this.axis === null || Number.isInteger(this.axis)) || this.axis === 0
          || typeof this.epsilon !== 'number') {
        throw new Error(`${this.getClassName()} '${this.name}' needs an axis other than 0 (or null),`
          + ` a number as epsilon, and 'variance' or 'deviation' as epsilon_on; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.gamma = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.beta = null;
    }

    /**
     * The shape that gamma and beta take to meet an input.
     * @param {number[]} shape
     * @returns {number[]}
     */
    broadcastShape(shape) {
      /** @type {number[]} */
      const broadcast = shape.map(() => 1);
      if (this.axis === null) return broadcast;
      const axis = this.axis < 0 ? this.axis + shape.length : this.axis;
      if (!(axis > 0 && shape[axis] > 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs the size of axis ${this.axis} `
          + `of its input [${shape.join(', ')}]`);
      }
      broadcast[axis] = shape[axis];
      return broadcast;
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const size = Math.max(...this.broadcastShape(shape));
      if (this.scale) {
        this.gamma = this.addWeight('gamma', [size], 'float32', tf.initializers.ones());
      }
      if (this.center) {
        this.beta = this.addWeight('beta', [size], 'float32', tf.initializers.zeros());
      }
      super.build(shape);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const weightShape = this.broadcastShape(input.shape);
        const axes = [...input.shape.keys()].slice(1).filter((axis) => (
          this.axis === null || (axis - this.axis) % input.rank !== 0));
        // One axis after the other: one sum of all pixels would lose digits.
        /** @param {any} x */
        const meanOf = (x) => axes.reduce((mean, axis) => tf.mean(mean, axis, true), x);
        const centred = tf.sub(input, meanOf(input));
        const variance = meanOf(tf.square(centred));
        let output = this.epsilonOn === 'deviation'
          ? tf.div(centred, tf.add(tf.sqrt(variance), this.epsilon))
          : tf.mul(centred, tf.rsqrt(tf.add(variance, this.epsilon)));
        if (this.gamma) output = tf.mul(output, tf.reshape(this.gamma.read(), weightShape));
        if (this.beta) output = tf.add(output, tf.reshape(this.beta.read(), weightShape));
        return output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), axis: this.axis, epsilon: this.epsilon, center: this.center,
        scale: this.scale, epsilonOn: this.epsilonOn,
      };
    }
  };
}
