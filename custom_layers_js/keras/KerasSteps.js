/**
 * The steps of sequences as a batch of their own, [batch, steps, ...] as
 * [batch * steps, ...]; or, `apart`, back again, with the first two sizes of the
 * second input. It is how a layer runs over all steps at once.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasSteps(tf) {
  return class KerasSteps extends tf.layers.Layer {
    static className = 'KerasSteps';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.apart = config.apart ?? false;
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shapes = Array.isArray(inputShape[0]) ? inputShape : [inputShape];
      const [batch, steps] = this.apart ? shapes[1] : [];
      return this.apart ? [batch, steps, ...shapes[0].slice(1)] : [null, ...shapes[0].slice(2)];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const [x, like] = Array.isArray(inputs) ? inputs : [inputs];
        const [batch, steps] = (this.apart ? like : x).shape;
        return tf.reshape(x, this.apart ? [batch, steps, ...x.shape.slice(1)]
          : [batch * steps, ...x.shape.slice(2)]);
      });
    }

    getConfig() {
      return { ...super.getConfig(), apart: this.apart };
    }
  };
}
