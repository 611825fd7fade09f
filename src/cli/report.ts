import { formatInstant, type Instant } from '../domain/instant.ts';
import { ALWAYS, Digest } from '../report/digest.ts';
import { fileSources, type LogSource, readLog } from '../report/read-log.ts';
import { assertWritable, writePage } from './report-page.ts';
import { notice } from './terminal.ts';
import { timestampOf } from './timestamp.ts';
import { UsageError } from './usage-error.ts';

export interface ReportOptions {
  /** Files of the log; none: standard input. */
  readonly files: readonly string[];
  /** The period to show, as the operator writes its ends. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Where the page goes; else to standard output. */
  readonly out?: string | undefined;
  /** The program's own. */
  readonly version: string;
}

const STANDARD_INPUT: LogSource = { host: '', open: () => process.stdin };

/** Makes a page of the poller's log. Resolves to the exit code. */
export async function report({ files, since, until, out, version }: ReportOptions): Promise<number> {
  const now = Date.now();
  const period = {
    since: since === undefined ? ALWAYS.since : timestampOf(since, now),
    until: until === undefined ? ALWAYS.until : timestampOf(until, now),
  };
  if (period.since >= period.until) throw new UsageError('--since has to be before --until');
  if (files.length === 0 && process.stdin.isTTY) {
    throw new UsageError(
      'Name files of the log, or pipe it in: journalctl -u genesys-poller -o cat | genesys-poller report',
    );
  }
  if (out === undefined && process.stdout.isTTY) {
    throw new UsageError('The report is a page for a browser: give --out FILE, or redirect standard output to a file');
  }
  if (out !== undefined) assertWritable(out);
  const digest = new Digest(period, now);
  await readAll(files, digest);
  if (digest.lines.used === 0) {
    notice(`genesys-poller: ${whyEmpty(digest, files)}`);
    return 1;
  }
  writePage(digest, out, version);
  notice(readOf(digest));
  return 0;
}

async function readAll(files: readonly string[], digest: Digest): Promise<void> {
  try {
    const sources = files.length === 0 ? [STANDARD_INPUT] : await fileSources([...new Set(files)]);
    for (const source of sources) await readLog(source, digest);
  } catch (error) {
    // A call of the operating system has failed; anything else is a defect.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UsageError(`The log cannot be read: ${(error as Error).message}`);
  }
}

function whyEmpty({ lines, reach }: Digest, files: readonly string[]): string {
  const where = files.length === 0 ? 'Standard input' : files.join(', ');
  if (lines.outside > 0) {
    return `${where} has ${lines.outside} lines of the poller, from ${formatInstant(reach.from)} to ${formatInstant(reach.to)}, and none of the period asked for. Durations count back from now: name a timestamp of that time`;
  }
  return `${where} has no line of the poller's log: ${lines.foreign + lines.broken} lines are of another form. The report needs the log as JSON, which the poller writes where standard output is not a terminal`;
}

function readOf({ lines, shown }: Digest): string {
  const others = [
    [lines.broken, 'broken'],
    [lines.foreign, 'of other programs'],
    [lines.outside, 'of another time'],
  ] as const;
  const left = others.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const aside = left.length > 0 ? `; left out: ${left.join(', ')}` : '';
  return `The report shows ${lines.used} lines, from ${timeOf(shown.from)} to ${timeOf(shown.to)}${aside}`;
}

function timeOf(time: Instant): string {
  return formatInstant(time).replace(/\.\d+Z$/, 'Z');
}
