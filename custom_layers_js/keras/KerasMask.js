/**
 * Makes a mask: `unequal`, where the input is not `value` (for `last`, at any
 * place along the last axis); `every` or `some` of several masks; `joined`, the
 * mask of tensors side by side along `axis`, which are given before the masks of
 * those that have one; `reduced`, a mask with an entry for each step.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasMask(tf) {
  /** @param {any} mask */
  const number = (mask) => tf.cast(mask, 'float32');

  return class KerasMask extends tf.layers.Layer {
    static className = 'KerasMask';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.options = {
        of: config.of ?? 'unequal',
        value: config.value ?? 0,
        last: config.last ?? false,
        axis: config.axis ?? -1,
        every: config.every ?? false,
        masked: config.masked ?? [],
      };
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shapes = Array.isArray(inputShape[0]) ? inputShape : [inputShape];
      const { of, last, axis } = this.options;
      if (of === 'unequal') return last ? shapes[0].slice(0, -1) : shapes[0];
      if (of === 'reduced') return shapes[0].slice(0, 2);
      if (of !== 'joined') return shapes[0];
      const at = axis < 0 ? axis + shapes[0].length : axis;
      const sizes = shapes.slice(0, this.options.masked.length).map(
        (/** @type {any[]} */ shape) => shape[at]);
      const total = sizes.includes(null) ? null
        : sizes.reduce((/** @type {number} */ sum, /** @type {number} */ size) => sum + size, 0);
      return shapes[0].map((/** @type {any} */ size, /** @type {number} */ index) => (
        index === at ? total : size)).slice(0, -1);
    }

    /** @param {any[]} given */
    joined(given) {
      const { axis, every, masked } = this.options;
      const tensors = given.slice(0, masked.length);
      const masks = given.slice(masked.length);
      const parts = tensors.map((x, index) => {
        if (!masked[index]) return tf.onesLike(number(x));
        const mask = number(masks.shift());
        return mask.rank < x.rank ? tf.mul(tf.expandDims(mask, -1), tf.onesLike(number(x))) : mask;
      });
      const at = axis < 0 ? axis + tensors[0].rank : axis;
      const whole = tf.concat(parts, at);
      return every ? tf.min(whole, whole.rank - 1) : tf.max(whole, whole.rank - 1);
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const given = Array.isArray(inputs) ? inputs : [inputs];
        const { of, value, last } = this.options;
        let mask;
        if (of === 'unequal') {
          mask = number(tf.notEqual(number(given[0]), value));
          if (last) mask = tf.max(mask, mask.rank - 1);
        } else if (of === 'joined') {
          mask = this.joined(given);
        } else if (of === 'reduced') {
          mask = number(given[0]);
          mask = tf.max(mask, [...mask.shape.keys()].slice(2));
        } else {
          mask = given.map(number).reduce((one, other) => (
            of === 'every' ? tf.minimum(one, other) : tf.maximum(one, other)));
        }
        return tf.cast(mask, 'bool');
      });
    }

    getConfig() {
      return { ...super.getConfig(), ...this.options };
    }
  };
}
