/**
 * Convolutions of two or three dimensions whose channels come in groups, each
 * with kernels of its own, as Keras' Conv2D and Conv3D have `groups`.
 * Takes [batch, …sizes, channels]; the kernel is
 * [...kernelSize, channels / groups, filters].
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasGroupedConv(tf) {
  /** From so many groups on, one depthwise convolution and sums are faster than many small ones. */
  const MANY = 16;

  return class KerasGroupedConv extends tf.layers.Layer {
    static className = 'KerasGroupedConv';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.filters = config.filters;
      /** @type {number[]} */
      this.kernelSize = config.kernelSize;
      /** @type {number[]} */
      this.strides = config.strides;
      /** @type {number[]} */
      this.dilationRate = config.dilationRate;
      /** @type {'valid' | 'same'} */
      this.padding = config.padding ?? 'valid';
      this.groups = config.groups;
      this.useBias = config.useBias ?? true;
      const lists = [this.kernelSize, this.strides, this.dilationRate];
      if (!lists.every((list) => Array.isArray(list) && list.length === this.kernelSize.length)
          || ![2, 3].includes(this.kernelSize.length) || !(this.filters % this.groups === 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs filters in whole groups, and a `
          + `kernel_size, strides and a dilation_rate of two or three numbers each; `
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
      const kernel = [...this.kernelSize, shape[shape.length - 1] / this.groups, this.filters];
      this.kernel = this.addWeight('kernel', kernel, 'float32', tf.initializers.zeros());
      if (this.useBias) {
        this.bias = this.addWeight('bias', [this.filters], 'float32', tf.initializers.zeros());
      }
      super.build(shape);
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const sizes = this.kernelSize.map((width, index) => {
        const size = shape[index + 1];
        if (size === null) return null;
        const reach = this.padding === 'valid' ? (width - 1) * this.dilationRate[index] + 1 : 1;
        return Math.floor((size - reach) / this.strides[index]) + 1;
      });
      return [shape[0], ...sizes, this.filters];
    }

    /**
     * One channel after the other, then the sum of each group.
     * @param {any} input
     * @param {any} kernel
     */
    depthwise(input, kernel) {
      const [high, wide] = this.kernelSize;
      const members = kernel.shape[2];
      const each = this.filters / this.groups;
      const split = tf.transpose(
        tf.reshape(kernel, [high * wide, members, this.groups, each]), [0, 2, 1, 3]);
      const spread = tf.depthwiseConv2d(
        input, tf.reshape(split, [high, wide, members * this.groups, each]),
        /** @type {[number, number]} */ (this.strides), this.padding, 'NHWC',
        /** @type {[number, number]} */ (this.dilationRate));
      const shape = spread.shape.slice(0, 3);
      const places = shape[0] * shape[1] * shape[2];
      const summed = tf.sum(tf.reshape(spread, [places * this.groups, members, each]), 1);
      return tf.reshape(summed, [...shape, this.filters]);
    }

    /**
     * One convolution a group.
     * @param {any} input
     * @param {any} kernel
     */
    split(input, kernel) {
      const rank = this.kernelSize.length;
      const inputs = tf.split(input, this.groups, rank + 1);
      const kernels = tf.split(kernel, this.groups, rank + 1);
      /** @type {any} */
      const convolve = rank === 3 ? tf.conv3d : tf.conv2d;
      const format = rank === 3 ? 'NDHWC' : 'NHWC';
      return tf.concat(inputs.map((part, index) => convolve(
        part, kernels[index], this.strides, this.padding, format, this.dilationRate)), rank + 1);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const kernel = this.kernel?.read();
        const many = this.kernelSize.length === 2 && this.groups >= MANY;
        const output = many ? this.depthwise(input, kernel) : this.split(input, kernel);
        return this.bias ? tf.add(output, this.bias.read()) : output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), filters: this.filters, kernelSize: this.kernelSize,
        strides: this.strides, dilationRate: this.dilationRate, padding: this.padding,
        groups: this.groups, useBias: this.useBias,
      };
    }
  };
}
