/** Tensors as raw little-endian files. */
import fs from 'node:fs/promises';

import { stampOf } from './disk.js';
import { StageError, inStage } from './errors.js';
import { tf } from './tf.js';

/**
 * @typedef {'float32' | 'int32' | 'bool'} DType
 *
 * @typedef {object} TensorFile
 * @property {string} file
 * @property {number[]} shape
 * @property {DType} dtype
 */

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/**
 * @param {TensorFile} description
 * @returns {Promise<tf.Tensor>}
 */
export async function readTensor({ file, shape, dtype }) {
  const size = shape.reduce((product, length) => product * length, 1);
  const needed = size * ARRAYS[dtype].BYTES_PER_ELEMENT;
  const bytes = await inStage('request', async () => {
    const held = Number((await stampOf(file)).size);
    if (held !== needed) {
      throw new Error(`input ${file} has ${held} bytes, but ${dtype} [${shape}] takes ${needed}`);
    }
    // Copied, because a Buffer need not start at a multiple of four bytes.
    return new Uint8Array(await fs.readFile(file));
  });
  return tf.tensor(new ARRAYS[dtype](bytes.buffer), shape, dtype);
}

/**
 * @param {string} file
 * @param {tf.Tensor} tensor
 * @param {tf.DataTypeMap[tf.DataType]} values what the tensor holds
 * @returns {Promise<TensorFile>}
 */
export async function writeTensor(file, { shape, dtype }, values) {
  if (!isFileDType(dtype) || !ArrayBuffer.isView(values)) {
    throw new StageError('predict', `output ${file} has the unsupported dtype ${dtype}`);
  }
  // The cpu backend keeps the bytes of a bool tensor that was cast as they were.
  const typed = values instanceof ARRAYS[dtype] ? values : ARRAYS[dtype].from(values);
  const { buffer, byteOffset, byteLength } = typed;
  await inStage('request',
    () => fs.writeFile(file, new Uint8Array(buffer, byteOffset, byteLength)));
  return { file, shape, dtype };
}

/**
 * @param {unknown} dtype
 * @returns {dtype is DType}
 */
export function isFileDType(dtype) {
  return typeof dtype === 'string' && Object.hasOwn(ARRAYS, dtype);
}
