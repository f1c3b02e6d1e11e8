/**
 * The softmax over one axis or several, of those places that a mask, the second
 * input, leaves: the others become 0.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasMaskedSoftmax(tf) {
  return class KerasMaskedSoftmax extends tf.layers.Layer {
    static className = 'KerasMaskedSoftmax';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.axis = config.axis ?? -1;
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      return Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const [x, given] = Array.isArray(inputs) ? inputs : [inputs];
        const mask = given && (given.dtype === 'bool' ? given : tf.greater(given, 0.5));
        const scores = mask ? tf.where(tf.broadcastTo(mask, x.shape), x, tf.fill(x.shape, -1e9)) : x;
        const powers = tf.exp(tf.sub(scores, tf.max(scores, this.axis, true)));
        const shares = tf.div(powers, tf.sum(powers, this.axis, true));
        return mask ? tf.mul(shares, tf.cast(mask, 'float32')) : shares;
      });
    }

    getConfig() {
      return { ...super.getConfig(), axis: this.axis };
    }
  };
}
