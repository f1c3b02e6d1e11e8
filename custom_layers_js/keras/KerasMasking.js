/**
 * Zeros in place of the steps whose values are all `maskValue`, as Keras' Masking
 * gives them, without the mask, which others make.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasMasking(tf) {
  return class KerasMasking extends tf.layers.Layer {
    static className = 'KerasMasking';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.maskValue = config.maskValue ?? 0;
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const mask = tf.any(tf.notEqual(input, this.maskValue), input.rank - 1, true);
        return tf.where(tf.broadcastTo(mask, input.shape), input, tf.zerosLike(input));
      });
    }

    getConfig() {
      return { ...super.getConfig(), maskValue: this.maskValue };
    }
  };
}
