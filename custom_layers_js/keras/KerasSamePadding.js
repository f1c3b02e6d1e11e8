/**
 * Adds the zeros that the padding "same" of a convolution adds, for inputs of
 * any size: [batch, …sizes, channels]. `reach` is how many values a window spans
 * along each axis, `strides` how far apart the windows are.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasSamePadding(tf) {
  return class KerasSamePadding extends tf.layers.Layer {
    static className = 'KerasSamePadding';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number[]} */
      this.reach = config.reach;
      /** @type {number[]} */
      this.strides = config.strides;
      const lists = [this.reach, this.strides];
      if (!lists.every((list) => Array.isArray(list) && list.length === this.reach.length
          && list.every((each) => Number.isInteger(each) && each > 0))) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a reach and strides, one whole `
          + `number an axis; its configuration is ${JSON.stringify(config)}`);
      }
    }

    /**
     * How many zeros there are to add along an axis.
     * @param {number} size
     * @param {number} axis
     */
    missing(size, axis) {
      const stride = this.strides[axis];
      return Math.max((Math.ceil(size / stride) - 1) * stride + this.reach[axis] - size, 0);
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      if (shape.length !== this.reach.length + 2) {
        throw new Error(`${this.getClassName()} '${this.name}' takes ${this.reach.length + 2} `
          + `dimensions, not [${shape.join(', ')}]`);
      }
      const sizes = this.reach.map((_, axis) => {
        const size = shape[axis + 1];
        return size === null ? null : size + this.missing(size, axis);
      });
      return [shape[0], ...sizes, shape[shape.length - 1]];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const ends = this.reach.map((_, axis) => {
          const missing = this.missing(input.shape[axis + 1], axis);
          return [Math.floor(missing / 2), Math.ceil(missing / 2)];
        });
        if (ends.every(([, after]) => after === 0)) return tf.clone(input);
        return tf.pad(input, /** @type {any} */ ([[0, 0], ...ends, [0, 0]]));
      });
    }

    getConfig() {
      return { ...super.getConfig(), reach: this.reach, strides: this.strides };
    }
  };
}
