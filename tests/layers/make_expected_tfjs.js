// Writes expected_tfjs.json: the layer classes that the real TensorFlow.js registers, and how it
// names the weights of the layers in expected.json. Run where @tensorflow/tfjs is installed:
//
//     NODE_PATH=.../node_modules node tests/layers/make_expected_tfjs.js
'use strict';

const fs = require('fs');
const path = require('path');

// The advice to install the native backend is noise here.
console.warn = () => {};
const log = console.log;
console.log = () => {};
const tf = require('@tensorflow/tfjs');

function isLayer(constructor) {
  for (let at = constructor; at; at = Object.getPrototypeOf(at)) {
    if (at.name === 'Layer') return true;
  }
  return false;
}

async function namesOf(entry) {
  const inputs = entry.inputs.map((shape, index) => ({
    class_name: 'InputLayer',
    name: `x${index}`,
    config: {batch_input_shape: shape, dtype: 'float32', name: `x${index}`},
    inbound_nodes: [],
  }));
  const layer = {
    class_name: entry.class_name,
    name: 'it',
    config: {...entry.config, name: 'it'},
    inbound_nodes: [inputs.map(({name}) => [name, 0, 0, {}])],
  };
  const topology = {
    class_name: 'Model',
    config: {
      name: 'm',
      layers: [...inputs, layer],
      input_layers: inputs.map(({name}) => [name, 0, 0]),
      output_layers: [['it', 0, 0]],
    },
  };
  const model = await tf.models.modelFromJSON({modelTopology: topology});
  return model.getLayer('it').weights.map(({originalName}) => originalName.replace(/^it\//, ''));
}

async function main() {
  const expected = JSON.parse(fs.readFileSync(path.join(__dirname, 'expected.json'), 'utf8'));
  const registry = Object.entries(tf.serialization.SerializationMap.getMap().classNameMap)
      .filter(([, [constructor]]) => isLayer(constructor))
      .map(([name]) => name)
      .sort();
  const names = {};
  const refused = {};
  for (const [index, entry] of expected.cases.entries()) {
    try {
      const found = await namesOf(entry);
      if (found.length) names[index] = found;
    } catch (error) {
      refused[index] = `${entry.class_name}: ${error.message}`;
    }
  }
  const target = path.join(__dirname, 'expected_tfjs.json');
  const lines = Object.entries(names).map(([index, found]) => `"${index}":${JSON.stringify(found)}`);
  fs.writeFileSync(
      target,
      `{"version":"${tf.version.tfjs}","registry":${JSON.stringify(registry)},"names":{\n${lines.join(',\n')}\n}}\n`);
  log(`${lines.length} layers with weights, ${Object.keys(refused).length} refused:`, refused);
}

main();
