/**
 * Repeats each value along each axis but the first, as often as `repeats` says
 * for that axis.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasEnlarge(tf) {
  return class KerasEnlarge extends tf.layers.Layer {
    static className = 'KerasEnlarge';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number[]} */
      this.repeats = config.repeats;
      if (!Array.isArray(this.repeats)
          || !this.repeats.every((count) => Number.isInteger(count) && count > 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs repeats, a list of whole `
          + `numbers; its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      if (shape.length !== this.repeats.length + 1) {
        throw new Error(`${this.getClassName()} '${this.name}' takes ${this.repeats.length + 1} `
          + `dimensions, not [${shape.join(', ')}]`);
      }
      const sizes = this.repeats.map((count, index) => {
        const size = shape[index + 1];
        return size === null ? null : size * count;
      });
      return [shape[0], ...sizes];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const shape = this.computeOutputShape(input.shape);
        let output = tf.clone(input);
        // From the back, so that what is repeated is as long as it can be.
        for (let axis = shape.length - 1; axis > 0; axis -= 1) {
          const count = this.repeats[axis - 1];
          if (count > 1) {
            const before = output.shape.slice(0, axis + 1).reduce(
              (/** @type {number} */ product, /** @type {number} */ size) => product * size, 1);
            const rows = tf.reshape(output, [before, 1, output.size / before]);
            const sizes = output.shape.slice();
            sizes[axis] *= count;
            output = tf.reshape(tf.tile(rows, [1, count, 1]), sizes);
          }
        }
        return output;
      });
    }

    getConfig() {
      return { ...super.getConfig(), repeats: this.repeats };
    }
  };
}
