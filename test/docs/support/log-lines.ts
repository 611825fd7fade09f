import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');

/** A row of the page's table of lines: an event at some levels, and the members that its lines may have. */
export interface DocumentedLine {
  readonly event: string;
  readonly levels: readonly string[];
  readonly members: ReadonlySet<string>;
}

/** The cells of the table that begins with this header, row by row. */
function tableOf(header: string): readonly (readonly string[])[] {
  const [, after = ''] = PAGE.split(`\n| ${header}`);
  const rows = after.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '');
}

/** The metrics that the page explains, and their units. */
export const DOCUMENTED_METRICS: ReadonlyMap<string, string> = new Map(
  tableOf('metric | unit').map(([metric = '', unit = '']) => [namesIn(metric)[0] ?? '', unit]),
);

const GROUPS = new Map(tableOf('name | members').map(([name = '', members = '']) => [name, namesIn(members)]));
const METRICS = [...DOCUMENTED_METRICS.keys(), '_aws'];

/** Every row of the page's table of lines. */
export const DOCUMENTED_LINES: readonly DocumentedLine[] = tableOf('event | level').map(
  ([event = '', levels = '', , members = '']) => ({
    event: event.replaceAll('`', ''),
    levels: levels.split(', '),
    members: new Set([
      ...(GROUPS.get('every line') ?? []),
      ...namesIn(members),
      ...(members.includes('the figures') ? (GROUPS.get('the figures') ?? []) : []),
      // `code` is explained by another page, and `defect` is a value of it.
      ...(members.includes('the failure') ? (GROUPS.get('the failure') ?? []) : []),
      ...(members.includes('the metrics') ? METRICS : []),
      ...(['warn', 'error'].some((level) => levels.includes(level)) ? ['repeats'] : []),
    ]),
  }),
);

/** What a line has that the page does not say: an event, a level, a member. */
export function undocumented(line: Readonly<Record<string, unknown>>): readonly string[] {
  const rows = DOCUMENTED_LINES.filter(({ event }) => event === line.event);
  if (rows.length === 0) return [`${line.event} is not on the page`];
  const known = new Set(rows.flatMap(({ members }) => [...members]));
  return [
    ...(rows.some(({ levels }) => levels.includes(String(line.level))) ? [] : [`${line.event} at level ${line.level}`]),
    ...Object.keys(line)
      .filter((member) => !known.has(member))
      .map((member) => `${line.event} has ${member}`),
  ];
}
