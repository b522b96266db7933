// Downloads a target with tuf-js; whatever it refuses ends the program.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Updater } from 'tuf-js';

const [metadataBaseUrl, targetBaseUrl, root, name, folder] = process.argv.slice(2);
const metadataDir = mkdtempSync(join(tmpdir(), 'tuf-js-'));
try {
  copyFileSync(root, join(metadataDir, 'root.json'));
  const updater = new Updater({ metadataDir, metadataBaseUrl, targetDir: folder, targetBaseUrl });
  await updater.refresh();
  const target = await updater.getTargetInfo(name);
  if (!target) {
    throw new Error(`${name} is not listed`);
  }
  await updater.downloadTarget(target, join(folder, name));
} finally {
  rmSync(metadataDir, { recursive: true });
}
