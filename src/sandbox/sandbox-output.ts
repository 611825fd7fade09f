import { styleText } from 'node:util';
import type { ArrivedEvent } from './aws/local-bus.ts';
import type { LogLine } from './daemon-process.ts';
import type { Verdict } from './verdict.ts';

type Style = Parameters<typeof styleText>[0];

/** What the summary says beyond the verdict. */
export interface RunFigures {
  readonly seconds: number;
  /** Events by the look that found them first. */
  readonly live: number;
  readonly reconciled: number;
  /** Times that an event was met again and not published again. */
  readonly known: number;
  /** Times that the bus itself recognised a repeat; undefined where it does not. */
  readonly suppressed: number | undefined;
  readonly kills: number;
  readonly lag: { readonly median: number; readonly largest: number } | undefined;
  readonly genesysRequests: number;
  readonly putEventsCalls: number;
}

/**
 * Prints the sandbox for people: a line for each window that yielded something, a few of its events, a
 * summary.
 */
export class SandboxOutput {
  private readonly write: (text: string) => void;
  private readonly colour: boolean;
  private quiet = 0;

  constructor(options: { readonly write: (text: string) => void; readonly colour: boolean }) {
    this.write = options.write;
    this.colour = options.colour;
  }

  /** A line as it stands. */
  line(text = ''): void {
    this.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line(`\n${this.paint('bold', text)}`);
  }

  note(text: string): void {
    this.line(`${this.clock()}  ${this.paint('yellow', text)}`);
  }

  /** A line of the daemon's log, where it says something a watcher wants to know. */
  daemonLine(line: LogLine): void {
    if (line.event === 'cycle.completed') this.cycle(line);
    else if (line.event === 'daemon.started') this.note('the daemon is up');
    else if (line.event === 'lease.acquired') this.line(`${this.clock()}  lease taken, fence ${line.fence}`);
    else if (line.level !== 'info' && line.level !== 'debug') this.note(`${line.event}: ${line.msg}`);
  }

  /** A few of the events that have just arrived. */
  arrivals(events: readonly ArrivedEvent[], most: number): void {
    for (const event of events.slice(0, most)) this.line(`            ${this.event(event)}`);
    if (events.length > most) this.line(this.paint('dim', `            … and ${events.length - most} more`));
  }

  summary(verdict: Verdict, figures: RunFigures): void {
    this.heading(`What happened in ${Math.round(figures.seconds)} seconds`);
    const row = (name: string, value: string | number) => this.line(`  ${name.padEnd(24)}${String(value).padStart(8)}`);
    row('conversations', verdict.byType.get('conversationStarted') ?? 0);
    row('events', verdict.delivered);
    for (const [type, count] of [...verdict.byType].sort((a, b) => b[1] - a[1])) row(`  ${type}`, count);
    row('found live', figures.live);
    row('found by reconciliation', figures.reconciled);
    row('met again, known', figures.known);
    if (figures.suppressed !== undefined) row('suppressed by the bus', figures.suppressed);
    row('Genesys requests', figures.genesysRequests);
    row('PutEvents calls', figures.putEventsCalls);
    if (figures.kills > 0) row('times killed', figures.kills);
    if (figures.lag) {
      row('lag, median', `${figures.lag.median.toFixed(1)} s`);
      row('lag, largest', `${figures.lag.largest.toFixed(1)} s`);
    }
    this.line();
    const good = verdict.lost.length === 0 && verdict.invented.length === 0;
    const suppressed = figures.suppressed === undefined ? '' : ` / suppressed ${figures.suppressed}`;
    const words = `lost ${verdict.lost.length} / repeated ${verdict.repeated}${suppressed}`;
    this.line(`  ${this.paint(good ? ['bold', 'green'] : ['bold', 'red'], words)}`);
    for (const { eventType, id } of verdict.lost.slice(0, 10)) this.line(`    lost: ${eventType} ${id}`);
    if (verdict.invented.length > 0)
      this.line(`    ${verdict.invented.length} events arrived that nothing in the world explains`);
  }

  private cycle(line: LogLine): void {
    const published = Number(line.published);
    if (published === 0 && line.caughtUp === true) {
      this.quiet++;
      return;
    }
    const quiet = this.quiet > 0 ? this.paint('dim', `  (${this.quiet} quiet polls before)`) : '';
    this.quiet = 0;
    const span = `${String(line.windowStart).slice(5, 16).replace('T', ' ')} – ${String(line.windowEnd).slice(11, 19)}`;
    const kind = this.paint(line.caughtUp === true ? 'green' : 'cyan', this.kindOf(line).padEnd(11));
    const counts = [
      `${String(line.conversations).padStart(4)} records`,
      this.paint('bold', `${String(published).padStart(4)} published`),
      this.paint('dim', `${String(line.duplicates).padStart(4)} known`),
    ];
    this.line(`${this.clock()}  ${kind}  ${span}  ${counts.join('  ')}${quiet}`);
  }

  private kindOf({ stream, caughtUp }: LogLine): string {
    if (stream === 'reconciliation') return 'reconciled';
    if (stream === 'event-log') return 'dialer log';
    return caughtUp === true ? 'live' : 'catching up';
  }

  private event(event: ArrivedEvent): string {
    const data = (JSON.parse(event.detail) as { data: Record<string, string> }).data;
    const details = [
      data.conversationId?.slice(0, 8),
      data.disposition,
      data.callAnalysisDisposition,
      data.disconnectType,
    ];
    const time = new Date(event.time).toISOString().slice(11, 23);
    return `${this.paint('dim', time)} ${event.detailType.padEnd(22)} ${this.paint('dim', details.filter(Boolean).join(' '))}`;
  }

  private clock(): string {
    return this.paint('dim', new Date().toISOString().slice(11, 19));
  }

  private paint(style: Style, text: string): string {
    return this.colour ? styleText(style, text) : text;
  }
}
