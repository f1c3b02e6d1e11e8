/**
 * `@tensorflow/tfjs` puts the packages together that are installed here one by
 * one, to keep the install small. tsconfig.json takes this file for its types.
 */
export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
