/**
 * The number of `boundaries` that are not above each value: the bucket that it is in.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasBuckets(tf) {
  return class KerasBuckets extends tf.layers.Layer {
    static className = 'KerasBuckets';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number[]} */
      this.boundaries = config.boundaries ?? [];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const given = Array.isArray(inputs) ? inputs[0] : inputs;
        const values = tf.expandDims(tf.cast(given, 'float32'), -1);
        const passed = tf.greaterEqual(values, tf.tensor1d(this.boundaries, 'float32'));
        return tf.sum(tf.cast(passed, 'int32'), -1);
      });
    }

    getConfig() {
      return { ...super.getConfig(), boundaries: this.boundaries };
    }
  };
}
