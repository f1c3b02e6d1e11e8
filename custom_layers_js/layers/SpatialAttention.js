/**
 * Weights each pixel by what its channels hold: their mean and maximum go
 * through a convolution, and the sigmoid of that multiplies the input.
 * `pooling` tells which comes first, 'mean+max' or 'max+mean'.
 * (CBAM, Woo et al. 2018, https://arxiv.org/abs/1807.06521)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineSpatialAttention(tf) {
  return class SpatialAttention extends tf.layers.Layer {
    static className = 'SpatialAttention';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.kernelSize = config.kernelSize ?? 7;
      this.pooling = config.pooling ?? 'mean+max';
      this.useBias = config.useBias ?? true;
      if (!Number.isInteger(this.kernelSize) || this.kernelSize < 1
          || !['mean+max', 'max+mean'].includes(this.pooling)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a kernel_size, a whole number `
          + `of at least 1, and 'mean+max' or 'max+mean' as pooling; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.kernel = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.bias = null;
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      if (shape.length !== 4) {
        throw new Error(`${this.getClassName()} '${this.name}' takes [batch, height, width, `
          + `channels], not [${shape.join(', ')}]`);
      }
      const size = this.kernelSize;
      this.kernel = this.addWeight('kernel', [size, size, 2, 1], 'float32',
        tf.initializers.glorotUniform({}));
      if (this.useBias) this.bias = this.addWeight('bias', [1], 'float32', tf.initializers.zeros());
      // Keras may hold them in a layer of any name, so that their order has to tell them apart.
      this.weights.forEach((weight, index) => {
        Object.assign(weight, { originalName: `${this.name}/w${index}` });
      });
      super.build(shape);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const pooled = [tf.mean(input, 3, true), tf.max(input, 3, true)];
        if (this.pooling === 'max+mean') pooled.reverse();
        const kernel = /** @type {any} */ (this.kernel).read();
        let attention = tf.conv2d(/** @type {any} */ (tf.concat(pooled, 3)), kernel, 1, 'same');
        if (this.bias) attention = tf.add(attention, this.bias.read());
        return tf.mul(input, tf.sigmoid(attention));
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), kernelSize: this.kernelSize, pooling: this.pooling,
        useBias: this.useBias,
      };
    }
  };
}
