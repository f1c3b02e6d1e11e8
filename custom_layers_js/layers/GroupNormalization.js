/**
 * Normalizes each group of neighbouring channels of each image to mean 0 and
 * variance 1, then applies the weights gamma and beta, one for each channel, as
 * Keras' own class does. Minus one as `groups` stands for one channel a group.
 * (Wu, He 2018, https://arxiv.org/abs/1803.08494)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineGroupNormalization(tf) {
  return class GroupNormalization extends tf.layers.Layer {
    static className = 'GroupNormalization';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.groups = config.groups ?? 32;
      this.axis = config.axis ?? -1;
      this.epsilon = config.epsilon ?? 1e-3;
      this.center = config.center ?? true;
      this.scale = config.scale ?? true;
      if (!(this.groups === -1 || (Number.isInteger(this.groups) && this.groups > 0))
          || !Number.isInteger(this.axis) || this.axis === 0 || typeof this.epsilon !== 'number') {
        throw new Error(`${this.getClassName()} '${this.name}' needs a whole number of groups, an `
          + `axis other than 0 and a number as epsilon; its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.gamma = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.beta = null;
    }

    /**
     * Where the channels are, and how many groups of them.
     * @param {number[]} shape
     */
    grouping(shape) {
      const axis = this.axis < 0 ? this.axis + shape.length : this.axis;
      const channels = shape[axis];
      const groups = this.groups === -1 ? channels : this.groups;
      if (!(axis > 0 && channels > 0 && channels % groups === 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' cannot make ${groups} groups of `
          + `axis ${this.axis} of its input [${shape.join(', ')}]`);
      }
      return { axis, channels, groups };
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const { channels } = this.grouping(shape);
      if (this.scale) {
        this.gamma = this.addWeight('gamma', [channels], 'float32', tf.initializers.ones());
      }
      if (this.center) {
        this.beta = this.addWeight('beta', [channels], 'float32', tf.initializers.zeros());
      }
      super.build(shape);
    }

    /**
     * The mean of the group of each channel, one axis after the other: one sum of
     * all pixels would lose digits.
     * @param {any} x
     * @param {ReturnType<typeof this.grouping>} grouping
     */
    groupMean(x, { axis, channels, groups }) {
      const others = [...x.shape.keys()].slice(1).filter((other) => other !== axis);
      const means = others.reduce((mean, other) => tf.mean(mean, other, true), x);
      const grouped = tf.reshape(means, [x.shape[0], groups, channels / groups]);
      const spread = tf.tile(tf.mean(grouped, 2, true), [1, 1, channels / groups]);
      return tf.reshape(spread, means.shape);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const grouping = this.grouping(input.shape);
        const centred = tf.sub(input, this.groupMean(input, grouping));
        const variance = this.groupMean(tf.square(centred), grouping);
        let output = tf.mul(centred, tf.rsqrt(tf.add(variance, this.epsilon)));
        /** @type {number[]} */
        const weightShape = input.shape.map(
          (/** @type {number} */ size, /** @type {number} */ axis) => (axis === grouping.axis ? size : 1));
        if (this.gamma) output = tf.mul(output, tf.reshape(this.gamma.read(), weightShape));
        if (this.beta) output = tf.add(output, tf.reshape(this.beta.read(), weightShape));
        return output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), groups: this.groups, axis: this.axis, epsilon: this.epsilon,
        center: this.center, scale: this.scale,
      };
    }
  };
}
