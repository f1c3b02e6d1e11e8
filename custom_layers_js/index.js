/**
 * Layers that super-resolution models use and TensorFlow.js lacks:
 *
 *     import * as tf from '@tensorflow/tfjs';
 *     import { register } from 'upconvert-custom-layers';
 *
 *     register(tf);
 *     const model = await tf.loadLayersModel('model.json');
 */
import { defineChannelAttention } from './layers/ChannelAttention.js';
import { defineClip } from './layers/Clip.js';
import { defineGELU } from './layers/GELU.js';
import { defineGroupNormalization } from './layers/GroupNormalization.js';
import { defineInstanceNormalization } from './layers/InstanceNormalization.js';
import { defineMish } from './layers/Mish.js';
import { defineMultiplyBeta } from './layers/MultiplyBeta.js';
import { definePixelShuffle } from './layers/PixelShuffle.js';
import { defineReflectionPadding2D } from './layers/ReflectionPadding2D.js';
import { defineScale } from './layers/Scale.js';
import { defineSpaceToDepth } from './layers/SpaceToDepth.js';
import { defineSpatialAttention } from './layers/SpatialAttention.js';
import { defineSwish } from './layers/Swish.js';

/** What makes each class, and the other names that models give it. */
const LIBRARY = [
  [defineChannelAttention],
  [defineClip, 'ClipByValue', 'Clipping', 'ClipLayer'],
  [defineGELU, 'Gelu'],
  [defineGroupNormalization],
  [defineInstanceNormalization],
  [defineMish],
  [defineMultiplyBeta],
  [definePixelShuffle, 'DepthToSpace', 'SubpixelConv2D',
    'PixelShuffle2x', 'PixelShuffle3x', 'PixelShuffle4x', 'PixelShuffle8x'],
  [defineReflectionPadding2D, 'ReflectPadding2D', 'ReflectionPad2D', 'SymmetricPadding2D'],
  [defineScale, 'ScaleLayer', 'Scaling'],
  [defineSpaceToDepth, 'PixelUnshuffle'],
  [defineSpatialAttention],
  [defineSwish, 'SiLU', 'Silu'],
];

/** @type {WeakMap<object, any>} */
const made = new WeakMap();

/** @type {typeof import('./types.js').layers} */
export function layers(tf) {
  let classes = made.get(tf.layers.Layer);
  if (classes === undefined) {
    classes = Object.fromEntries(LIBRARY.flatMap(([define, ...names]) => {
      const Base = /** @type {any} */ (define)(tf);
      const others = names.map((name) => [name, class extends Base {
        static className = name;
      }]);
      return [[Base.className, Base], ...others];
    }));
    made.set(tf.layers.Layer, classes);
  }
  return classes;
}

/** @type {typeof import('./types.js').register} */
export function register(tf) {
  for (const layer of Object.values(layers(tf))) tf.serialization.registerClass(layer);
}
