/**
 * Moves channels into space: of [batch, depth, height, width, channels] it makes
 * [batch, depth × a, height × b, width × c, channels / (a b c)], where
 * `blockSize` is [a, b, c]; what becomes neighbours lies in the channels in this
 * order.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasVolumeShuffle(tf) {
  return class KerasVolumeShuffle extends tf.layers.Layer {
    static className = 'KerasVolumeShuffle';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number[]} */
      this.blockSize = config.blockSize;
      if (this.blockSize?.length !== 3 || !this.blockSize.every((size) => size > 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a block_size of three numbers; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const block = this.blockSize.reduce((product, size) => product * size, 1);
      const sizes = this.blockSize.map((times, index) => {
        const size = shape[index + 1];
        return size === null ? null : size * times;
      });
      return [shape[0], ...sizes, shape[4] / block];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const shape = this.computeOutputShape(input.shape);
        const [batch, depth, height, width, channels] = input.shape;
        const [a, b, c] = this.blockSize;
        const planes = tf.transpose(
          tf.reshape(input, [batch * depth, height * width, a, channels / a]), [0, 2, 1, 3]);
        const rows = tf.transpose(
          tf.reshape(planes, [batch * depth * a * height, width, b, channels / (a * b)]),
          [0, 2, 1, 3]);
        return tf.reshape(rows, shape);
      });
    }

    getConfig() {
      return { ...super.getConfig(), blockSize: this.blockSize };
    }
  };
}
