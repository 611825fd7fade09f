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

/** JSON with the members of every object in code-unit order: one text for one value, whatever order it arrived in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    const fields = fieldsOf(member);
    if (!fields) return member;
    return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
