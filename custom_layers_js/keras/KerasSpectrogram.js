/**
 * The short-time Fourier transform of signals [batch, time, channels], as two
 * convolutions with windowed waves, whose kernels are weights. `mode` says what is
 * given of it: real, imag, both (stft), angle, psd, magnitude or log.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasSpectrogram(tf) {
  const EPSILON = 1e-7;

  return class KerasSpectrogram extends tf.layers.Layer {
    static className = 'KerasSpectrogram';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.options = {
        mode: config.mode, length: config.length, step: config.step, bins: config.bins,
        padding: config.padding ?? 'valid', expand: config.expand ?? false,
        first: config.first ?? false,
      };
      /** @type {Record<string, import('@tensorflow/tfjs').LayerVariable>} */
      this.kernels = {};
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const { mode, length, bins } = this.options;
      for (const part of ['real', 'imag']) {
        if (mode !== (part === 'real' ? 'imag' : 'real')) {
          this.kernels[part] = this.addWeight(
            `${part}_kernel`, [length, 1, bins], 'float32', tf.initializers.zeros());
        }
      }
      super.build(inputShape);
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const { mode, length, step, padding, expand, first } = this.options;
      const [batch, ...rest] = inputShape;
      const [channels, time] = first ? rest : [rest[1], rest[0]];
      const steps = time === null ? null
        : Math.ceil((padding === 'same' ? time : time - length + 1) / step);
      const bins = this.options.bins * (mode === 'stft' ? 2 : 1);
      if (expand) return first ? [batch, channels, steps, bins] : [batch, steps, bins, channels];
      return first ? [batch, channels * bins, steps] : [batch, steps, channels * bins];
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const { mode, step, bins, padding, expand, first } = this.options;
        const given = Array.isArray(inputs) ? inputs[0] : inputs;
        const signals = first ? given : tf.transpose(given, [0, 2, 1]);
        const [batch, channels, time] = signals.shape;
        const rows = tf.reshape(signals, [batch * channels, time, 1]);
        /** @param {string} part */
        const waves = (part) => tf.conv1d(
          /** @type {any} */ (rows), /** @type {any} */ (this.kernels[part].read()), step, padding);
        const result = this.combined(waves, mode, bins);
        const [, steps, size] = result.shape;
        const spectra = tf.reshape(result, [batch, channels, steps, size]);
        if (expand) return first ? spectra : tf.transpose(spectra, [0, 2, 3, 1]);
        return first
          ? tf.reshape(tf.transpose(spectra, [0, 1, 3, 2]), [batch, channels * size, steps])
          : tf.reshape(tf.transpose(spectra, [0, 2, 1, 3]), [batch, steps, channels * size]);
      });
    }

    /**
     * @param {(part: string) => any} waves
     * @param {string} mode
     * @param {number} bins
     */
    combined(waves, mode, bins) {
      if (mode === 'real' || mode === 'imag') return waves(mode);
      const [real, imag] = [waves('real'), waves('imag')];
      if (mode === 'stft') return tf.concat([real, imag], -1);
      if (mode === 'angle') return tf.atan2(imag, real);
      const power = tf.add(tf.square(real), tf.square(imag));
      if (mode === 'psd') {
        // All but the first and the last stand for a negative frequency, too.
        const times = Array.from({ length: bins }, (_, bin) => (bin === 0 || bin === bins - 1 ? 1 : 2));
        return tf.mul(power, tf.tensor1d(times));
      }
      const size = tf.sqrt(tf.maximum(power, EPSILON));
      return mode === 'log' ? tf.log(tf.maximum(size, EPSILON)) : size;
    }

    getConfig() {
      return { ...super.getConfig(), ...this.options };
    }
  };
}
