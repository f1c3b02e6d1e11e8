/**
 * Pads the height and width of [batch, height, width, channels] with its mirror
 * image, as `tf.pad` does in its modes REFLECT (the border is the mirror) and
 * SYMMETRIC (the border is repeated).
 *
 * `padding` is one number, [height, width] or [[top, bottom], [left, right]],
 * as for ZeroPadding2D.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineReflectionPadding2D(tf) {
  /**
   * Keras 3 writes a tuple as an object that holds its items.
   * @param {any} value
   */
  const unwrapped = (value) => value?.items ?? value;

  return class ReflectionPadding2D extends tf.layers.Layer {
    static className = 'ReflectionPadding2D';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      const padding = unwrapped(config.padding) ?? 1;
      const [rows, columns] = Array.isArray(padding) ? padding : [padding, padding];
      /** @type {[number, number][]} */
      this.padding = [rows, columns].map(unwrapped).map((sides) => (
        Array.isArray(sides) ? [sides[0], sides[1]] : [sides, sides]));
      if ((Array.isArray(padding) && padding.length !== 2)
          || !this.padding.flat().every((size) => Number.isInteger(size) && size >= 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a padding of whole numbers: `
          + `one, [height, width] or [[top, bottom], [left, right]]; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
      if (['channelsFirst', 'channels_first', 'NCHW'].includes(config.dataFormat)) {
        throw new Error(`${this.getClassName()} '${this.name}' takes channels last only`);
      }
      /** @type {'symmetric' | 'reflect'} */
      this.mode = this.getClassName().startsWith('Symmetric') ? 'symmetric' : 'reflect';
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      if (shape.length !== 4) {
        throw new Error(`${this.getClassName()} '${this.name}' takes [batch, height, width, `
          + `channels], not [${shape.join(', ')}]`);
      }
      const [height, width] = this.padding.map(([before, after], index) => {
        const size = shape[index + 1];
        if (size === null) return null;
        if (Math.max(before, after) > size - (this.mode === 'reflect' ? 1 : 0)) {
          throw new Error(`${this.getClassName()} '${this.name}': a ${['height', 'width'][index]} `
            + `of ${size} is too small to mirror ${Math.max(before, after)} pixels of`);
        }
        return before + size + after;
      });
      return [shape[0], height, width, shape[3]];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        this.computeOutputShape(input.shape);
        return tf.mirrorPad(input, [[0, 0], ...this.padding, [0, 0]], this.mode);
      });
    }

    getConfig() {
      return { ...super.getConfig(), padding: this.padding };
    }
  };
}
