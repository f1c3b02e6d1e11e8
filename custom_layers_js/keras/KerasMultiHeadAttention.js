/**
 * Attention in several heads (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762),
 * several of which may share a head of keys and values (`keyHeads`, Ainslie et al.
 * 2023, https://arxiv.org/abs/2305.13245).
 *
 * `tensors` says what each input is: query, value, key, the masks of these by their
 * places (qmask, vmask, kmask), and mask, which is broadcast to the scores. `axes`
 * are those that attention runs over. Of a row in which everything is masked,
 * `masking` says what becomes: 'fill' spreads the weights evenly, 'zero' gives
 * zeros, 'add' subtracts a large number from the scores.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasMultiHeadAttention(tf) {
  /** @param {number[]} sizes */
  const product = (sizes) => sizes.reduce((result, size) => result * size, 1);

  return class KerasMultiHeadAttention extends tf.layers.Layer {
    static className = 'KerasMultiHeadAttention';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.options = {
        heads: config.heads, keyHeads: config.keyHeads ?? config.heads, keyDim: config.keyDim,
        valueDim: config.valueDim ?? config.keyDim, useBias: config.useBias ?? true,
        useGate: config.useGate ?? false, outputSizes: config.outputSizes ?? null,
        axes: config.axes ?? [1], window: config.window ?? null, causal: config.causal ?? false,
        scores: config.scores ?? false, masking: config.masking ?? 'fill',
        tensors: /** @type {string[]} */ (config.tensors ?? ['query', 'value']),
      };
      const { heads, keyHeads, keyDim } = this.options;
      if (!(heads > 0 && keyDim > 0 && heads % keyHeads === 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs numbers of heads that divide each `
          + `other and the size of keys; its configuration is ${JSON.stringify(config)}`);
      }
      /** @type {Record<string, import('@tensorflow/tfjs').LayerVariable>} */
      this.parts = {};
    }

    /**
     * The shape of an input; keys may be the values.
     * @param {number[][]} shapes
     * @param {string} name
     */
    shapeOf(shapes, name) {
      const { tensors } = this.options;
      return shapes[tensors.indexOf(tensors.includes(name) ? name : 'value')];
    }

    /** @param {number[][]} shapes */
    outputSizes(shapes) {
      return this.options.outputSizes ?? this.shapeOf(shapes, 'query').slice(-1);
    }

    /** @param {any} shapes */
    build(shapes) {
      const { heads, keyHeads, keyDim, valueDim, useBias, useGate } = this.options;
      const output = this.outputSizes(shapes);
      /** @type {[string, number[], number[]][]} */
      const projections = [
        ['query', this.shapeOf(shapes, 'query').slice(-1), [heads, keyDim]],
        ['key', this.shapeOf(shapes, 'key').slice(-1), [keyHeads, keyDim]],
        ...(useGate ? [/** @type {[string, number[], number[]]} */ (
          ['gate', this.shapeOf(shapes, 'query').slice(-1), [heads, valueDim]])] : []),
        ['value', this.shapeOf(shapes, 'value').slice(-1), [keyHeads, valueDim]],
        ['output', [heads, valueDim], output],
      ];
      for (const [name, from, to] of projections) {
        this.parts[`${name}_kernel`] = this.addWeight(
          `${name}_kernel`, [...from, ...to], 'float32', tf.initializers.glorotUniform({}));
        if (useBias) {
          this.parts[`${name}_bias`] = this.addWeight(
            `${name}_bias`, to, 'float32', tf.initializers.zeros());
        }
      }
      super.build(shapes);
    }

    /** @param {any} shapes */
    computeOutputShape(shapes) {
      const { heads, axes, scores } = this.options;
      const query = this.shapeOf(shapes, 'query');
      const value = this.shapeOf(shapes, 'value');
      const output = [...query.slice(0, -1), ...this.outputSizes(shapes)];
      if (!scores) return output;
      const others = [...query.keys()].slice(1, -1).filter((axis) => !axes.includes(axis));
      return [output, [query[0], ...others.map((axis) => query[axis]), heads,
        ...axes.map((/** @type {number} */ axis) => query[axis]),
        ...axes.map((/** @type {number} */ axis) => value[axis])]];
    }

    /**
     * What a dense layer over the last `count` axes makes of a tensor.
     * @param {any} x
     * @param {string} name
     * @param {number} count
     */
    project(x, name, count = 1) {
      const kernel = this.parts[`${name}_kernel`].read();
      const bias = this.parts[`${name}_bias`]?.read();
      const from = product(kernel.shape.slice(0, count));
      const to = kernel.shape.slice(count);
      const flat = tf.matMul(
        tf.reshape(x, [-1, from]), tf.reshape(kernel, [from, product(to)]));
      const made = bias ? tf.add(flat, tf.reshape(bias, [product(to)])) : flat;
      return tf.reshape(made, [...x.shape.slice(0, x.rank - count), ...to]);
    }

    /**
     * Repeats the heads of keys or values for the heads of queries that share them.
     * @param {any} x
     */
    shared(x) {
      const times = this.options.heads / this.options.keyHeads;
      if (times === 1) return x;
      const [heads, size] = x.shape.slice(-2);
      const before = x.shape.slice(0, -2);
      const spread = tf.tile(tf.reshape(x, [-1, heads, 1, size]), [1, 1, times, 1]);
      return tf.reshape(spread, [...before, heads * times, size]);
    }

    /**
     * The mask over the scores as numbers, 1 where they count; null for none.
     * @param {Record<string, any>} given
     * @param {number} rank of the scores
     */
    mask(given, rank) {
      const { axes, causal, window } = this.options;
      const rows = given.query.shape[1];
      const columns = given.value.shape[1];
      const row = () => tf.reshape(tf.range(0, rows), [1, rows, 1]);
      const column = () => tf.reshape(tf.range(0, columns), [1, 1, columns]);
      /** @param {any} x */
      const number = (x) => tf.cast(x, 'float32');
      const masks = [];
      if (given.qmask) masks.push(tf.expandDims(number(given.qmask), -1));
      if (given.vmask) masks.push(tf.expandDims(number(given.vmask), -2));
      if (given.kmask) masks.push(tf.expandDims(number(given.kmask), -2));
      if (causal) masks.push(number(tf.greaterEqual(row(), column())));
      if (window !== null) masks.push(number(tf.less(tf.abs(tf.sub(row(), column())), window)));
      if (given.mask) {
        // A mask need not be of truth values: whatever is not 0 counts.
        masks.unshift(given.mask.dtype === 'bool' ? number(given.mask)
          : number(tf.notEqual(given.mask, tf.zerosLike(given.mask))));
      }
      if (!masks.length) return null;
      const mask = masks.reduce((all, each) => tf.mul(all, each));
      // Dimensions that it lacks stand before those of the places.
      const before = Math.max(0, mask.rank - 2 * axes.length);
      return tf.reshape(mask, [...mask.shape.slice(0, before),
        ...Array(Math.max(0, rank - mask.rank)).fill(1), ...mask.shape.slice(before)]);
    }

    /**
     * The shares of the places in each row of scores [rows, from, to].
     * @param {any} scores
     * @param {any} mask
     */
    softmax(scores, mask) {
      if (!mask) return tf.softmax(scores);
      if (this.options.masking === 'add') {
        return tf.softmax(tf.add(scores, tf.mul(tf.sub(1, mask), -1e9)));
      }
      const low = this.options.masking === 'fill' ? -2.3e38 : -1e9;
      const kept = tf.where(tf.greater(mask, 0.5), scores, tf.fill(scores.shape, low));
      const shares = tf.softmax(kept);
      return this.options.masking === 'fill' ? shares : tf.mul(shares, mask);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const { axes, keyDim, useGate, scores: withScores, tensors } = this.options;
        /** @type {Record<string, any>} */
        const given = Object.fromEntries(tensors.map((name, index) => [name, inputs[index]]));
        const query = this.project(given.query, 'query');
        const key = this.shared(this.project(given.key ?? given.value, 'key'));
        const value = this.shared(this.project(given.value, 'value'));
        const others = [...query.shape.keys()].slice(1, -2).filter((axis) => !axes.includes(axis));
        const order = [0, ...others, query.rank - 2, ...axes, query.rank - 1];
        const split = others.length + 2;
        /** @param {any} x */
        const rows = (x) => {
          const moved = tf.transpose(x, order);
          return tf.reshape(moved,
            [product(moved.shape.slice(0, split)), -1, moved.shape[moved.rank - 1]]);
        };
        const batch = order.slice(0, split).map((axis) => query.shape[axis]);
        const places = axes.map((/** @type {number} */ axis) => query.shape[axis]);
        const sources = axes.map((/** @type {number} */ axis) => value.shape[axis]);
        const shape = [...batch, ...places, ...sources];
        const scaled = tf.mul(rows(query), 1 / Math.sqrt(keyDim));
        const scores = tf.matMul(scaled, rows(key), false, true);
        const mask = this.mask(given, shape.length);
        const spread = mask && tf.reshape(tf.broadcastTo(mask, shape), scores.shape);
        const shares = this.softmax(scores, spread);
        const mixed = tf.reshape(
          tf.matMul(shares, rows(value)), [...batch, ...places, value.shape[value.rank - 1]]);
        let heads = tf.transpose(mixed, order.map((_, index) => order.indexOf(index)));
        if (useGate) heads = tf.mul(heads, tf.sigmoid(this.project(given.query, 'gate')));
        const output = this.project(heads, 'output', 2);
        return withScores ? [output, tf.reshape(shares, shape)] : output;
      });
    }

    getConfig() {
      return { ...super.getConfig(), ...this.options };
    }
  };
}
