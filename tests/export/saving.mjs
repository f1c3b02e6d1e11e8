/**
 * Loads models and saves them as a page does with `model.save`:
 * `node saving.mjs PACKAGE JOBS` prints what became of each.
 */
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const [packageFolder, jobs] = process.argv.slice(2);
const { registerLayers } = await import(pathToFileURL(`${packageFolder}/custom.js`).href);
const { loadModel } = await import(pathToFileURL(`${packageFolder}/load.js`).href);
const { tf } = await import(pathToFileURL(`${packageFolder}/tf.js`).href);
await tf.setBackend('cpu');

const told = [];
for (const { model, out } of JSON.parse(fs.readFileSync(jobs, 'utf8'))) {
  try {
    if (fs.existsSync(`${model}/custom_layers.js`)) await registerLayers(`${model}/custom_layers.js`);
    const loaded = await loadModel(`${model}/model.json`);
    loaded.model.setUserDefinedMetadata({ from: 'a page' });
    await loaded.model.save(tf.io.withSaveHandler(async (artifacts) => {
      const { weightData, weightSpecs, modelTopology, userDefinedMetadata } = artifacts;
      const paths = ['model.weights.bin'];
      fs.mkdirSync(out, { recursive: true });
      fs.writeFileSync(`${out}/${paths[0]}`, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
      fs.writeFileSync(`${out}/model.json`, JSON.stringify({
        modelTopology,
        format: artifacts.format,
        generatedBy: artifacts.generatedBy,
        convertedBy: artifacts.convertedBy,
        userDefinedMetadata,
        weightsManifest: [{ paths, weights: weightSpecs }],
      }));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }));
    loaded.model.dispose();
    told.push(null);
  } catch (error) {
    told.push(String(error));
  }
}
process.stdout.write(JSON.stringify(told));
