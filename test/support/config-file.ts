import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Failure } from '../../src/domain/failure.ts';

export const CREDENTIALS = { GENESYS_CLIENT_ID: 'an-id', GENESYS_CLIENT_SECRET: 'a-secret' };

/** Environment and file name for a configuration text. */
export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly name?: string;
}

/** Calls `use` with the path of a file that holds `content`; the file is gone afterwards. */
export function withFile<T>(name: string, content: string | Buffer, use: (path: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'genesys-poller-config-'));
  try {
    writeFileSync(join(directory, name), content);
    return use(join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Loads a configuration text as a file. */
export function load(text: string, { env = CREDENTIALS, name = 'config.yaml' }: Given = {}): Config {
  return withFile(name, text, (file) => loadConfig({ file, env }));
}

/** The Failure that `act` throws; an Error if it throws none or another. */
export function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw new Error('threw something that is no Failure', { cause: error });
  }
  throw new Error('threw nothing');
}

/** What is wrong with a configuration text, as its one Failure lists it. */
export function problemsOf(text: string, given?: Given): readonly string[] {
  return failureOf(() => load(text, given)).fields.problems as readonly string[];
}

/** A configuration of one key besides the region, as JSON. */
export function withKey(key: string, value: unknown): string {
  return withKeys({ [key]: value });
}

/** A configuration of some keys by their full names besides the region, as JSON. */
export function withKeys(keys: Readonly<Record<string, unknown>>): string {
  const document: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ 'genesys.region': 'us-east-1', ...keys })) {
    const path = key.split('.');
    const last = path.pop() as string;
    let section = document;
    for (const name of path) {
      section[name] ??= {};
      section = section[name] as Record<string, unknown>;
    }
    section[last] = value;
  }
  return JSON.stringify(document);
}
