/**
 * Multiplies by one weight and adds another, both of the shape `sizes`, which is
 * broadcast to the last axes of the input.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasAffine(tf) {
  return class KerasAffine extends tf.layers.Layer {
    static className = 'KerasAffine';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number[]} */
      this.sizes = config.sizes ?? [];
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.scale = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.offset = null;
      this.supportsMasking = true;
    }

    /** @param {any} inputShape */
    build(inputShape) {
      this.scale = this.addWeight('scale', this.sizes, 'float32', tf.initializers.ones());
      this.offset = this.addWeight('offset', this.sizes, 'float32', tf.initializers.zeros());
      super.build(inputShape);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        return this.scale && this.offset
          ? tf.add(tf.mul(input, this.scale.read()), this.offset.read()) : input;
      });
    }

    getConfig() {
      return { ...super.getConfig(), sizes: this.sizes };
    }
  };
}
