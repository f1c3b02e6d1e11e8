/**
 * x · sigmoid(beta · x), where beta is 1 if it is not given.
 * (Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineSwish(tf) {
  return class Swish extends tf.layers.Layer {
    static className = 'Swish';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.beta = config.beta ?? 1;
      if (typeof this.beta !== 'number') {
        throw new Error(`${this.getClassName()} '${this.name}' needs a number as beta, `
          + `not ${JSON.stringify(this.beta)}`);
      }
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        return tf.mul(input, tf.sigmoid(tf.mul(input, this.beta)));
      });
    }

    getConfig() {
      return { ...super.getConfig(), beta: this.beta };
    }
  };
}
