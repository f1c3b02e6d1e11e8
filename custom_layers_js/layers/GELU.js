/**
 * x · Φ(x), where Φ is the distribution function of the standard normal, or its
 * approximation by tanh if `approximate` is true.
 * (Hendrycks, Gimpel 2016, https://arxiv.org/abs/1606.08415)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineGELU(tf) {
  return class GELU extends tf.layers.Layer {
    static className = 'GELU';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.approximate = Boolean(config.approximate);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const x = Array.isArray(inputs) ? inputs[0] : inputs;
        if (!this.approximate) {
          return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
        }
        const cubic = tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715));
        return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1));
      });
    }

    getConfig() {
      return { ...super.getConfig(), approximate: this.approximate };
    }
  };
}
