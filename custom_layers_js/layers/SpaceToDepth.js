/**
 * Moves space into channels, as `tf.nn.space_to_depth` does: of an input
 * [batch, height, width, channels] it makes
 * [batch, height / blockSize, width / blockSize, blockSize² × channels].
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineSpaceToDepth(tf) {
  /** What people call the block size in their configurations. */
  const SPELLINGS = [
    'blockSize', 'scale', 'downscaleFactor', 'scaleFactor', 'downsampleFactor', 'factor', 'size', 'r',
  ];

  return class SpaceToDepth extends tf.layers.Layer {
    static className = 'SpaceToDepth';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      const key = SPELLINGS.find((name) => name in config);
      this.blockSize = key === undefined ? NaN : config[key];
      if (!Number.isInteger(this.blockSize) || this.blockSize < 1) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a block_size, `
          + `a whole number of at least 1; its configuration is ${JSON.stringify(config)}`);
      }
      if (['channelsFirst', 'channels_first', 'NCHW'].includes(config.dataFormat)) {
        throw new Error(`${this.getClassName()} '${this.name}' takes channels last only`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const [batch, height, width, channels] = shape;
      const block = this.blockSize;
      if (shape.length !== 4 || height % block !== 0 || width % block !== 0) {
        throw new Error(`${this.getClassName()} '${this.name}' takes [batch, height, width, `
          + `channels] of multiples of ${block} pixels, not [${shape.join(', ')}]`);
      }
      /** @param {number | null} size */
      const shrunk = (size) => (size === null ? null : size / block);
      return [batch, shrunk(height), shrunk(width), channels === null ? null : channels * block ** 2];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const shape = this.computeOutputShape(input.shape);
        const [batch, height, width, channels] = shape;
        // Each row of blocks is a matrix of pieces of rows: blockSize × width of them.
        const row = channels / this.blockSize;
        const pieces = tf.reshape(input, [batch * height, this.blockSize, width, row]);
        return tf.reshape(tf.transpose(pieces, [0, 2, 1, 3]), shape);
      });
    }

    getConfig() {
      return { ...super.getConfig(), blockSize: this.blockSize };
    }
  };
}
