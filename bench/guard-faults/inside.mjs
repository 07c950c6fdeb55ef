// Measures inside the testbed's network, and writes the rows: inside.mjs <file> [--short]
import { writeFileSync } from 'node:fs';
import { OutletStage } from '../../test/support/outlet-stage.ts';
import { atRivalsShare } from './at-rivals-share.mjs';
import { failing } from './failing.mjs';
import { healthyReleases } from './healthy.mjs';

const [file, size] = process.argv.slice(2);
const isShort = size === '--short';
const stage = await OutletStage.start();
try {
  const rows = [
    ...(await failing(stage, isShort)),
    ...(await atRivalsShare(stage, isShort)),
    ...(isShort ? [] : await healthyReleases(stage)),
  ];
  writeFileSync(file, JSON.stringify(rows));
} finally {
  await stage.stop();
}
process.exit(0);
