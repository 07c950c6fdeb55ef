import { writeSnapshotFile } from '../../client-sdk/src/client/files/snapshot-file.js';
import { snapshotOf } from './snapshot.js';

// One of several processes that keep their configuration in one file: writes revision after revision.
const [path = '', first = '1', step = '1', last = '1'] = process.argv.slice(2);
process.stdout.write('begun\n');
for (let revision = Number(first); revision <= Number(last); revision += Number(step)) {
  const savedAt = new Date().toISOString();
  await writeSnapshotFile(path, snapshotOf(revision, { width: revision }), { repair: false, savedAt });
}
process.stdout.write('null\n');
