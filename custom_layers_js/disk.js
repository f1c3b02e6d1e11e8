/** Serves local files under URLs, as a web server would serve them to a page. */
import fs from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ORIGIN = 'http://localhost';

/**
 * @typedef {object} FileStamp what a file was like when it was read
 * @property {bigint} mtimeNs
 * @property {bigint} size
 */

/**
 * @param {string} file
 * @returns {string}
 */
export function urlOf(file) {
  return ORIGIN + pathToFileURL(file).pathname;
}

/**
 * The file that a URL under `urlOf` names. Resolving it as a URL, not as a
 * path, treats `%20`, `?` and `..` in a weights manifest as a browser does.
 * @param {string} url
 * @returns {string}
 */
export function fileOf(url) {
  return fileURLToPath('file://' + new URL(url).pathname);
}

/**
 * @param {string} file
 * @returns {Promise<FileStamp>}
 */
export async function stampOf(file) {
  const stat = await fs.stat(file, { bigint: true }).catch((error) => {
    throw new Error(error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? `no such file: ${file}` : `cannot read ${file}: ${error.code}`);
  });
  // Reading a pipe or a device might never end.
  if (!stat.isFile()) throw new Error(`not a regular file: ${file}`);
  return { mtimeNs: stat.mtimeNs, size: stat.size };
}

/**
 * A `fetch` that reads from disk. A missing file is an error rather than a 404
 * response: tfjs does not look at the status of a weights response and would
 * take the error page's bytes for weights.
 * @param {Map<string, FileStamp>} filesRead gets the stamp of every file read
 */
export function diskFetch(filesRead) {
  /** @param {RequestInfo | URL} request */
  return async (request) => {
    const file = fileOf(String(request));
    filesRead.set(file, await stampOf(file));
    return new Response(new Uint8Array(await fs.readFile(file)));
  };
}

/**
 * Tells whether files are still as they were when they were read.
 * @param {Map<string, FileStamp>} filesRead
 */
export async function areUnchanged(filesRead) {
  for (const [file, then] of filesRead) {
    const now = await stampOf(file).catch(() => null);
    if (now?.mtimeNs !== then.mtimeNs || now.size !== then.size) return false;
  }
  return true;
}
