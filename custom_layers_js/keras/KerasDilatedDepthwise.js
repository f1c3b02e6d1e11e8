/**
 * A depthwise convolution of [batch, height, width, channels] whose taps lie
 * `dilationRate` apart, which the DepthwiseConv2D of TensorFlow.js ignores.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasDilatedDepthwise(tf) {
  return class KerasDilatedDepthwise extends tf.layers.Layer {
    static className = 'KerasDilatedDepthwise';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {[number, number]} */
      this.kernelSize = config.kernelSize;
      /** @type {[number, number]} */
      this.dilationRate = config.dilationRate;
      /** @type {'valid' | 'same'} */
      this.padding = config.padding ?? 'valid';
      this.depthMultiplier = config.depthMultiplier ?? 1;
      this.useBias = config.useBias ?? true;
      if (![this.kernelSize, this.dilationRate].every((pair) => pair?.length === 2)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a kernel_size and a `
          + `dilation_rate of two numbers; its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.kernel = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.bias = null;
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const channels = shape[3];
      const kernel = [...this.kernelSize, channels, this.depthMultiplier];
      this.kernel = this.addWeight('depthwise_kernel', kernel, 'float32', tf.initializers.zeros());
      if (this.useBias) {
        this.bias = this.addWeight(
          'bias', [channels * this.depthMultiplier], 'float32', tf.initializers.zeros());
      }
      super.build(shape);
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const [height, width] = this.kernelSize.map((taps, index) => {
        const size = shape[index + 1];
        if (size === null || this.padding === 'same') return size;
        return size - (taps - 1) * this.dilationRate[index];
      });
      return [shape[0], height, width, shape[3] * this.depthMultiplier];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const kernel = /** @type {any} */ (this.kernel?.read());
        const output = tf.depthwiseConv2d(
          input, kernel, [1, 1], this.padding, 'NHWC', this.dilationRate);
        return this.bias ? tf.add(output, this.bias.read()) : output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), kernelSize: this.kernelSize, dilationRate: this.dilationRate,
        padding: this.padding, depthMultiplier: this.depthMultiplier, useBias: this.useBias,
      };
    }
  };
}
