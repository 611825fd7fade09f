import { editDistance, nearestName, suggesting } from '../domain/edit-distance.ts';
import { fieldsOf } from '../domain/json.ts';
import { SCHEMA } from './schema.ts';
import { isKey, keysOf, type SchemaNode, TOP_LEVEL } from './settings.ts';

/** What a document sets, by full key name, and what in it belongs to no key. */
interface DocumentKeys {
  readonly values: ReadonlyMap<string, unknown>;
  /** By the name of what is wrong; none of them quotes a value. */
  readonly problems: ReadonlyMap<string, string>;
}

/**
 * Walks a parsed document along the schema. An empty document, like an empty section, sets nothing. This
 * comes before convict sees the document, because convict takes `{"poller.name": …}` for a nested key and
 * stumbles over unknown sections.
 */
export function readKeys(document: unknown): DocumentKeys {
  const values = new Map<string, unknown>();
  const problems = new Map<string, string>();

  function walk(node: SchemaNode, value: unknown, path: string): void {
    if (isKey(node)) {
      if (fieldsOf(value)) problems.set(path, `${path} must be a value, not a section`);
      else values.set(path, value);
      return;
    }
    if (value === null || value === undefined) return;
    const fields = fieldsOf(value);
    if (!fields) {
      const what = path === TOP_LEVEL ? 'the top level' : path;
      problems.set(path, `${what} must be a section with the keys ${Object.keys(node).join(', ')}`);
      return;
    }
    for (const [name, member] of Object.entries(fields)) {
      const full = path === TOP_LEVEL ? name : `${path}.${name}`;
      if (Object.hasOwn(node, name)) walk((node as Record<string, SchemaNode>)[name] as SchemaNode, member, full);
      else problems.set(`unknown ${full}`, unknownKey(path === TOP_LEVEL ? '' : `${path}.`, name));
    }
  }

  walk(SCHEMA, document, TOP_LEVEL);
  return { values, problems };
}

function unknownKey(prefix: string, name: string): string {
  // In `{clientSecret:hunter2}` the space is missing, so all of it is the key. Show no more than the longest
  // known key.
  const shown = /^[\w.-]{0,64}/.exec(name)?.[0] ?? '';
  const full = `${prefix}${shown}`;
  const nearest = shown === '' ? undefined : nearestKey(full);
  const hint = nearest === full && shown === name ? ': write it in nested sections, without dots' : suggesting(nearest);
  return `${full}${shown === name && name !== '' ? '' : '…'} is not a known key${hint}`;
}

/** The known key or section that a misspelt one most likely means; undefined if none is near. */
function nearestKey(unknown: string): string | undefined {
  const wanted = unknown.toLowerCase();
  const last = wanted.slice(wanted.lastIndexOf('.') + 1);
  const distanceTo = (name: string) => {
    const known = name.toLowerCase();
    // The right name in the wrong section is nearer than any misspelling.
    return known.endsWith(`.${last}`) ? 0 : editDistance(wanted, known);
  };
  return nearestName(knownNames(), distanceTo, last.length);
}

/** Every key and every section. */
function knownNames(): readonly string[] {
  const names = new Set<string>();
  for (const [key] of keysOf()) {
    for (let end = key.length; end > 0; end = key.lastIndexOf('.', end - 1)) names.add(key.slice(0, end));
  }
  return [...names];
}
