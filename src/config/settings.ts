import type { FormatTypes } from './formats.ts';
import { SCHEMA } from './schema.ts';

/** A key of the schema. */
export interface SchemaKey {
  readonly format: string | readonly string[];
  readonly default: unknown;
  readonly doc: string;
  readonly shown?: string;
  readonly sensitive?: boolean;
}

type ValueOf<K> =
  | (K extends { format: infer F extends keyof FormatTypes } ? FormatTypes[F] : never)
  | (K extends { format: readonly (infer Choice)[] } ? Choice : never)
  | (K extends { nullable: true } ? null : never);

type SettingsOf<S> = {
  readonly [K in keyof S]: S[K] extends { default: unknown } ? ValueOf<S[K]> : SettingsOf<S[K]>;
};

type KeysOf<S, Prefix extends string = ''> = {
  [K in keyof S & string]: S[K] extends { default: unknown } ? `${Prefix}${K}` : KeysOf<S[K], `${Prefix}${K}.`>;
}[keyof S & string];

/**
 * The validated settings: durations in milliseconds, schedules as node-cron with six fields, null for what is
 * not set.
 */
export type Settings = SettingsOf<typeof SCHEMA>;

/** The full name of a key, such as `poller.name`. */
export type KeyName = KeysOf<typeof SCHEMA>;

/** A section of the schema, or a key of it. */
export type SchemaNode = SchemaKey | { readonly [name: string]: SchemaNode };

/** The name that stands for the whole document. */
export const TOP_LEVEL = '';

export function isKey(node: SchemaNode): node is SchemaKey {
  return Object.hasOwn(node, 'default');
}

/** All keys under a section by their full names, in the order of the table. */
export function keysOf(section: SchemaNode = SCHEMA, prefix = ''): readonly (readonly [KeyName, SchemaKey])[] {
  return Object.entries(section).flatMap(([name, node]) => {
    const full = `${prefix}${name}`;
    return isKey(node) ? [[full as KeyName, node] as const] : keysOf(node, `${full}.`);
  });
}
