/**
 * Keras's recurrent layers where TensorFlow.js computes otherwise: SimpleRNN, GRU
 * with either place of the reset gate, LSTM and the convolutional LSTM, alone or
 * stacked, with any activation and with the mask as a tensor of its own.
 *
 * It is called on the sequences, then the initial states, then the mask of shape
 * [batch, steps], as far as the configuration says that there are any.
 * (LSTM: Hochreiter, Schmidhuber 1997; GRU: https://arxiv.org/abs/1406.1078;
 * convolutional LSTM: https://arxiv.org/abs/1506.04214)
 * @param {typeof import('@tensorflow/tfjs')} tf
 */
export function defineKerasRNN(tf) {
  /**
   * @param {any} x
   * @param {number} low
   * @param {number} high
   */
  const clip = (x, low, high) => tf.clipByValue(x, low, high);

  /**
   * What Keras has under this name. It sums cumulative sums, where the paper has the last
   * of them (https://arxiv.org/abs/1602.02068).
   * @param {any} x
   */
  const sparsemax = (x) => {
    const size = x.shape[x.rank - 1];
    const sorted = tf.topk(x, size).values;
    // The cumulative sum takes no axis from the end.
    const sums = tf.cumsum(sorted, x.rank - 1);
    const ranks = tf.range(1, size + 1);
    const inside = tf.cast(tf.greater(tf.add(tf.mul(sorted, ranks), 1), sums), 'float32');
    const count = tf.sum(inside, -1, true);
    const total = tf.sum(tf.mul(inside, sums), -1, true);
    return tf.relu(tf.sub(x, tf.div(tf.sub(total, 1), count)));
  };

  /** @type {Record<string, (x: any, options: any) => any>} */
  const ACTIVATIONS = {
    celu: (x) => tf.add(tf.relu(x), tf.expm1(tf.minimum(x, 0))),
    elu: (x, { alpha = 1 }) => tf.where(tf.greater(x, 0), x, tf.mul(tf.expm1(tf.minimum(x, 0)), alpha)),
    exponential: (x) => tf.exp(x),
    gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    hardshrink: (x) => tf.where(tf.greater(tf.abs(x), 0.5), x, tf.zerosLike(x)),
    hardsigmoid: (x) => clip(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
    hardsigmoid6: (x) => tf.div(tf.relu6(tf.add(x, 3)), 6),
    hardsilu: (x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)),
    hardtanh: (x) => clip(x, -1, 1),
    leakyrelu: (x, { alpha = 0.2 }) => tf.leakyRelu(x, alpha),
    linear: (x) => x,
    logsigmoid: (x) => tf.neg(tf.softplus(tf.neg(x))),
    logsoftmax: (x) => tf.logSoftmax(x),
    mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
    relu: (x, { maxValue = null, negativeSlope = 0, threshold = 0 }) => {
      if (maxValue === null && negativeSlope === 0 && threshold === 0) return tf.relu(x);
      const above = tf.mul(x, tf.cast(tf.greaterEqual(x, threshold), 'float32'));
      const below = tf.mul(tf.minimum(tf.sub(x, threshold), 0), negativeSlope);
      const held = maxValue === null ? above : tf.minimum(above, maxValue);
      return negativeSlope === 0 ? held : tf.add(held, below);
    },
    relu6: (x) => tf.relu6(x),
    selu: (x) => tf.selu(x),
    sigmoid: (x) => tf.sigmoid(x),
    softmax: (x) => tf.softmax(x),
    softplus: (x) => tf.softplus(x),
    softshrink: (x) => tf.sub(tf.relu(tf.sub(x, 0.5)), tf.relu(tf.sub(tf.neg(x), 0.5))),
    softsign: (x) => tf.div(x, tf.add(tf.abs(x), 1)),
    sparsemax,
    sparseplus: (x) => tf.add(
      tf.square(tf.div(tf.add(clip(x, -1, 1), 1), 2)), tf.relu(tf.sub(x, 1))),
    sparsesigmoid: (x) => tf.mul(tf.add(clip(x, -1, 1), 1), 0.5),
    squareplus: (x) => tf.div(tf.add(x, tf.sqrt(tf.add(tf.square(x), 4))), 2),
    swish: (x) => tf.mul(x, tf.sigmoid(x)),
    tanh: (x) => tf.tanh(x),
    tanhshrink: (x) => tf.sub(x, tf.tanh(x)),
    thresholdedrelu: (x, { theta = 1 }) => tf.mul(x, tf.cast(tf.greater(x, theta), 'float32')),
  };

  /**
   * A function of one tensor, given by its name or by an object with its options.
   * @param {any} spec
   * @param {string} where
   */
  const activation = (spec, where) => {
    const options = typeof spec === 'string' ? { name: spec } : spec ?? { name: 'linear' };
    const found = ACTIVATIONS[String(options.name).replaceAll('_', '').toLowerCase()];
    if (!found) throw new Error(`${where} knows no activation ${JSON.stringify(spec)}`);
    return (/** @type {any} */ x) => found(x, options);
  };

  /** How many gates and states a cell of each kind has. */
  const GATES = /** @type {Record<string, number>} */ ({ SimpleRNN: 1, GRU: 3, LSTM: 4, ConvLSTM: 4 });
  const STATES = /** @type {Record<string, number>} */ ({ SimpleRNN: 1, GRU: 1, LSTM: 2, ConvLSTM: 2 });

  /** @typedef {{ kernel: any, recurrent: any, bias: any }} Weights */

  /** One kind of cell with its configuration; it keeps no tensors. */
  class Cell {
    /**
     * @param {any} config
     * @param {string} where
     */
    constructor(config, where) {
      this.kind = config.kind;
      this.units = config.units;
      this.useBias = config.useBias ?? true;
      this.resetAfter = config.resetAfter ?? false;
      if (!(this.kind in GATES) || !(Number.isInteger(this.units) && this.units > 0)) {
        throw new Error(`${where} needs cells of a known kind with a whole number of units; one is `
          + JSON.stringify(config));
      }
      this.activate = activation(config.activation, where);
      this.gate = activation(config.recurrentActivation, where);
      this.kernelSize = config.kernelSize ?? [];
      this.strides = config.strides ?? [];
      this.dilationRate = config.dilationRate ?? [];
      this.padding = config.padding ?? 'valid';
    }

    get width() {
      return GATES[this.kind] * this.units;
    }

    get states() {
      return STATES[this.kind];
    }

    /** @param {number} channels */
    shapes(channels) {
      const bias = this.resetAfter ? [2, this.width] : [this.width];
      return {
        kernel: [...this.kernelSize, channels, this.width],
        recurrent_kernel: [...this.kernelSize, this.units, this.width],
        ...(this.useBias ? { bias } : {}),
      };
    }

    /**
     * The shape of an output for one step without the batch.
     * @param {(number | null)[]} step
     */
    outputShape(step) {
      const space = this.kernelSize.map((/** @type {number} */ kernel, /** @type {number} */ axis) => {
        const size = step[axis];
        if (size === null || size === undefined) return null;
        const span = this.padding === 'same' ? 1 : (kernel - 1) * this.dilationRate[axis] + 1;
        return Math.floor((size - span) / this.strides[axis]) + 1;
      });
      return [...space, this.units];
    }

    /**
     * A convolution in as many dimensions as the kernel has.
     * @param {any} x
     * @param {any} kernel
     * @param {number[]} strides
     * @param {'same' | 'valid'} padding
     * @param {number[]} dilation
     * @returns {any}
     */
    convolve(x, kernel, strides, padding, dilation) {
      const ends = strides.map((stride, axis) => {
        const size = x.shape[axis + 1];
        const reach = (kernel.shape[axis] - 1) * dilation[axis] + 1;
        return (Math.ceil(size / stride) - 1) * stride + reach - size;
      });
      if (padding === 'same' && Math.min(...ends) < 0) {
        // The wasm backend computes something else where the windows end before the input.
        const pairs = ends.map((total) => [Math.max(total >> 1, 0), Math.max((total + 1) >> 1, 0)]);
        const padded = tf.pad(x, /** @type {any} */ ([[0, 0], ...pairs, [0, 0]]));
        return this.convolve(padded, kernel, strides, 'valid', dilation);
      }
      if (this.kernelSize.length === 1) {
        return tf.conv1d(x, kernel, strides[0], padding, 'NWC', dilation[0]);
      }
      const [one, two, three] = strides;
      if (this.kernelSize.length === 2) {
        return tf.conv2d(x, kernel, [one, two], padding, 'NHWC', [dilation[0], dilation[1]]);
      }
      return tf.conv3d(x, kernel, [one, two, three], padding, 'NDHWC',
        [dilation[0], dilation[1], dilation[2]]);
    }

    /**
     * What the inputs of all steps contribute to the gates, as one tensor a step.
     * @param {any} x
     * @param {Weights} weights
     */
    project(x, { kernel, bias }) {
      const [batch, steps] = x.shape;
      const merged = tf.reshape(x, [batch * steps, ...x.shape.slice(2)]);
      let z = this.kind === 'ConvLSTM'
        ? this.convolve(merged, kernel, this.strides, this.padding, this.dilationRate)
        : tf.matMul(merged, kernel);
      if (bias) z = tf.add(z, this.resetAfter ? tf.gather(bias, 0) : bias);
      return tf.unstack(tf.reshape(z, [batch, steps, ...z.shape.slice(1)]), 1);
    }

    /**
     * @param {any} h
     * @param {any} kernel
     */
    recur(h, kernel) {
      if (this.kind !== 'ConvLSTM') return tf.matMul(h, kernel);
      const ones = this.kernelSize.map(() => 1);
      return this.convolve(h, kernel, ones, 'same', ones);
    }

    /**
     * The states behind one step; the first is the output.
     * @param {any} z what `project` gave for the step
     * @param {any[]} states
     * @param {Weights} weights
     */
    step(z, [h, c], weights) {
      if (this.kind === 'SimpleRNN') {
        return [this.activate(tf.add(z, this.recur(h, weights.recurrent)))];
      }
      if (this.kind === 'GRU') return [this.resetAfter ? this.after(z, h, weights) : this.before(z, h, weights)];
      const [i, f, g, o] = tf.split(tf.add(z, this.recur(h, weights.recurrent)), 4, z.rank - 1);
      const carry = tf.add(tf.mul(this.gate(f), c), tf.mul(this.gate(i), this.activate(g)));
      return [tf.mul(this.gate(o), this.activate(carry)), carry];
    }

    /**
     * The reset gate behind the matrix product.
     * @param {any} z
     * @param {any} h
     * @param {Weights} weights
     */
    after(z, h, { recurrent, bias }) {
      const own = tf.matMul(h, recurrent);
      const [hz, hr, hh] = tf.split(bias ? tf.add(own, tf.gather(bias, 1)) : own, 3, 1);
      const [xz, xr, xh] = tf.split(z, 3, 1);
      const reset = this.gate(tf.add(xr, hr));
      return this.mix(this.gate(tf.add(xz, hz)), h, this.activate(tf.add(xh, tf.mul(reset, hh))));
    }

    /**
     * The reset gate before the matrix product.
     * @param {any} z
     * @param {any} h
     * @param {Weights} weights
     */
    before(z, h, { recurrent }) {
      const [gates, candidate] = tf.split(recurrent, [2 * this.units, this.units], 1);
      const [hz, hr] = tf.split(tf.matMul(h, gates), 2, 1);
      const [xz, xr, xh] = tf.split(z, 3, 1);
      const reset = this.gate(tf.add(xr, hr));
      const own = tf.matMul(tf.mul(reset, h), candidate);
      return this.mix(this.gate(tf.add(xz, hz)), h, this.activate(tf.add(xh, own)));
    }

    /**
     * @param {any} update
     * @param {any} h
     * @param {any} candidate
     */
    mix(update, h, candidate) {
      return tf.add(candidate, tf.mul(update, tf.sub(h, candidate)));
    }
  }

  /**
   * `one` where the mask is set and `other` elsewhere; as many dimensions as they have.
   * @param {any} mask
   * @param {any} one
   * @param {any} other
   */
  const choose = (mask, one, other) => {
    const column = tf.reshape(mask, [...mask.shape, ...Array(Math.max(0, one.rank - mask.rank)).fill(1)]);
    return tf.where(tf.broadcastTo(column, one.shape), one, other);
  };

  return class KerasRNN extends tf.layers.Layer {
    static className = 'KerasRNN';

    /** @param {Record<string, any>} [config] */
    constructor(config = {}) {
      super(config);
      const where = `${this.getClassName()} '${this.name}'`;
      this.options = {
        cells: config.cells ?? [],
        returnSequences: config.returnSequences ?? false,
        returnState: config.returnState ?? false,
        goBackwards: config.goBackwards ?? false,
        // Whether the outputs of all steps come in the order of the inputs even if it goes backwards.
        reverseOutput: config.reverseOutput ?? false,
        timeMajor: config.timeMajor ?? false,
        channelsFirst: config.channelsFirst ?? false,
        unroll: config.unroll ?? false,
        zeroOutputForMask: config.zeroOutputForMask ?? false,
        masked: config.masked ?? false,
        stateful: config.stateful ?? false,
      };
      this.cells = this.options.cells.map((/** @type {any} */ cell) => new Cell(cell, where));
      if (this.cells.length === 0) throw new Error(`${where} has no cells`);
      /** @type {any[]} */
      this.parts = [];
      /** @type {any[] | null} */
      this.kept = null;
    }

    /** @param {any} inputShape */
    build(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      let channels = shape[this.options.channelsFirst ? 2 : shape.length - 1];
      this.parts = this.cells.map((/** @type {Cell} */ cell, /** @type {number} */ index) => {
        // A number at the end is what makes a name unique where it is taken already.
        const prefix = index === 0 ? '' : `cell${index}_`;
        /** @type {Record<string, any>} */
        const made = {};
        for (const [name, size] of Object.entries(cell.shapes(channels))) {
          made[name] = this.addWeight(`${prefix}${name}`, /** @type {number[]} */ (size), 'float32',
            tf.initializers.zeros());
        }
        channels = cell.units;
        return made;
      });
      super.build(inputShape);
    }

    /** @param {any} inputShape */
    computeOutputShape(inputShape) {
      const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
      const { timeMajor, channelsFirst, returnSequences, returnState } = this.options;
      const [batch, steps] = timeMajor ? [shape[1], shape[0]] : shape;
      /** @type {any[]} */
      let step = shape.slice(2);
      if (channelsFirst) step = [...step.slice(1), step[0]];
      const states = this.cells.flatMap((/** @type {Cell} */ cell) => {
        step = cell.outputShape(step);
        const size = channelsFirst ? [step[step.length - 1], ...step.slice(0, -1)] : step;
        return Array.from({ length: cell.states }, () => [batch, ...size]);
      });
      const last = states[states.length - 1].slice(1);
      let output = [batch, ...last];
      if (returnSequences) output = timeMajor ? [steps, batch, ...last] : [batch, steps, ...last];
      return returnState ? [output, ...states] : output;
    }

    get stateful() {
      return this.options.stateful;
    }

    /** Forgets the states, as Keras' method of this name does. */
    resetStates() {
      for (const state of this.kept ?? []) state.dispose();
      this.kept = null;
    }

    dispose() {
      this.resetStates();
      return super.dispose();
    }

    /**
     * The tensor with its channels moved, if they come first.
     * @param {any} x
     * @param {number} before how many dimensions stand before the channels
     * @param {boolean} back
     */
    moved(x, before, back) {
      if (!this.options.channelsFirst) return x;
      const axes = [...x.shape.keys()];
      const head = axes.slice(0, before);
      const rest = axes.slice(before);
      return tf.transpose(x, back
        ? [...head, rest[rest.length - 1], ...rest.slice(0, -1)] : [...head, ...rest.slice(1), rest[0]]);
    }

    /**
     * One cell over all steps: its outputs and its last states.
     * @param {Cell} cell
     * @param {Weights} weights
     * @param {any} x
     * @param {any[]} states
     * @param {any[] | null} masks
     */
    unrolled(cell, weights, x, states, masks) {
      const steps = cell.project(x, weights);
      /** @type {any[]} */
      const outputs = [];
      for (const [index, z] of steps.entries()) {
        const found = tf.tidy(() => {
          const made = cell.step(z, states, weights);
          if (!masks) return made;
          return [made[0], ...made.map((state, place) => choose(masks[index], state, states[place]))];
        });
        outputs.push(found[0]);
        states = masks ? found.slice(1) : found;
      }
      return { outputs, states };
    }

    /**
     * The outputs with those of masked steps replaced.
     * @param {any[]} outputs
     * @param {any[]} masks
     */
    hidden(outputs, masks) {
      const { zeroOutputForMask, unroll, goBackwards, returnSequences } = this.options;
      const zero = tf.zerosLike(outputs[0]);
      let before = zero;
      const found = outputs.map((output, index) => {
        const made = choose(masks[index], output, before);
        if (!zeroOutputForMask || unroll) before = made;
        return made;
      });
      if (!zeroOutputForMask || !unroll) return found;
      // An unrolled layer in Keras reads this mask forwards even where it runs backwards.
      const read = goBackwards && returnSequences ? [...masks].reverse() : masks;
      return found.map((output, index) => choose(read[index], output, zero));
    }

    /** @param {any} inputs */
    call(inputs) {
      return tf.tidy(() => {
        const { timeMajor, goBackwards, masked, returnSequences, returnState } = this.options;
        const given = Array.isArray(inputs) ? inputs : [inputs];
        let x = this.moved(timeMajor ? tf.transpose(given[0], [1, 0, ...[...given[0].shape.keys()].slice(2)])
          : given[0], 2, false);
        let masks = null;
        if (masked) {
          const mask = tf.cast(given[given.length - 1], 'bool');
          masks = tf.unstack(mask, timeMajor ? 0 : 1);
          if (goBackwards) masks.reverse();
        }
        if (goBackwards) x = tf.reverse(x, 1);
        let first = given.slice(1, masked ? -1 : undefined).map((state) => this.moved(state, 1, false));
        if (first.length === 0 && this.kept) first = this.kept;
        /** @type {any[]} */
        const states = [];
        /** @type {any[]} */
        let outputs = [];
        for (const [index, cell] of this.cells.entries()) {
          /** @type {Record<string, any>} */
          const part = this.parts[index];
          const weights = {
            kernel: part.kernel.read(), recurrent: part.recurrent_kernel.read(),
            bias: part.bias?.read(),
          };
          const size = [x.shape[0], ...cell.outputShape(x.shape.slice(2))];
          const own = Array.from({ length: cell.states },
            (_, place) => first[states.length + place] ?? tf.zeros(size));
          const made = this.unrolled(cell, weights, x, own, masks);
          outputs = made.outputs;
          states.push(...made.states);
          if (index < this.cells.length - 1) x = tf.stack(outputs, 1);
        }
        if (masks) outputs = this.hidden(outputs, masks);
        if (this.stateful) {
          this.resetStates();
          this.kept = states.map((state) => tf.keep(tf.clone(state)));
        }
        let output = outputs[outputs.length - 1];
        if (returnSequences) {
          if (this.options.reverseOutput) outputs.reverse();
          output = this.moved(tf.stack(outputs, timeMajor ? 0 : 1), 2, true);
        } else {
          output = this.moved(output, 1, true);
        }
        return returnState ? [output, ...states.map((state) => this.moved(state, 1, true))] : output;
      });
    }

    getConfig() {
      return { ...super.getConfig(), ...this.options };
    }
  };
}
