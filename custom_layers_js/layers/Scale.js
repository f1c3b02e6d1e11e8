/**
 * Multiplies its input by a constant: one number, or one for each item of the
 * last axis.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineScale(tf) {
  /** What people call the constant in their configurations. */
  const SPELLINGS = ['scale', 'scaleFactor', 'factor', 'value'];

  return class Scale extends tf.layers.Layer {
    static className = 'Scale';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      const key = SPELLINGS.find((name) => name in config);
      /** @type {number | number[]} */
      this.scale = key === undefined ? NaN : config[key];
      const numbers = [this.scale].flat();
      if (numbers.length === 0 || !numbers.every(Number.isFinite)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a scale, a number or a list `
          + `of them; its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, this.scale));
    }

    getConfig() {
      return { ...super.getConfig(), scale: this.scale };
    }
  };
}
