/**
 * Whole numbers as their places in the list `tokens`, the first of which is `first`.
 * `others` places before it are for all other numbers, by their remainder; `mask`
 * becomes 0.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasLookup(tf) {
  return class KerasLookup extends tf.layers.Layer {
    static className = 'KerasLookup';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {number[]} */
      this.tokens = config.tokens ?? [];
      this.others = config.others ?? 1;
      this.first = config.first ?? 1;
      this.mask = config.mask ?? null;
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const given = tf.cast(Array.isArray(inputs) ? inputs[0] : inputs, 'int32');
        const same = tf.cast(
          tf.equal(tf.expandDims(given, -1), tf.tensor1d(this.tokens, 'int32')), 'int32');
        const places = tf.range(this.first, this.first + this.tokens.length, 1, 'int32');
        const found = tf.sum(tf.mul(same, places), -1);
        // A remainder of a negative number has the sign of what divides.
        const rest = this.others > 1 ? tf.mod(given, tf.scalar(this.others, 'int32'))
          : tf.zerosLike(given);
        const other = tf.add(rest, tf.scalar(this.first - this.others, 'int32'));
        const known = tf.greater(tf.sum(same, -1), 0);
        const result = tf.where(known, found, other);
        if (this.mask === null) return result;
        return tf.where(
          tf.equal(given, tf.scalar(this.mask, 'int32')), tf.zerosLike(result), result);
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), tokens: this.tokens, others: this.others, first: this.first,
        mask: this.mask,
      };
    }
  };
}
