import { isDeepStrictEqual } from 'node:util';
import { fieldsOf } from '../domain/json.ts';
import type { Config } from './config.ts';
import { type KeyName, keysOf } from './settings.ts';

/** The effect of a new configuration on a running poller. */
interface ConfigChange {
  /** The configuration to use from now on: the new one, except for the keys that need a restart. */
  readonly config: Config;
  /** Keys that take effect, in the order of the table. A region shows as the URLs that follow from it. */
  readonly changed: readonly KeyName[];
  /** Keys that keep their old value. */
  readonly needsRestart: readonly KeyName[];
}

/**
 * Keys that need a restart: they say where the state is, under which name, and how much memory it gets. A
 * running poller that changed them would use the state of another poller.
 */
const FIXED: ReadonlySet<string> = new Set<KeyName>([
  'poller.name',
  'dynamoDb.stateTable',
  'dynamoDb.dedupTable',
  'dedup.cacheSize',
]);

/**
 * Compares two valid configurations, key by key. Only names are reported, never values: some values are
 * secret.
 */
export function changeOf(running: Config, next: Config): ConfigChange {
  const differing = keysOf()
    .map(([key]) => key)
    .filter((key) => !isDeepStrictEqual(settingIn(running, key), settingIn(next, key)));
  return {
    config: {
      ...next,
      poller: { ...next.poller, name: running.poller.name },
      dynamoDb: running.dynamoDb,
      dedup: { ...next.dedup, cacheSize: running.dedup.cacheSize },
    },
    changed: differing.filter((key) => !FIXED.has(key)),
    needsRestart: differing.filter((key) => FIXED.has(key)),
  };
}

function settingIn(config: Config, key: KeyName): unknown {
  return key.split('.').reduce<unknown>((value, name) => fieldsOf(value)?.[name], config);
}
