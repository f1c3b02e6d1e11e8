/**
 * Moves channels into space, as `tf.nn.depth_to_space` does: of an input
 * [batch, height, width, scale² × channels] it makes
 * [batch, scale × height, scale × width, channels].
 * (Shi et al. 2016, https://arxiv.org/abs/1609.05158)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function definePixelShuffle(tf) {
  /** What people call the scale in their configurations. */
  const SPELLINGS = [
    'scale', 'blockSize', 'upscaleFactor', 'scaleFactor', 'upsampleFactor', 'upsampleRate',
    'factor', 'size', 'r',
  ];

  return class PixelShuffle extends tf.layers.Layer {
    static className = 'PixelShuffle';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      const key = SPELLINGS.find((name) => name in config);
      // UpscalerJS writes the scale into the name of the class: PixelShuffle4x.
      const inName = /(\d+)x$/.exec(this.getClassName());
      this.scale = key === undefined ? Number(inName?.[1]) : config[key];
      if (!Number.isInteger(this.scale) || this.scale < 1) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a scale, `
          + `a whole number of at least 1; its configuration is ${JSON.stringify(config)}`);
      }
      if (['channelsFirst', 'channels_first', 'NCHW'].includes(config.dataFormat)) {
        throw new Error(`${this.getClassName()} '${this.name}' takes channels last only`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const [batch, height, width, channels] = shape;
      const area = this.scale ** 2;
      if (shape.length !== 4 || channels % area !== 0) {
        throw new Error(`${this.getClassName()} '${this.name}' takes [batch, height, width, `
          + `a multiple of ${area} channels], not [${shape.join(', ')}]`);
      }
      /** @param {number | null} size */
      const grown = (size) => (size === null ? null : size * this.scale);
      return [batch, grown(height), grown(width), channels === null ? null : channels / area];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const input = Array.isArray(inputs) ? inputs[0] : inputs;
        this.computeOutputShape(input.shape);
        return this.scale === 1 ? tf.clone(input) : tf.depthToSpace(input, this.scale, 'NHWC');
      });
    }

    getConfig() {
      return { ...super.getConfig(), scale: this.scale };
    }
  };
}
