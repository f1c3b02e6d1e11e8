/**
 * Resizes pictures [batch, height, width, channels] as `tf.image.resize` does.
 *
 * The new size is `size`, [height, width], or `scale` times the old one. What
 * else Keras can do about it:
 * - `interpolation`: nearest, bilinear, bicubic, area, lanczos3, lanczos5,
 *   gaussian or mitchellcubic; `antialias` widens it where pictures shrink;
 * - `cropToAspectRatio`: first takes the largest part of the new proportions
 *   from the middle; `padToAspectRatio`: first adds `fillValue` around;
 * - `centerCrop`: takes the middle, and resizes only what is too small for that;
 * - `roundIntegers`: makes whole numbers of whole numbers.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasResizing(tf) {
  /** @typedef {{first: number, weights: number[]}} Span Which values make one, from where on. */

  const { fround } = Math;

  /**
   * @param {number} radius
   * @returns {(x: number) => number}
   */
  const lanczos = (radius) => (x) => {
    if (x <= 1e-3) return 1;
    if (x > radius) return 0;
    return radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius) / (Math.PI * x) ** 2;
  };

  /**
   * What a value weighs at a distance, and how far it reaches.
   * (https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/kernels/image/sampling_kernels.h)
   * @type {Record<string, {radius: number, weight: (x: number) => number}>}
   */
  const KERNELS = {
    bilinear: { radius: 1, weight: (x) => Math.max(1 - x, 0) },
    bicubic: {
      radius: 2,
      weight: (x) => {
        if (x >= 2) return 0;
        return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
      },
    },
    gaussian: { radius: 1.5, weight: (x) => (x >= 1.5 ? 0 : Math.exp(-2 * x * x)) },
    lanczos3: { radius: 3, weight: lanczos(3) },
    lanczos5: { radius: 5, weight: lanczos(5) },
    mitchellcubic: {
      radius: 2,
      weight: (x) => {
        if (x >= 2) return 0;
        return x >= 1
          ? (((-7 / 18) * x + 2) * x - 10 / 3) * x + 16 / 9
          : ((7 / 6) * x - 2) * x * x + 8 / 9;
      },
    },
  };

  /** TensorFlow reads its cubic weights from a table of so many steps. */
  const CUBIC_STEPS = 1024;

  /** @param {number} distance */
  const cubic = (distance) => {
    const x = Math.abs(distance);
    return x <= 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
  };

  /** @param {number} x */
  const roundHalfToEven = (x) => {
    const floor = Math.floor(x);
    const rest = x - floor;
    return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  };

  /**
   * @param {number} place
   * @param {number} scale
   */
  const centre = (place, scale) => fround(fround(place + 0.5) * scale);

  /**
   * Where the nearest value is.
   * @param {number} size
   * @param {number} wanted
   */
  const nearest = (size, wanted) => {
    const scale = fround(size / wanted);
    return Array.from({ length: wanted }, (_, place) => (
      { first: Math.min(Math.floor(centre(place, scale)), size - 1), weights: [1] }));
  };

  /**
   * @param {number} size
   * @param {number} wanted
   */
  const bicubic = (size, wanted) => {
    const scale = fround(size / wanted);
    return Array.from({ length: wanted }, (_, place) => {
      const at = fround(centre(place, scale) - 0.5);
      const low = Math.floor(at);
      const step = roundHalfToEven(fround(fround(at - low) * CUBIC_STEPS)) / CUBIC_STEPS;
      const first = Math.max(low - 1, 0);
      const weights = [];
      for (let each = first; each <= Math.min(low + 2, size - 1); each += 1) {
        weights.push(cubic(step - (each - low)));
      }
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return { first, weights: weights.map((weight) => weight / sum) };
    });
  };

  /**
   * The mean of all that a new value covers.
   * @param {number} size
   * @param {number} wanted
   */
  const area = (size, wanted) => {
    const scale = fround(size / wanted);
    return Array.from({ length: wanted }, (_, place) => {
      const from = fround(place * scale);
      const to = fround((place + 1) * scale);
      const first = Math.min(Math.floor(from), size - 1);
      const last = Math.min(Math.ceil(to), size);
      const weights = [];
      for (let each = first; each < last; each += 1) {
        weights.push((Math.min(each + 1, to) - Math.max(each, from)) / scale);
      }
      return { first, weights };
    });
  };

  /**
   * A kernel, as wide as the values lie apart in the new size if that is asked for.
   * @param {string} name
   * @param {number} size
   * @param {number} wanted
   * @param {boolean} antialias
   */
  const sampled = (name, size, wanted, antialias) => {
    const { radius, weight } = KERNELS[name];
    const step = 1 / fround(wanted / size);
    const width = antialias ? Math.max(step, 1) : 1;
    return Array.from({ length: wanted }, (_, place) => {
      const at = (place + 0.5) * step;
      const first = Math.max(Math.ceil(fround(at - radius * width - 0.5)), 0);
      const last = Math.min(Math.floor(fround(at + radius * width - 0.5)), size - 1);
      const weights = [];
      for (let each = first; each <= last; each += 1) {
        weights.push(weight(Math.abs(each + 0.5 - at) / width));
      }
      const sum = weights.reduce((total, each) => total + each, 0);
      return { first, weights: sum === 0 ? weights : weights.map((each) => each / sum) };
    });
  };

  /** Whether rounding cannot decide which value is the nearest.
   * @param {number} size
   * @param {number} wanted
   */
  const isClear = (size, wanted) => Array.from({ length: wanted }).every((_, place) => (
    wanted % size === 0 || ((2 * place + 1) * size) % (2 * wanted) !== 0)) && size * wanted < 1e6;

  return class KerasResizing extends tf.layers.Layer {
    static className = 'KerasResizing';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      /** @type {[number, number] | null} */
      this.size = config.size ?? null;
      /** @type {[number, number] | null} */
      this.scale = config.scale ?? null;
      this.interpolation = config.interpolation ?? 'bilinear';
      this.antialias = config.antialias ?? false;
      this.cropToAspectRatio = config.cropToAspectRatio ?? false;
      this.padToAspectRatio = config.padToAspectRatio ?? false;
      this.centerCrop = config.centerCrop ?? false;
      this.fillValue = config.fillValue ?? 0;
      this.roundIntegers = config.roundIntegers ?? false;
      const pair = this.size ?? this.scale;
      if (!pair || pair.length !== 2 || !pair.every((each) => Number.isInteger(each) && each > 0)
          || !['nearest', 'area', ...Object.keys(KERNELS)].includes(this.interpolation)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a size or a scale, two whole `
          + `numbers, and an interpolation that it knows; its configuration is `
          + `${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      if (shape.length !== 4) {
        throw new Error(`${this.getClassName()} '${this.name}' takes [batch, height, width, `
          + `channels], not [${shape.join(', ')}]`);
      }
      const [batch, height, width, channels] = shape;
      const { size, scale } = this;
      if (size) return [batch, size[0], size[1], channels];
      const times = scale ?? [1, 1];
      return [batch, height === null ? null : height * times[0],
        width === null ? null : width * times[1], channels];
    }

    /**
     * The part of the new proportions, cut out or padded.
     * @param {any} input
     * @param {number} height
     * @param {number} width
     */
    proportioned(input, height, width) {
      const [batch, rows, columns, channels] = input.shape;
      // As TensorFlow computes it: in single precision, then without the fraction.
      const asHigh = Math.trunc(fround(fround(columns * height) / width));
      const asWide = Math.trunc(fround(fround(rows * width) / height));
      if (this.padToAspectRatio) {
        const top = Math.max(Math.trunc((Math.max(rows, asHigh) - rows) / 2), 0);
        const left = Math.max(Math.trunc((Math.max(columns, asWide) - columns) / 2), 0);
        return tf.pad(input, [[0, 0], [top, top], [left, left], [0, 0]], this.fillValue);
      }
      const tall = Math.max(Math.min(rows, asHigh), 1);
      const wide = Math.max(Math.min(columns, asWide), 1);
      const begin = [0, Math.trunc((rows - tall) / 2), Math.trunc((columns - wide) / 2), 0];
      return tf.slice(input, begin, [batch, tall, wide, channels]);
    }

    /**
     * @param {any} input
     * @param {number} axis
     * @param {Span[]} spans
     */
    along(input, axis, spans) {
      const size = input.shape[axis];
      const matrix = new Float32Array(spans.length * size);
      spans.forEach(({ first, weights }, row) => matrix.set(weights, row * size + first));
      const order = [axis, ...[...input.shape.keys()].filter((other) => other !== axis)];
      const front = tf.transpose(input, order);
      const sizes = [spans.length, ...front.shape.slice(1)];
      const product = tf.matMul(
        tf.tensor2d(matrix, [spans.length, size]), tf.reshape(front, [size, -1]));
      return tf.transpose(
        tf.reshape(product, sizes), order.map((_, index) => order.indexOf(index)));
    }

    /**
     * @param {any} input
     * @param {number} height
     * @param {number} width
     */
    resized(input, height, width) {
      const [, rows, columns] = input.shape;
      const { interpolation, antialias } = this;
      if (interpolation === 'nearest' && isClear(rows, height) && isClear(columns, width)) {
        return tf.image.resizeNearestNeighbor(input, [height, width], false, true);
      }
      if (interpolation === 'bilinear' && !antialias) {
        return tf.image.resizeBilinear(input, [height, width], false, true);
      }
      /** @type {(size: number, wanted: number) => Span[]} */
      const spans = (size, wanted) => {
        if (interpolation === 'nearest') return nearest(size, wanted);
        if (interpolation === 'area') return area(size, wanted);
        if (interpolation === 'bicubic' && !antialias) return bicubic(size, wanted);
        return sampled(interpolation, size, wanted, antialias);
      };
      const high = this.along(input, 1, spans(rows, height));
      return this.along(high, 2, spans(columns, width));
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const given = Array.isArray(inputs) ? inputs[0] : inputs;
        const input = tf.cast(given, 'float32');
        const [batch, height, width, channels] = this.computeOutputShape(input.shape);
        const [, rows, columns] = input.shape;
        if (this.centerCrop && rows >= height && columns >= width) {
          const begin = [0, Math.floor((rows - height) / 2), Math.floor((columns - width) / 2), 0];
          return tf.slice(input, begin, [batch, height, width, channels]);
        }
        const asked = this.centerCrop || this.cropToAspectRatio || this.padToAspectRatio;
        const image = asked ? this.proportioned(input, height, width) : input;
        // Two kernels blur even where the size stays.
        const same = image.shape[1] === height && image.shape[2] === width
          && !['gaussian', 'mitchellcubic'].includes(this.interpolation);
        const output = same ? image : this.resized(image, height, width);
        return this.roundIntegers && given.dtype === 'int32' ? tf.round(output) : output;
      });
    }

    getConfig() {
      return {
        ...super.getConfig(), size: this.size, scale: this.scale, interpolation: this.interpolation,
        antialias: this.antialias, cropToAspectRatio: this.cropToAspectRatio,
        padToAspectRatio: this.padToAspectRatio, centerCrop: this.centerCrop,
        fillValue: this.fillValue, roundIntegers: this.roundIntegers,
      };
    }
  };
}
