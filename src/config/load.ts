import convict from 'convict';
import type { Environment } from '../domain/environment.ts';
import { Failure } from '../domain/failure.ts';
import { type Config, configOf } from './config.ts';
import { readDocument } from './document.ts';
import { registerFormats } from './formats.ts';
import { readKeys } from './keys.ts';
import { type ConfigOrigin, configFile } from './origin.ts';
import { brokenRules } from './rules.ts';
import { SCHEMA } from './schema.ts';
import { type FoundSecret, readSecrets } from './secrets.ts';
import { type KeyName, keysOf, type SchemaKey, type Settings } from './settings.ts';

/**
 * Reads and validates the configuration: defaults, under the file's keys, under the secrets found outside the
 * file (see `readSecrets`). Without a file, defaults and secrets must suffice.
 *
 * Throws one Failure `config.invalid` that lists every problem found, in one line, each naming its key or
 * file. What cannot be read at all is reported alone. No message contains the value of a secret.
 */
export function loadConfig(origin: ConfigOrigin): Config {
  const file = configFile(origin);
  const document = file === undefined ? { value: null } : readDocument(file);
  if (document.problems) throw invalid(file, document.problems);

  const keys = readKeys(document.value);
  const secrets = origin.withoutGenesys ? NO_CREDENTIALS : readSecrets(origin.env);
  // Empty env and args: convict would otherwise read those of the process by itself.
  registerFormats();
  const convicted = convict(SCHEMA as unknown as convict.Schema<Settings>, { env: {}, args: [] });
  for (const [key, value] of keys.values) {
    // A number has no unit. As text it is refused for that; as a number it would be taken for milliseconds.
    convicted.set(key, typeof value === 'number' && DURATIONS.has(key) ? String(value) : value);
  }
  const found = new Map([...secrets.found, ...nameFrom(origin.env, keys.values)]);
  for (const [key, { value }] of found) convicted.set(key, value);

  const problems = new Map([...keys.problems, ...secrets.problems]);
  for (const [key, problem] of formatProblems(convicted, keys.values, found)) {
    problems.set(key, problem);
    // Back to its default, so that the rest can still be judged.
    convicted.reset(key as never);
  }
  const settings = convicted.getProperties();
  const unjudged = origin.withoutGenesys ? GENESYS_KEYS : [];
  const broken = brokenRules(settings, new Set([...problems.keys(), ...unjudged]));
  if (problems.size + broken.length > 0) throw invalid(file, [...problems.values(), ...broken]);
  return configOf(settings);
}

/** The keys that the file sets now. None if it cannot be read. */
export function keysInFile(origin: ConfigOrigin): ReadonlySet<string> {
  const file = configFile(origin);
  const document = file === undefined ? { value: null } : readDocument(file);
  return new Set(document.problems ? [] : readKeys(document.value).values.keys());
}

const NAME_VARIABLE = 'GENESYS_POLLER_NAME';

/** The name from the environment, as the systemd unit sets it, for a file that gives none. */
function nameFrom(env: Environment, written: ReadonlyMap<string, unknown>): ReadonlyMap<KeyName, FoundSecret> {
  const value = env[NAME_VARIABLE];
  if (!value || written.has('poller.name')) return new Map();
  return new Map([['poller.name', { value, origin: `the variable ${NAME_VARIABLE}` }]]);
}

const DURATIONS = keysThat(({ format }) => format === 'duration');
const SENSITIVE = keysThat(({ sensitive }) => sensitive === true);

function keysThat(holds: (key: SchemaKey) => boolean): ReadonlySet<string> {
  return new Set(keysOf().flatMap(([name, key]) => (holds(key) ? [name] : [])));
}

const GENESYS_KEYS: readonly KeyName[] = ['genesys.region', 'genesys.clientId', 'genesys.clientSecret'];
const NO_CREDENTIALS: ReturnType<typeof readSecrets> = { found: new Map(), problems: new Map() };

/**
 * What convict's formats refuse, by key. Convict says it as text, one line for each key: `key: expected:
 * value was …`. Convict has the value in milliseconds. It is shown as it was written, and never where the key
 * is sensitive.
 */
function formatProblems(
  convicted: convict.Config<Settings>,
  written: ReadonlyMap<string, unknown>,
  found: ReadonlyMap<string, FoundSecret>,
): ReadonlyMap<string, string> {
  try {
    convicted.validate({ allowed: 'strict' });
    return new Map();
  } catch (error) {
    return new Map(
      (error as Error).message.split('\n').map((line) => {
        const key = line.slice(0, line.indexOf(':'));
        const outside = found.get(key);
        if (outside) return [key, `${line} (found in ${outside.origin})`];
        const value = SENSITIVE.has(key) ? undefined : written.get(key);
        const expected = line.replace(/: value was .*$/s, '');
        const colon = expected.endsWith('?') ? '' : ':';
        return [key, value ? `${expected}${colon} value was ${JSON.stringify(value)}` : expected];
      }),
    );
  }
}

const EXPLAINED = '`genesys-poller help configuration` explains every key';

/** Longest problem in a message: a value may be a whole document. */
const MAX_PROBLEM_LENGTH = 400;

function invalid(file: string | undefined, problems: readonly string[]): Failure {
  const listed = problems.map((problem) => {
    const line = problem.replace(/\p{Cc}+/gu, ' ');
    return line.length > MAX_PROBLEM_LENGTH ? `${line.slice(0, MAX_PROBLEM_LENGTH)}…` : line;
  });
  const where = file === undefined ? '(no file, environment only)' : JSON.stringify(file);
  return new Failure({
    code: 'config.invalid',
    what: `Invalid configuration ${where}`,
    why: listed.join('; '),
    remedy: file === undefined ? `Name a file with --config or GENESYS_POLLER_CONFIG. ${EXPLAINED}` : EXPLAINED,
    fields: { problems: listed },
  });
}
