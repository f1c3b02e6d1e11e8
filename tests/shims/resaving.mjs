/** Loads models, saves them, loads and saves them again: `node resaving.mjs PACKAGE JOBS` prints the layers' configurations. */
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const [packageFolder, jobs] = process.argv.slice(2);
const { registerLayers } = await import(pathToFileURL(`${packageFolder}/custom.js`).href);
const { layers } = await import(pathToFileURL(`${packageFolder}/tf.js`).href);

const saved = [];
for (const { model, script } of JSON.parse(fs.readFileSync(jobs, 'utf8'))) {
  try {
    await registerLayers(script);
    let topology = JSON.parse(fs.readFileSync(model, 'utf8')).modelTopology;
    for (let round = 0; round < 2; round += 1) {
      const loaded = await layers.models.modelFromJSON({ modelTopology: topology });
      topology = JSON.parse(loaded.toJSON());
      loaded.dispose();
    }
    saved.push(topology.config.layers.find(({ name }) => name === 'layer').config);
  } catch (error) {
    saved.push(String(error));
  }
}
process.stdout.write(JSON.stringify(saved));
