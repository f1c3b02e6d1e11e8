/** Starts the runner as another process would and talks its protocol. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('../runner.js', import.meta.url));

/** @typedef {import('../tensors.js').DType} DType */

export class RunnerProcess {
  #lastId = 0;

  /** @param {string[]} args */
  constructor(...args) {
    this.process = spawn(process.execPath, [RUNNER, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = readline.createInterface({ input: this.process.stdout });
    this.lines = lines[Symbol.asyncIterator]();
  }

  /** @param {string} line */
  sendLine(line) {
    this.process.stdin.write(line + '\n');
  }

  /** The next line on stdout, which must be JSON. */
  async receive() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the runner has ended');
    return JSON.parse(value);
  }

  /**
   * Sends a run request and gives the answer to it.
   * @param {string} model path of a model.json
   * @param {{shape: number[], dtype: DType, values: number[]}[]} inputs
   */
  async run(model, inputs) {
    const id = ++this.#lastId;
    const prefix = path.join(path.dirname(model), `run${id}`);
    const files = await Promise.all(inputs.map(async ({ shape, dtype, values }, index) => {
      const file = `${prefix}-in${index}.bin`;
      await fs.writeFile(file, toBytes(values, dtype));
      return { file, shape, dtype };
    }));
    this.sendLine(JSON.stringify({
      id, op: 'run', model, inputs: files, outputs: `${prefix}-out`,
    }));
    const answer = await this.receive();
    if (answer.id !== id) throw new Error(`answer to ${answer.id}, not ${id}`);
    return answer;
  }

  /** Ends stdin and gives the exit code. */
  async end() {
    this.process.stdin.end();
    const [code] = await once(this.process, 'exit');
    return code;
  }
}

/**
 * @param {number[]} values
 * @param {DType} dtype
 */
function toBytes(values, dtype) {
  const size = dtype === 'bool' ? 1 : 4;
  const bytes = Buffer.alloc(values.length * size);
  values.forEach((value, index) => {
    if (dtype === 'float32') bytes.writeFloatLE(value, index * size);
    else bytes.writeIntLE(value, index * size, size);
  });
  return bytes;
}

/**
 * The numbers in an output file.
 * @param {{file: string, dtype: DType}} output
 */
export async function readOutput({ file, dtype }) {
  const bytes = await fs.readFile(file);
  const size = dtype === 'bool' ? 1 : 4;
  return Array.from({ length: bytes.length / size }, (_, index) => (
    dtype === 'float32' ? bytes.readFloatLE(index * size) : bytes.readIntLE(index * size, size)
  ));
}
