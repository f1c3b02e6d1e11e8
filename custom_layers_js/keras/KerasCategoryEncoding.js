/**
 * Numbers of tokens as vectors of `tokens` elements: each number as a vector
 * (`mode` 'one'), which of them stand in a row ('multi'), or how often ('count';
 * a second input says how much each counts).
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasCategoryEncoding(tf) {
  return class KerasCategoryEncoding extends tf.layers.Layer {
    static className = 'KerasCategoryEncoding';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.tokens = config.tokens;
      this.mode = config.mode;
      if (!(this.tokens > 0) || !['one', 'multi', 'count'].includes(this.mode)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a number of tokens and a mode (one, `
          + `multi or count); its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      if (this.mode !== 'one') return [shape[0], ...shape.slice(2), this.tokens];
      const single = shape.length > 1 && shape[shape.length - 1] === 1;
      return [...(single ? shape.slice(0, -1) : shape), this.tokens];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const [given, weights] = Array.isArray(inputs) ? inputs : [inputs];
        const numbers = tf.cast(given, 'int32');
        const vectors = tf.cast(tf.oneHot(numbers, this.tokens), 'float32');
        if (this.mode === 'multi') return tf.max(vectors, 1);
        if (this.mode === 'count') {
          return tf.sum(weights ? tf.mul(vectors, tf.expandDims(weights, -1)) : vectors, 1);
        }
        return tf.reshape(vectors, this.computeOutputShape(given.shape));
      });
    }

    getConfig() {
      return { ...super.getConfig(), tokens: this.tokens, mode: this.mode };
    }
  };
}
