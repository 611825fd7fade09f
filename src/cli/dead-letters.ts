import type { OperatorAccess } from '../app/operator.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import { parseJson } from '../domain/json.ts';
import { STREAM_NAMES, type StreamName } from '../domain/streams.ts';
import { escapeControlsInLine } from '../domain/visible.ts';
import type { StoredDeadLetter } from '../ports/state-store.ts';
import { asOperator } from './operator.ts';
import { columns, confirm, notice, outliveOutput, print } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface Options {
  readonly config?: string | undefined;
  readonly stream?: StreamName | undefined;
}

/** A dead letter and the stream that stored it. */
export interface Found {
  readonly stream: StreamName;
  readonly deadLetter: StoredDeadLetter;
}

/** Enough of an ID to tell it from others, as git does it. */
const SHORT_ID = 12;
const MAX_REASON_LENGTH = 80;
/** Dead letters that are described before they are dropped: as many as a screen shows. */
const MAX_DESCRIBED = 20;
const NONE = 'There are no dead letters';

/** Lists dead letters, one line for each. Resolves to the exit code. */
export function list(options: Options & { readonly json?: boolean | undefined }): Promise<number> {
  return asOperator(options, async (access) => {
    const rows: string[][] = [];
    for await (const { stream, deadLetter } of deadLettersOf(access, options.stream)) {
      if (options.json) print(JSON.stringify(withoutContent(stream, deadLetter)));
      else rows.push(cellsOf(stream, deadLetter));
    }
    if (options.json) return 0;
    if (rows.length === 0) notice(NONE);
    else for (const line of columns([HEADINGS, ...rows])) print(line);
    return 0;
  });
}

/**
 * Shows dead letters with all they hold, as JSON. Resolves to the exit code: 1 if there is none of that ID.
 */
export function show(options: Options & { readonly ids: readonly string[] }): Promise<number> {
  return asOperator(options, async (access) => {
    const deadLetters = await byId(access, options);
    if (!deadLetters) return 1;
    for (const { stream, deadLetter } of deadLetters) {
      print(JSON.stringify({ ...withoutContent(stream, deadLetter), content: contentOf(deadLetter) }, undefined, 2));
    }
    return 0;
  });
}

/**
 * Removes dead letters without publishing them: those of the IDs, or all. Resolves to the exit code. Which of
 * both is meant has to be said: a forgotten ID must not mean all.
 */
export function drop(
  options: Options & {
    readonly ids: readonly string[];
    readonly all?: boolean | undefined;
    readonly yes?: boolean | undefined;
  },
): Promise<number> {
  const { ids, all = false, yes = false } = options;
  if (all === ids.length > 0) throw new UsageError('Name the dead letters by their IDs, or all of them by --all');
  outliveOutput();
  return asOperator(options, async (access) => {
    const deadLetters = all ? await every(access, options.stream) : await byId(access, options);
    if (!deadLetters) return 1;
    if (deadLetters.length === 0) {
      notice(NONE);
      return 0;
    }
    const what = deadLetters.length === 1 ? 'This dead letter' : `These ${deadLetters.length} dead letters`;
    for (const { stream, deadLetter } of deadLetters.slice(0, MAX_DESCRIBED)) notice(described(stream, deadLetter));
    if (deadLetters.length > MAX_DESCRIBED) notice(`… and ${deadLetters.length - MAX_DESCRIBED} more`);
    if (!(await confirm(`${what} will be removed for good, and not be published. Remove?`, yes))) {
      notice('Nothing was removed');
      return 1;
    }
    for (const { stream, deadLetter } of deadLetters) {
      await access.state.deleteDeadLetter(stream, deadLetter, access.context);
      print(`${deadLetter.id} removed; a poller that reads it again stores it again`);
    }
    return 0;
  });
}

/** The dead letters of one stream or of all, at once. */
export async function every(access: OperatorAccess, stream: StreamName | undefined): Promise<readonly Found[]> {
  const found: Found[] = [];
  for await (const one of deadLettersOf(access, stream)) found.push(one);
  return found;
}

/** The dead letters of one stream or of all, the earliest fact first within each. */
export async function* deadLettersOf(
  { state, context }: OperatorAccess,
  stream: StreamName | undefined,
  idPrefix?: string,
): AsyncGenerator<Found, void, void> {
  for (const one of stream === undefined ? STREAM_NAMES : [stream]) {
    for await (const deadLetter of state.deadLetters(one, context, idPrefix)) yield { stream: one, deadLetter };
  }
}

/**
 * The dead letters that IDs, or their unambiguous beginnings, stand for. Undefined, with a line that says so,
 * if one stands for none or for several. Two streams may each have a dead letter of the same event, and two
 * conversations the same malformed piece: both are meant then.
 */
export async function byId(
  access: OperatorAccess,
  { ids, stream }: { readonly ids: readonly string[]; readonly stream?: StreamName | undefined },
): Promise<readonly Found[] | undefined> {
  const found = new Map<string, Found>();
  for (const id of ids) {
    const matching: Found[] = [];
    for await (const one of deadLettersOf(access, stream, id.toLowerCase())) matching.push(one);
    const meant = new Set(matching.map(({ deadLetter }) => deadLetter.id));
    if (meant.size !== 1) {
      const why = meant.size === 0 ? 'There is no dead letter' : `There are ${meant.size} dead letters`;
      notice(`${why} whose ID begins with ${id}. Look with: genesys-poller dead-letters list`);
      return undefined;
    }
    for (const one of matching) found.set(`${one.stream} ${one.deadLetter.time} ${one.deadLetter.id}`, one);
  }
  return [...found.values()];
}

/** A dead letter in one line. */
export function described(stream: StreamName, { id, kind, time, reason }: StoredDeadLetter): string {
  return `${id.slice(0, SHORT_ID)}  ${stream}  ${kind}  ${timeOf(time) ?? '-'}  ${escapeControlsInLine(reason)}`;
}

const HEADINGS = ['ID', 'STREAM', 'KIND', 'TIME', 'ATTEMPTS', 'LAST SEEN', 'REASON'];

function cellsOf(stream: StreamName, { id, kind, time, attempts, recordedAt, reason }: StoredDeadLetter): string[] {
  const short = reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH)}…` : reason;
  const times = [timeOf(time) ?? '-', String(attempts), formatInstant(recordedAt)];
  return [id.slice(0, SHORT_ID), stream, kind, ...times, short];
}

/** Undefined for a record that names no time: it is kept at the epoch. */
function timeOf(time: Instant): string | undefined {
  return time === 0 ? undefined : formatInstant(time);
}

function withoutContent(stream: StreamName, deadLetter: StoredDeadLetter): object {
  const { content: _, recordedAt, ...rest } = deadLetter;
  return {
    stream,
    ...rest,
    time: timeOf(deadLetter.time) ?? null,
    firstSeenAt: formatInstant(deadLetter.firstSeenAt),
    lastSeenAt: formatInstant(recordedAt),
  };
}

/** The content as JSON where it is JSON. */
function contentOf({ content }: StoredDeadLetter): unknown {
  const value = parseJson(content);
  return value === undefined ? content : value;
}
