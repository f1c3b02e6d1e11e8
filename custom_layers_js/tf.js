/** The parts of TensorFlow.js that the runner uses, set up once. */
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import './chained_ops.js';

tf.enableProdMode();

export { layers, tf };
