/**
 * A dense layer between any axes: the product of input and kernel that an Einstein
 * sum such as 'abc,cde->abde' describes, plus a bias.
 *
 * `input`, `kernel` and `output` are the three terms of the sum, each an array of
 * letters' places in the alphabet, so that no letter stands twice in one of them;
 * `kernelShape` and `biasShape` are shapes of weights, the latter null for none.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasEinsumDense(tf) {
  /** @param {number[]} sizes */
  const product = (sizes) => sizes.reduce((result, size) => result * size, 1);

  return class KerasEinsumDense extends tf.layers.Layer {
    static className = 'KerasEinsumDense';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {{input: number[], kernel: number[], output: number[], kernelShape: number[],
       *   biasShape: number[] | null}} */
      this.options = {
        input: config.input, kernel: config.kernel, output: config.output,
        kernelShape: config.kernelShape, biasShape: config.biasShape ?? null,
      };
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.kernel = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.bias = null;
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const { kernelShape, biasShape } = this.options;
      this.kernel = this.addWeight(
        'kernel', kernelShape, 'float32', tf.initializers.glorotUniform({}));
      if (biasShape) this.bias = this.addWeight('bias', biasShape, 'float32', tf.initializers.zeros());
      super.build(inputShape);
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const { input, kernel, output, kernelShape } = this.options;
      return output.map((letter) => (input.includes(letter) ? inputShape[input.indexOf(letter)]
        : kernelShape[kernel.indexOf(letter)]));
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const { input, kernel, output } = this.options;
        const weights = /** @type {import('@tensorflow/tfjs').LayerVariable} */ (this.kernel).read();
        let x = Array.isArray(inputs) ? inputs[0] : inputs;
        let letters = input;
        const summed = letters.filter(
          (letter) => !kernel.includes(letter) && !output.includes(letter));
        if (summed.length) {
          x = tf.sum(x, summed.map((letter) => letters.indexOf(letter)));
          letters = letters.filter((letter) => !summed.includes(letter));
        }
        const both = letters.filter((letter) => kernel.includes(letter));
        const shared = both.filter((letter) => output.includes(letter));
        const inner = both.filter((letter) => !output.includes(letter));
        const rows = letters.filter((letter) => !both.includes(letter));
        const columns = kernel.filter((letter) => !both.includes(letter));
        /**
         * @param {any} tensor
         * @param {number[]} term
         * @param {number[][]} groups
         */
        const arranged = (tensor, term, groups) => {
          const moved = tf.transpose(tensor, groups.flat().map((letter) => term.indexOf(letter)));
          let at = 0;
          const sizes = groups.map((group) => {
            at += group.length;
            return product(moved.shape.slice(at - group.length, at));
          });
          return tf.reshape(moved, sizes);
        };
        const made = tf.matMul(
          arranged(x, letters, [shared, rows, inner]),
          arranged(weights, kernel, [shared, inner, columns]));
        /** @param {number} letter */
        const size = (letter) => (letters.includes(letter) ? x.shape[letters.indexOf(letter)]
          : weights.shape[kernel.indexOf(letter)]);
        const order = [...shared, ...rows, ...columns];
        const result = tf.transpose(
          tf.reshape(made, order.map(size)), output.map((letter) => order.indexOf(letter)));
        return this.bias ? tf.add(result, this.bias.read()) : result;
      });
    }

    getConfig() {
      return { ...super.getConfig(), ...this.options };
    }
  };
}
