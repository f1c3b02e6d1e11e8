/**
 * Weights each channel by what the whole image holds of it: the mean of each
 * channel goes through two dense layers, of channels / ratio units with ReLU and
 * of as many as there are channels, and the sigmoid of that multiplies the input.
 *
 * `pooling` is 'mean' (squeeze and excitation, https://arxiv.org/abs/1709.01507;
 * RCAN, https://arxiv.org/abs/1807.02758) or 'mean+max', which adds what the same
 * two layers make of the maximum (CBAM, https://arxiv.org/abs/1807.06521).
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineChannelAttention(tf) {
  return class ChannelAttention extends tf.layers.Layer {
    static className = 'ChannelAttention';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.ratio = config.ratio ?? config.reduction ?? config.reductionRatio ?? 16;
      this.pooling = config.pooling ?? 'mean';
      this.useBias = config.useBias ?? true;
      if (!Number.isInteger(this.ratio) || this.ratio < 1
          || !['mean', 'mean+max'].includes(this.pooling)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a ratio, a whole number of at `
          + `least 1, and 'mean' or 'mean+max' as pooling; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable[]} */
      this.parts = [];
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const channels = shape[shape.length - 1];
      if (shape.length < 3 || !(channels > 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs the number of channels of its `
          + `input, [batch, …, channels]; it is [${shape.join(', ')}]`);
      }
      const units = Math.max(1, Math.floor(channels / this.ratio));
      /** @type {[string, number[]][]} */
      const weights = [
        ['squeeze_kernel', [channels, units]], ['squeeze_bias', [units]],
        ['excite_kernel', [units, channels]], ['excite_bias', [channels]],
      ];
      this.parts = weights.filter(([name]) => this.useBias || name.endsWith('kernel'))
        .map(([name, size], index) => {
          const initializer = name.endsWith('kernel')
            ? tf.initializers.glorotUniform({}) : tf.initializers.zeros();
          const weight = this.addWeight(name, size, 'float32', initializer);
          // Keras may hold them in layers of any name, so that their order has to tell them apart.
          return Object.assign(weight, { originalName: `${this.name}/w${index}` });
        });
      super.build(shape);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        const [batch] = input.shape;
        const channels = input.shape[input.rank - 1];
        const axes = [...input.shape.keys()].slice(1, -1);
        const weights = this.parts.map((weight) => weight.read());
        const [squeeze, excite] = this.useBias ? [weights.slice(0, 2), weights.slice(2)]
          : [weights.slice(0, 1), weights.slice(1)];
        /**
         * @param {any} x
         * @param {any[]} layer
         */
        const dense = (x, [kernel, bias]) => (
          bias ? tf.add(tf.matMul(x, kernel), bias) : tf.matMul(x, kernel));
        /** @param {any} pooled */
        const attended = (pooled) => dense(
          tf.relu(dense(tf.reshape(pooled, [batch, channels]), squeeze)), excite);
        // One axis after the other: one sum of all pixels would lose digits.
        let attention = attended(axes.reduce((mean, axis) => tf.mean(mean, axis, true), input));
        if (this.pooling === 'mean+max') {
          attention = tf.add(attention, attended(tf.max(input, axes)));
        }
        return tf.mul(input, tf.reshape(tf.sigmoid(attention),
          [batch, ...axes.map(() => 1), channels]));
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), ratio: this.ratio, pooling: this.pooling, useBias: this.useBias,
      };
    }
  };
}
