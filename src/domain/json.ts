/** JSON of unknown shape, met without surprise: every reader here accepts anything and never throws. */
export type Fields = Readonly<Record<string, unknown>>;

/** The members of an object; undefined for everything that is no object. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A string that says something; undefined for an absent, empty or otherwise typed value. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The elements of a list; of anything else, none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * JSON with the members of every object in code-unit order: one text for one value, whatever order it arrived in.
 * Written member by member, because an object would put names that look like numbers before all others.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = fieldsOf(value);
  if (!fields) return JSON.stringify(value) ?? 'null';
  const names = Object.keys(fields).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(fields[name])}`).join(',')}}`;
}
