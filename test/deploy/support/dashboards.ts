import { DOCUMENTED_LINES } from '../../docs/support/log-lines.ts';

/** A place in a grid of 24 columns. */
export interface Place {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Titles of what lies over something else, or beyond the last column. */
export function misplaced(places: readonly Place[]): readonly string[] {
  const taken = new Set<string>();
  return places
    .filter(({ x, y, width, height }) => {
      const cells = Array.from({ length: width * height }, (_, n) => `${x + (n % width)},${y + Math.floor(n / width)}`);
      const isWrong = x + width > 24 || cells.some((cell) => taken.has(cell));
      for (const cell of cells) taken.add(cell);
      return isWrong;
    })
    .map(({ title }) => title);
}

/** Titles as they are read: line by line. What stands behind a colon is a second view of the same. */
export function titlesInOrder(places: readonly Place[]): readonly string[] {
  const titles = places.toSorted((a, b) => a.y - b.y || a.x - b.x).map(({ title }) => title.replace(/: .*/, ''));
  return titles.filter((title, n) => title !== titles[n - 1]);
}

const NAME = /^[a-z]+\.[a-zA-Z]+$/;
/** Words of CloudWatch Logs Insights that are neither functions nor members. */
const KEYWORDS = ['filter', 'fields', 'stats', 'sort', 'limit', 'by', 'and', 'or', 'not', 'in', 'like', 'desc'];

/** What a query of CloudWatch Logs Insights asks for that no line has. */
export function unknownInInsights(query: string): readonly string[] {
  const quoted = [...query.matchAll(/'([^']*)'/g)].map(([, text = '']) => text);
  const prefixes = [...query.matchAll(/\/\^(\w+)\//g)].map(([, prefix = '']) => `${prefix}.`);
  const aliases = [...query.matchAll(/ as (\w+)/g)].map(([, alias = '']) => alias);
  const bare = query
    .replace(/^SOURCE '[^']*' \|/, '')
    .replace(/'[^']*'|\/[^/ ]+\/| as \w+|@(timestamp|logStream)\b|\w+(?=\()|\b\d\w*/g, ' ');
  const members = [...bare.matchAll(/\w+/g)].map(([word]) => word);
  return unknown(
    quoted.filter((text) => NAME.test(text)),
    prefixes,
    members.filter((word) => !KEYWORDS.includes(word) && !aliases.includes(word)),
  );
}

/** What a query of Loki asks for that no line has. */
export function unknownInLogQl(query: string): readonly string[] {
  const lines = [...query.matchAll(/`"event":"([^`]*?)"?`/g)].map(([, text = '']) => text.replace(/[()\\]/g, ''));
  const names = lines.flatMap((text) => text.split('|'));
  const [, extracted = ''] = query.match(/\| json ([^|]*)/) ?? [];
  return unknown(
    names.filter((name) => !name.endsWith('.')),
    names.filter((name) => name.endsWith('.')),
    [...extracted.matchAll(/\w+="([^"]*)"/g)].map(([, member = '']) => member),
  );
}

/**
 * Events that no line has; and members that no line of these events has, or no line at all where no known
 * event is asked for.
 */
function unknown(
  events: readonly string[],
  prefixes: readonly string[],
  members: readonly string[],
): readonly string[] {
  const isAskedFor = (event: string) => events.includes(event) || prefixes.some((prefix) => event.startsWith(prefix));
  const asked = DOCUMENTED_LINES.filter(({ event }) => isAskedFor(event));
  const missing = [
    ...events.filter((name) => asked.every(({ event }) => event !== name)),
    ...prefixes.filter((prefix) => asked.every(({ event }) => !event.startsWith(prefix))),
  ];
  const lines = asked.length === 0 ? DOCUMENTED_LINES : asked;
  return [...missing, ...members.filter((name) => lines.every(({ members: known }) => !known.has(name)))];
}
