/** Errors that say at which stage of a request they arose. */

/** @typedef {'request' | 'load' | 'predict'} Stage */

export class StageError extends Error {
  /**
   * @param {Stage} stage
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(stage, message, options) {
    super(message, options);
    this.name = 'StageError';
    this.stage = stage;
  }
}

/**
 * The text of anything that was thrown; tfjs sometimes throws plain objects.
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  if (error !== null && typeof error === 'object' && 'message' in error) {
    return String(error.message);
  }
  return String(error);
}

/**
 * Does one stage of a request; what fails in it is of that stage, unless it
 * names another one itself.
 * @template T
 * @param {Stage} stage
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inStage(stage, work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StageError) throw error;
    throw new StageError(stage, messageOf(error), { cause: error });
  }
}
