/**
 * Attention as a dot product (Luong et al. 2015, https://arxiv.org/abs/1508.04025)
 * or as a sum of hyperbolic tangents ('concat', and with a scale for each
 * dimension 'additive': Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473).
 *
 * `tensors` says what each input is: query, value, key, and the masks qmask and
 * vmask. `causal` hides later places; with `scores` the weights are a second output.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasAttention(tf) {
  return class KerasAttention extends tf.layers.Layer {
    static className = 'KerasAttention';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.mode = config.mode ?? 'dot';
      this.useScale = config.useScale ?? false;
      this.causal = config.causal ?? false;
      this.scores = config.scores ?? false;
      /** @type {string[]} */
      this.tensors = config.tensors ?? ['query', 'value'];
      if (!['dot', 'concat', 'additive'].includes(this.mode)) {
        throw new Error(`${this.getClassName()} '${this.name}' knows the modes dot, concat and additive; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.scale = null;
      /** @type {import('@tensorflow/tfjs').LayerVariable | null} */
      this.factor = null;
    }

    /** @param {any} shapes */
    build(shapes) {
      const ones = tf.initializers.ones();
      const query = shapes[this.tensors.indexOf('query')];
      if (this.useScale) {
        const shape = this.mode === 'additive' ? [query[query.length - 1]] : [];
        this.scale = this.addWeight('scale', shape, 'float32', ones);
      }
      if (this.mode === 'concat') {
        this.factor = this.addWeight('concat_score_weight', [], 'float32', ones);
      }
      super.build(shapes);
    }

    /** @param {any} shapes */
    computeOutputShape(shapes) {
      const query = shapes[this.tensors.indexOf('query')];
      const value = shapes[this.tensors.indexOf('value')];
      const output = [...query.slice(0, -1), value[value.length - 1]];
      return this.scores ? [output, [...query.slice(0, -1), value[value.length - 2]]] : output;
    }

    /**
     * @param {any} query
     * @param {any} key
     */
    score(query, key) {
      if (this.mode === 'dot') {
        const product = tf.matMul(query, key, false, true);
        return this.scale ? tf.mul(product, this.scale.read()) : product;
      }
      const sum = tf.add(tf.expandDims(query, -2), tf.expandDims(key, -3));
      if (this.mode === 'additive') {
        const bent = tf.tanh(sum);
        return tf.sum(this.scale ? tf.mul(bent, this.scale.read()) : bent, -1);
      }
      const total = tf.sum(tf.tanh(this.scale ? tf.mul(sum, this.scale.read()) : sum), -1);
      return this.factor ? tf.mul(total, this.factor.read()) : total;
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        /** @type {Record<string, any>} */
        const given = Object.fromEntries(this.tensors.map((name, index) => [name, inputs[index]]));
        const { query, value } = given;
        let scores = this.score(query, given.key ?? value);
        const [rows, columns] = scores.shape.slice(-2);
        let hidden = null;
        if (given.vmask) {
          hidden = tf.sub(1, tf.expandDims(tf.cast(given.vmask, 'float32'), -2));
        }
        if (this.causal) {
          const later = tf.cast(tf.less(
            tf.reshape(tf.range(0, rows), [rows, 1]), tf.reshape(tf.range(0, columns), [1, columns])),
          'float32');
          hidden = hidden ? tf.maximum(hidden, later) : later;
        }
        if (hidden) scores = tf.sub(scores, tf.mul(hidden, 1e9));
        const weights = tf.softmax(scores);
        let output = tf.matMul(weights, value);
        if (given.qmask) {
          output = tf.mul(output, tf.expandDims(tf.cast(given.qmask, 'float32'), -1));
        }
        return this.scores ? [output, weights] : output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), mode: this.mode, useScale: this.useScale, causal: this.causal,
        scores: this.scores, tensors: this.tensors,
      };
    }
  };
}
