/**
 * Adds `value` (0 if it is not given) at both ends of each axis but the first,
 * as `padding` says: [[before, after], …], one pair an axis. A negative number
 * takes values away.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasMargins(tf) {
  return class KerasMargins extends tf.layers.Layer {
    static className = 'KerasMargins';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {[number, number][]} */
      this.padding = config.padding;
      this.value = config.value ?? 0;
      if (!Array.isArray(this.padding) || typeof this.value !== 'number'
          || !this.padding.every((ends) => ends.length === 2 && ends.every(Number.isInteger))) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a padding of pairs of whole `
          + `numbers; its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      if (shape.length !== this.padding.length + 1) {
        throw new Error(`${this.getClassName()} '${this.name}' takes ${this.padding.length + 1} `
          + `dimensions, not [${shape.join(', ')}]`);
      }
      const sizes = this.padding.map(([before, after], index) => {
        const size = shape[index + 1];
        return size === null ? null : size + before + after;
      });
      if (sizes.some((size) => size !== null && size < 1)) {
        throw new Error(`${this.getClassName()} '${this.name}' would leave nothing of its input `
          + `[${shape.join(', ')}]`);
      }
      return [shape[0], ...sizes];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        let output = tf.clone(Array.isArray(inputs) ? inputs[0] : inputs);
        this.computeOutputShape(output.shape);
        const ends = [[0, 0], ...this.padding];
        if (ends.flat().some((size) => size < 0)) {
          const begin = ends.map(([before]) => Math.max(-before, 0));
          const sizes = ends.map(([before, after], axis) => (
            output.shape[axis] + Math.min(before, 0) + Math.min(after, 0)));
          output = tf.slice(output, begin, sizes);
        }
        if (ends.flat().some((size) => size > 0)) {
          const added = ends.map((pair) => pair.map((size) => Math.max(size, 0)));
          output = tf.pad(output, /** @type {any} */ (added), this.value);
        }
        return output;
      });
    }

    getConfig() {
      return { ...super.getConfig(), padding: this.padding, value: this.value };
    }
  };
}
