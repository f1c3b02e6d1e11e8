/**
 * Whole numbers as the number of a bin: the remainder of a hash of their decimal
 * digits, FarmHash's 64-bit fingerprint (https://github.com/google/farmhash), or with
 * a `salt` of two numbers SipHash-2-4 (https://www.aumasson.jp/siphash/siphash.pdf).
 * What equals `mask` is put into bin 0, and nothing else is.
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasHashing(tf) {
  const k0 = 0xc3a5c85c97cb3127n;
  const k2 = 0x9ae16a3b2f90404fn;
  /** @param {bigint} x */
  const word = (x) => BigInt.asUintN(64, x);
  /**
   * @param {bigint} x
   * @param {bigint} bits
   */
  const right = (x, bits) => word((x >> bits) | (x << (64n - bits)));
  /** @param {bigint} x */
  const mixed = (x) => x ^ (x >> 47n);
  /**
   * A number of `size` bytes from a place on, the lowest first.
   * @param {string} text
   * @param {number} at
   * @param {number} size
   */
  const bytes = (text, at, size) => {
    let result = 0n;
    for (let index = size - 1; index >= 0; index -= 1) {
      result = (result << 8n) | BigInt(text.charCodeAt(at + index) || 0);
    }
    return result;
  };

  /** @param {string} text of 1 to 16 characters */
  function fingerprint(text) {
    const size = BigInt(text.length);
    const last = text.length - 1;
    if (text.length < 4) {
      const y = bytes(text, 0, 1) + (bytes(text, text.length >> 1, 1) << 8n);
      const z = size + (bytes(text, last, 1) << 2n);
      return word(mixed(word(y * k2) ^ word(z * k0)) * k2);
    }
    const factor = word(k2 + size * 2n);
    let u = size + (bytes(text, 0, 4) << 3n);
    let v = bytes(text, text.length - 4, 4);
    if (text.length >= 8) {
      const a = word(bytes(text, 0, 8) + k2);
      const b = bytes(text, text.length - 8, 8);
      u = word(right(b, 37n) * factor + a);
      v = word(word(right(a, 25n) + b) * factor);
    }
    const a = mixed(word((u ^ v) * factor));
    return word(mixed(word((v ^ a) * factor)) * factor);
  }

  /**
   * @param {string} text
   * @param {bigint[]} key
   */
  function keyed(text, key) {
    const v = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n]
      .map((start, index) => start ^ key[index % 2]);
    const round = () => {
      v[0] = word(v[0] + v[1]);
      v[1] = right(v[1], 51n) ^ v[0];
      v[0] = right(v[0], 32n);
      v[2] = word(v[2] + v[3]);
      v[3] = right(v[3], 48n) ^ v[2];
      v[0] = word(v[0] + v[3]);
      v[3] = right(v[3], 43n) ^ v[0];
      v[2] = word(v[2] + v[1]);
      v[1] = right(v[1], 47n) ^ v[2];
      v[2] = right(v[2], 32n);
    };
    for (let at = 0; at <= text.length; at += 8) {
      const size = Math.min(8, text.length - at);
      const block = bytes(text, at, size) | (size < 8 ? BigInt(text.length % 256) << 56n : 0n);
      v[3] ^= block;
      round();
      round();
      v[0] ^= block;
    }
    v[2] ^= 0xffn;
    for (let index = 0; index < 4; index += 1) round();
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  return class KerasHashing extends tf.layers.Layer {
    static className = 'KerasHashing';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      this.bins = config.bins;
      this.mask = config.mask ?? null;
      /** @type {string[] | null} */
      this.salt = config.salt ?? null;
      if (!(this.bins > 0)) {
        throw new Error(`${this.getClassName()} '${this.name}' needs a number of bins; `
          + `its configuration is ${JSON.stringify(config)}`);
      }
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const given = tf.cast(Array.isArray(inputs) ? inputs[0] : inputs, 'int32');
        const key = this.salt && this.salt.map((each) => word(BigInt(each)));
        const masked = this.mask !== null && this.bins > 1;
        const bins = BigInt(masked ? this.bins - 1 : this.bins);
        const found = Array.from(given.dataSync(), (value) => {
          if (masked && value === this.mask) return 0;
          const text = String(value);
          return Number((key ? keyed(text, key) : fingerprint(text)) % bins) + (masked ? 1 : 0);
        });
        return tf.tensor(found, given.shape, 'int32');
      });
    }

    getConfig() {
      return { ...super.getConfig(), bins: this.bins, mask: this.mask, salt: this.salt };
    }
  };
}
