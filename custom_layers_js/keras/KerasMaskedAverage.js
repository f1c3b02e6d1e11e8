/**
 * The mean over the steps that a mask, the second input of shape [batch, steps],
 * leaves: what Keras' GlobalAveragePooling1D computes under a mask.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasMaskedAverage(tf) {
  return class KerasMaskedAverage extends tf.layers.Layer {
    static className = 'KerasMaskedAverage';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.axis = config.axis ?? 1;
      this.keepdims = config.keepdims ?? false;
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      return shape.flatMap((/** @type {any} */ size, /** @type {number} */ axis) => (
        axis !== this.axis ? [size] : this.keepdims ? [1] : []));
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const [x, mask] = inputs;
        const steps = tf.expandDims(tf.cast(mask, 'float32'), this.axis === 1 ? 2 : 1);
        const spread = tf.broadcastTo(tf.cast(steps, 'bool'), x.shape);
        const kept = tf.where(spread, x, tf.zerosLike(x));
        return tf.div(tf.sum(kept, this.axis, this.keepdims), tf.sum(steps, this.axis, this.keepdims));
      });
    }

    getConfig() {
      return { ...super.getConfig(), axis: this.axis, keepdims: this.keepdims };
    }
  };
}
