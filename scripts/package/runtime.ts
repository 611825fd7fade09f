import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Node that a package brings with it: its binary, and its licence. */
export interface Runtime {
  readonly node: string;
  readonly license: string;
}

/** An architecture, as Node, Debian and RPM name it. */
export interface Architecture {
  readonly node: 'x64' | 'arm64';
  readonly deb: string;
  readonly rpm: string;
}

export const ARCHITECTURES: readonly Architecture[] = [
  { node: 'x64', deb: 'amd64', rpm: 'x86_64' },
  { node: 'arm64', deb: 'arm64', rpm: 'aarch64' },
];

/**
 * The release of Node that is brought, from the npm registry, where nodejs.org's binaries are packages. To be
 * raised with Node's.
 */
const VERSION = '24.22.3';
/** Of the packages, as the registry states them. Whatever else comes is refused. */
const INTEGRITY: Readonly<Record<Architecture['node'], string>> = {
  x64: 'sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
  arm64: 'sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==',
};

/** Fetches Node for an architecture into `folder`. npm's cache spares the second time. */
export function fetchRuntime({ node }: Architecture, folder: string): Runtime {
  mkdirSync(folder, { recursive: true });
  const name = `node-linux-${node}@${VERSION}`;
  const packed = execFileSync('npm', ['pack', '--json', '--prefer-offline', '--pack-destination', folder, name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed) as [{ readonly filename: string }];
  const tarball = join(folder, filename);
  const digest = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (digest !== INTEGRITY[node]) throw new Error(`${name} is not what it was: ${digest}`);
  execFileSync('tar', ['-xzf', tarball, '-C', folder, 'package/bin/node', 'package/LICENSE']);
  return { node: join(folder, 'package/bin/node'), license: join(folder, 'package/LICENSE') };
}
