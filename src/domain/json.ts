/** JSON of unknown shape, met without surprise: every reader here accepts anything and never throws. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value that a text is the JSON of; undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The members of an object; undefined for everything that is not an object. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/**
 * Half a character: what UTF-8 cannot hold, so that a hash or a table would take another text in its place.
 */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A string that says something; undefined for an absent, empty or otherwise typed value, and for what is no
 * Unicode text.
 */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !LONE_SURROGATE.test(value) ? value : undefined;
}

/** Null and the empty string say as little as a member that is not there. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** The elements of a list; of anything else, none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The order of the members of objects: as they came, or by code unit. */
type MemberOrder = 'as received' | 'canonical';

/** Characters of JSON that are handed on at once: few enough to hold, enough to make handing on cheap. */
const CHUNK = 65_536;

/**
 * JSON with the members of every object in code-unit order: one text for one value, whatever order it arrived
 * in. Written member by member, because an object would put names that look like numbers before all others.
 */
export function canonicalJson(value: unknown): string {
  const chunks: string[] = [];
  writeJson(value, 'canonical', (chunk) => chunks.push(chunk));
  return chunks.join('');
}

/** An object or list of which `next` members have been written. */
interface Open {
  readonly holder: Fields & readonly unknown[];
  /** Of an object the names of its members. */
  readonly names: readonly string[] | undefined;
  next: number;
}

/**
 * Writes the JSON of a value in chunks, each of whole tokens. Keeps a stack of its own: JSON.parse reads any
 * depth, while JSON.stringify and every function that calls itself for a member overflow the call stack at
 * some thousand levels.
 */
export function writeJson(value: unknown, order: MemberOrder, take: (chunk: string) => void): void {
  const open: Open[] = [];
  let chunk = '';
  const write = (token: string) => {
    chunk += token;
    if (chunk.length < CHUNK) return;
    take(chunk);
    chunk = '';
  };
  let current = value;
  do {
    if (typeof current === 'object' && current !== null) {
      const names = Array.isArray(current) ? undefined : Object.keys(current);
      if (order === 'canonical') names?.sort();
      open.push({ holder: current as Open['holder'], names, next: 0 });
      write(names ? '{' : '[');
    } else {
      write(JSON.stringify(current) ?? 'null');
    }
    for (let top = open.at(-1); top && top.next === (top.names ?? top.holder).length; top = open.at(-1)) {
      write(top.names ? '}' : ']');
      open.pop();
    }
    const holder = open.at(-1);
    if (holder) current = nextOf(holder, write);
  } while (open.length > 0);
  if (chunk !== '') take(chunk);
}

/** Writes what comes before the next member, and returns the member. */
function nextOf(open: Open, write: (token: string) => void): unknown {
  const index = open.next++;
  if (index > 0) write(',');
  const name = open.names?.[index];
  if (name === undefined) return open.holder[index];
  write(`${JSON.stringify(name)}:`);
  return open.holder[name];
}
