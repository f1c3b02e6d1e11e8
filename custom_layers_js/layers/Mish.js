/**
 * x · tanh(softplus(x)). (Misra 2019, https://arxiv.org/abs/1908.08681)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineMish(tf) {
  return class Mish extends tf.layers.Layer {
    static className = 'Mish';

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        return tf.mul(input, tf.tanh(tf.softplus(input)));
      });
    }
  };
}
