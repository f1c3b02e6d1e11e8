/**
 * Pools the axes between the first and the last, one after the other.
 *
 * Either with windows: `poolSize`, `strides` and `padding`, a number each for
 * every axis. Or to an `outputSize`: each result covers what lies below it if
 * both are drawn equally long, so that windows may overlap and differ by one.
 * `pooling` is 'max' or 'average'.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasPooling(tf) {
  return class KerasPooling extends tf.layers.Layer {
    static className = 'KerasPooling';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number[] | null} */
      this.outputSize = config.outputSize ?? null;
      /** @type {number[]} */
      this.poolSize = config.poolSize ?? [];
      /** @type {number[]} */
      this.strides = config.strides ?? [];
      /** @type {'valid' | 'same'} */
      this.padding = config.padding ?? 'valid';
      this.pooling = config.pooling ?? 'max';
      if (this.poolSize.length !== this.strides.length
          || !(this.outputSize ?? this.poolSize).length
          || !['max', 'average'].includes(this.pooling)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs an output_size, or a pool_size `
          + `and strides, and max or average as pooling; its configuration is `
          + `${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const sizes = this.outputSize ?? this.poolSize.map((width, index) => {
        const size = shape[index + 1];
        if (size === null) return null;
        const reach = this.padding === 'valid' ? width : 1;
        return Math.floor((size - reach) / this.strides[index]) + 1;
      });
      if (shape.length !== sizes.length + 2) {
        throw new Error(`${this.getClassName()} '${this.name}' takes ${sizes.length + 2} `
          + `dimensions, not [${shape.join(', ')}]`);
      }
      return [shape[0], ...sizes, shape[shape.length - 1]];
    }

    /**
     * Pools the middle of three axes.
     * @param {any} input
     * @param {number} width
     * @param {number} stride
     * @param {'valid' | 'same'} padding
     */
    windows(input, width, stride, padding) {
      const [before, size, after] = input.shape;
      /** @type {any} */
      const pool = this.pooling === 'max' ? tf.maxPool : tf.avgPool;
      const image = tf.reshape(input, [1, before, size, after]);
      const pooled = pool(image, [1, width], [1, stride], padding);
      return tf.reshape(pooled, [before, -1, after]);
    }

    /**
     * Pools the middle of three axes to a size.
     * @param {any} input
     * @param {number} wanted
     */
    adapted(input, wanted) {
      const size = input.shape[1];
      const width = Math.ceil(size / wanted);
      const starts = Array.from({ length: wanted }, (_, place) => Math.floor((place * size) / wanted));
      const wider = starts.map((start, place) => (
        Math.ceil(((place + 1) * size) / wanted) - start > width));
      if (!wider.includes(true) && size % wanted === 0) {
        return this.windows(input, width, width, 'valid');
      }
      const narrow = this.windows(input, width, 1, 'valid');
      const narrowCount = size - width + 1;
      // The windows of both widths behind each other, to take those that are wanted.
      const all = wider.includes(true)
        ? tf.concat([narrow, this.windows(input, width + 1, 1, 'valid')], 1) : narrow;
      const places = starts.map((start, place) => (wider[place] ? start + narrowCount : start));
      return tf.gather(all, tf.tensor1d(places, 'int32'), 1);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        let output = tf.clone(Array.isArray(inputs) ? inputs[0] : inputs);
        const count = (this.outputSize ?? this.poolSize).length;
        for (let index = 0; index < count; index += 1) {
          const sizes = output.shape.slice();
          const before = sizes.slice(0, index + 1).reduce(
            (/** @type {number} */ product, /** @type {number} */ size) => product * size, 1);
          const rows = tf.reshape(
            output, [before, sizes[index + 1], output.size / before / sizes[index + 1]]);
          const pooled = this.outputSize
            ? this.adapted(rows, this.outputSize[index])
            : this.windows(rows, this.poolSize[index], this.strides[index], this.padding);
          sizes[index + 1] = pooled.shape[1];
          output = tf.reshape(pooled, sizes);
        }
        return output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), outputSize: this.outputSize, poolSize: this.poolSize,
        strides: this.strides, padding: this.padding, pooling: this.pooling,
      };
    }
  };
}
