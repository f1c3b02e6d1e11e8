/**
 * A convolution of one or two dimensions without padding that has a kernel of
 * its own for every place, as Keras 2 has LocallyConnected1D and 2D. The kernel
 * is [places, values in a window, filters].
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasLocallyConnected(tf) {
  return class KerasLocallyConnected extends tf.layers.Layer {
    static className = 'KerasLocallyConnected';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.filters = config.filters;
      /** @type {number[]} */
      this.kernelSize = config.kernelSize;
      /** @type {number[]} */
      this.strides = config.strides;
      this.useBias = config.useBias ?? true;
      if (!(this.filters > 0) || this.kernelSize?.length !== this.strides?.length) {
        throw new Error(`${this.getClassName()} '${this.name}' needs filters, a kernel_size and `
          + `strides; its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.kernel = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.bias = null;
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const sizes = this.kernelSize.map((width, index) => (
        Math.floor((shape[index + 1] - width) / this.strides[index]) + 1));
      return [shape[0], ...sizes, this.filters];
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const sizes = this.computeOutputShape(shape).slice(1);
      const product = (/** @type {number[]} */ list) => list.reduce((all, size) => all * size, 1);
      const window = product(this.kernelSize) * shape[shape.length - 1];
      const kernel = [product(sizes) / this.filters, window, this.filters];
      this.kernel = this.addWeight('kernel', kernel, 'float32', tf.initializers.zeros());
      if (this.useBias) {
        this.bias = this.addWeight('bias', sizes, 'float32', tf.initializers.zeros());
      }
      super.build(shape);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const shape = this.computeOutputShape(input.shape);
        const line = this.kernelSize.length === 1;
        const image = line ? tf.expandDims(input, 1) : input;
        const [high, wide] = line ? [1, ...this.kernelSize] : this.kernelSize;
        const [down, right] = line ? [1, ...this.strides] : this.strides;
        const [rows, columns] = line ? [1, shape[1]] : [shape[1], shape[2]];
        const [batch, , , channels] = image.shape;
        const taps = [];
        for (let y = 0; y < high; y += 1) {
          for (let x = 0; x < wide; x += 1) {
            const end = [batch, y + (rows - 1) * down + 1, x + (columns - 1) * right + 1, channels];
            taps.push(tf.stridedSlice(image, [0, y, x, 0], end, [1, down, right, 1]));
          }
        }
        const kernel = /** @type {any} */ (this.kernel?.read());
        const [places, window] = kernel.shape;
        const windows = tf.reshape(tf.concat(taps, 3), [batch, places, window]);
        const product = tf.matMul(tf.transpose(windows, [1, 0, 2]), kernel);
        const output = tf.reshape(tf.transpose(product, [1, 0, 2]), shape);
        return this.bias ? tf.add(output, this.bias.read()) : output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), filters: this.filters, kernelSize: this.kernelSize,
        strides: this.strides, useBias: this.useBias,
      };
    }
  };
}
