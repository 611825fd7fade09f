import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cannotMake, makeDeb, makeRpm, PLAIN, standalone, type Variant } from './linux-packages.ts';
import { packNpmPackage, stageNpmPackage } from './npm-package.ts';
import { PROJECT, readManifest } from './project.ts';
import { findRefusals } from './release.ts';
import { ARCHITECTURES, fetchRuntime } from './runtime.ts';

/*
 * npm run package: makes what can be installed, into one folder with SHA256SUMS. Made twice of the same
 * commit, the bytes are the same.
 *
 *     npm run package -- --only npm            the npm package alone; also deb, rpm, standalone (with its own Node)
 *     npm run package -- --out FOLDER          instead of build/
 *     npm run package -- --release             refuses what is not fit to be published
 */

const KINDS = ['npm', 'deb', 'rpm', 'standalone'] as const;
/** The umask of the builder is no part of what is built. */
process.umask(0o022);

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, out: { type: 'string' }, release: { type: 'boolean' } },
});
const only: readonly string[] = values.only ?? KINDS;
const out = resolve(values.out ?? join(PROJECT, 'build'));
const refusals = [
  ...only
    .filter((kind) => !KINDS.some((known) => known === kind))
    .map((kind) => `--only ${kind}: there is no such kind`),
  ...['deb' as const, 'rpm' as const]
    .filter((kind) => only.includes(kind) || only.includes('standalone'))
    .map((kind) => cannotMake(kind))
    .filter((why) => why !== undefined),
  ...(values.release ? findRefusals(PROJECT) : []),
];

if (refusals.length > 0) {
  process.stderr.write(refusals.map((why) => `npm run package: ${why}\n`).join(''));
  process.exitCode = 1;
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'genesys-poller-package-'));
  try {
    await make(scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function make(scratch: string): Promise<void> {
  const manifest = readManifest();
  const staged = join(scratch, 'npm');
  rmSync(out, { recursive: true, force: true });
  for (const folder of [staged, out]) mkdirSync(folder, { recursive: true });
  await stageNpmPackage(staged);
  const folders = { staged, scratch, out };
  const made: string[] = [];
  const makeBoth = (variant: Variant) => {
    made.push(makeDeb(variant, manifest, folders), makeRpm(variant, manifest, folders));
  };
  if (only.includes('npm')) made.push(packNpmPackage(staged, out));
  if (only.includes('deb')) made.push(makeDeb(PLAIN, manifest, folders));
  if (only.includes('rpm')) made.push(makeRpm(PLAIN, manifest, folders));
  if (only.includes('standalone')) {
    for (const architecture of ARCHITECTURES) {
      makeBoth(standalone(fetchRuntime(architecture, join(scratch, architecture.node)), architecture));
    }
  }
  const sums = made.sort().map((file) => `${sha256(join(out, file))}  ${file}\n`);
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  process.stdout.write(sums.join(''));
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
