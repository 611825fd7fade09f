import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSchema } from '../schema/files.ts';
import { bundle, thirdPartyLicenses } from './bundle.ts';
import { manPage } from './man-page.ts';
import { PROJECT, readManifest } from './project.ts';

/** Members of package.json that have a meaning for those who install the package. */
const KEPT = [
  ...['name', 'version', 'description', 'keywords', 'license', 'repository', 'homepage', 'bugs'],
  ...['type', 'engines', 'bin', 'exports', 'publishConfig'],
];

/** What package.json lists, and is not copied but made. */
export const MADE: readonly string[] = ['dist', 'schema'];

/** Where deploy/container/compose.yaml looks for secrets: no part of anything that is made of the checkout. */
export const SECRETS = 'deploy/container/secrets';

/**
 * Puts the content of the npm package into `folder`, which is empty: the program as a bundle, which depends
 * on no other package, its types for consumers, and what package.json lists.
 */
export async function stageNpmPackage(folder: string): Promise<void> {
  const manifest = readManifest();
  const packages = await bundle(join(folder, 'dist'));
  writeSchema(join(folder, 'schema'));
  for (const path of [...manifest.files.filter((one) => !MADE.includes(one)), 'LICENSE', 'README.md']) {
    const filter = (source: string) => source !== join(PROJECT, SECRETS);
    cpSync(join(PROJECT, path), join(folder, path), { recursive: true, filter });
  }
  mkdirSync(join(folder, 'man'));
  writeFileSync(join(folder, 'man/genesys-poller.1'), manPage(manifest.version));
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES'), thirdPartyLicenses(packages));
  const kept = Object.entries(manifest).filter(([name]) => KEPT.includes(name));
  const packed = { ...Object.fromEntries(kept), man: 'man/genesys-poller.1' };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packed, undefined, 2)}\n`);
}

/**
 * Packs a staged npm package into the folder `out`. npm sorts the files and gives them all the same time.
 * Returns the file's name.
 */
export function packNpmPackage(staged: string, out: string): string {
  const stdout = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
    cwd: staged,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  return filename;
}
