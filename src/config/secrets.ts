import { join } from 'node:path';
import type { Environment } from '../domain/environment.ts';
import type { KeyName } from './settings.ts';
import { readTextFile } from './text-file.ts';

const SECRETS = [
  { key: 'genesys.clientId', variable: 'GENESYS_CLIENT_ID', credential: 'genesys-client-id' },
  { key: 'genesys.clientSecret', variable: 'GENESYS_CLIENT_SECRET', credential: 'genesys-client-secret' },
] as const satisfies readonly { readonly key: KeyName; readonly variable: string; readonly credential: string }[];

/** A secret and where it was found, in words for a message. */
export interface FoundSecret {
  readonly value: string;
  readonly origin: string;
}

/**
 * Looks for the secrets outside the configuration file, from the nearest to the process outwards; the first
 * found wins: the variable itself, the file that `…_FILE` names, the systemd credential. What is found here
 * wins over the file's key. An empty variable counts as not set: container tools pass those. Line breaks at a
 * file's end are not part of the secret.
 */
export function readSecrets(env: Environment): {
  readonly found: ReadonlyMap<KeyName, FoundSecret>;
  readonly problems: ReadonlyMap<KeyName, string>;
} {
  const found = new Map<KeyName, FoundSecret>();
  const problems = new Map<KeyName, string>();
  for (const { key, variable, credential } of SECRETS) {
    const secret =
      fromVariable(env, variable) ?? fromNamedFile(env, `${variable}_FILE`) ?? fromSystemd(env, credential);
    if (secret?.value !== undefined) found.set(key, secret);
    else if (secret) problems.set(key, `${key}: ${secret.origin} ${secret.problem}`);
  }
  return { found, problems };
}

/** The files in which a secret may be, whether they exist or not. */
export function secretFiles(env: Environment): readonly string[] {
  const { CREDENTIALS_DIRECTORY: directory } = env;
  return SECRETS.flatMap(({ variable, credential }) => {
    const named = env[`${variable}_FILE`];
    return [...(named ? [named] : []), ...(directory ? [join(directory, credential)] : [])];
  });
}

type Lookup =
  | FoundSecret
  | { readonly value: undefined; readonly origin: string; readonly problem: string }
  | undefined;

function fromVariable(env: Environment, variable: string): Lookup {
  const value = env[variable];
  return value ? { value, origin: `the variable ${variable}` } : undefined;
}

function fromNamedFile(env: Environment, variable: string): Lookup {
  const path = env[variable];
  if (!path) return undefined;
  return fromFile(path, `the file ${path} named by ${variable}`);
}

/** systemd sets CREDENTIALS_DIRECTORY as soon as a unit has any credential: ours need not be among them. */
function fromSystemd(env: Environment, credential: string): Lookup {
  const directory = env.CREDENTIALS_DIRECTORY;
  if (!directory) return undefined;
  const path = join(directory, credential);
  const file = readTextFile(path);
  if (file.text === undefined && file.missing) return undefined;
  return fromFile(path, `the systemd credential ${path}`);
}

function fromFile(path: string, origin: string): Lookup {
  const file = readTextFile(path);
  if (file.text === undefined) return { value: undefined, origin, problem: file.problem };
  const value = file.text.replace(/[\r\n]+$/, '');
  return value === '' ? { value: undefined, origin, problem: 'is empty' } : { value, origin };
}
