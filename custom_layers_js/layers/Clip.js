/**
 * Limits its input to `minValue … maxValue`; a bound that is null or missing
 * does not limit.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineClip(tf) {
  /** What people call the bounds in their configurations. */
  const MINIMUM = ['minValue', 'clipValueMin', 'min', 'minVal', 'minimum', 'low', 'lower'];
  const MAXIMUM = ['maxValue', 'clipValueMax', 'max', 'maxVal', 'maximum', 'high', 'upper'];

  return class Clip extends tf.layers.Layer {
    static className = 'Clip';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number | null} */
      this.minValue = config[MINIMUM.find((name) => name in config) ?? ''] ?? null;
      /** @type {number | null} */
      this.maxValue = config[MAXIMUM.find((name) => name in config) ?? ''] ?? null;
      const bounds = [this.minValue ?? -Infinity, this.maxValue ?? Infinity];
      if (!bounds.every((bound) => typeof bound === 'number') || !(bounds[0] <= bounds[1])) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a min_value and a max_value `
          + `that is not below it; its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        let output = tf.clone(Array.isArray(inputs) ? inputs[0] : inputs);
        if (this.maxValue !== null) output = tf.minimum(output, this.maxValue);
        return this.minValue === null ? output : tf.maximum(output, this.minValue);
      });
    }

    getConfig() {
      return { ...super.getConfig(), minValue: this.minValue, maxValue: this.maxValue };
    }
  };
}
