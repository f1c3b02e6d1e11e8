/**
 * Multiplies its input by the constant `beta`, the residual scaling of ESRGAN.
 * (Wang et al. 2018, https://arxiv.org/abs/1809.00219)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineMultiplyBeta(tf) {
  return class MultiplyBeta extends tf.layers.Layer {
    static className = 'MultiplyBeta';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.beta = config.beta;
      if (typeof this.beta !== 'number') {
        throw new Error(`${this.getClassName()} '${this.name}' needs a number as beta; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, this.beta));
    }

    getConfig() {
      return { ...super.getConfig(), beta: this.beta };
    }
  };
}
