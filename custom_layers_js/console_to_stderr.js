/**
 * Sends every console message to stderr: stdout carries the protocol, and
 * TensorFlow.js writes notes to the console. Import this before TensorFlow.js,
 * whose wasm backend binds `console.log` when it starts.
 */
import { Console } from 'node:console';

globalThis.console = new Console(process.stderr, process.stderr);
