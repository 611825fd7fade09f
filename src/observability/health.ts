import { parseInstant } from '../domain/instant.ts';
import { fieldsOf, parseJson } from '../domain/json.ts';
import type { HeartbeatDocument, StreamHeartbeat } from './heartbeat.ts';

/**
 * `degraded` is a poller that works, and whose cycles fail: something it depends on is down. A restart would
 * not help, so it is alive. `stale` is one that does not work any more.
 */
export interface Health {
  readonly status: 'fresh' | 'degraded' | 'stale';
  /** One line that says why. */
  readonly why: string;
}

/** A heartbeat that is further ahead of this host's clock shows that the clock was set back. Milliseconds. */
const MAX_AHEAD_MS = 60_000;

/**
 * How long a heartbeat without streams is believed, milliseconds. A poller shows none while it changes its
 * configuration or ends, until its leases are released. That takes a read and two writes of DynamoDB, each of
 * them about a minute where nothing answers.
 */
const WITHOUT_STREAMS_MS = 300_000;

/** Judges what a heartbeat file holds at `now`, epoch milliseconds. Never throws, whatever the text is. */
export function judgeHeartbeat(text: string, now: number): Health {
  const document = parse(text);
  if (!document) return { status: 'stale', why: 'the heartbeat file is not one of this program' };
  if (document.stoppedAt) return { status: 'stale', why: stoppedText(document.stoppedAt, document.movedTo) };
  const streams = Object.entries(document.streams);
  const ahead = Date.parse(document.writtenAt) - now;
  if (ahead > MAX_AHEAD_MS) {
    return { status: 'stale', why: `the heartbeat is ${seconds(ahead)} ahead of the clock, which has been set back` };
  }
  if (streams.length === 0) return judgeWithoutStreams(document.writtenAt, now);
  const overdue = streams.filter(([, { freshUntil }]) => Date.parse(freshUntil) < now);
  if (overdue.length > 0) return { status: 'stale', why: overdue.map((entry) => overdueText(entry, now)).join('; ') };
  const failing = streams.some(([, { consecutiveFailures }]) => consecutiveFailures > 0);
  return { status: failing ? 'degraded' : 'fresh', why: streams.map((entry) => statusOf(entry, now)).join('; ') };
}

function stoppedText(stoppedAt: string, movedTo: string | null | undefined): string {
  if (movedTo === undefined) return `the poller was stopped cleanly at ${stoppedAt}`;
  if (movedTo !== null) return `the poller has written ${movedTo} instead of this file since ${stoppedAt}`;
  return `the poller has written no heartbeat file since ${stoppedAt}: poller.heartbeatFile is not set`;
}

function judgeWithoutStreams(writtenAt: string, now: number): Health {
  const age = now - Date.parse(writtenAt);
  if (age <= WITHOUT_STREAMS_MS) {
    return { status: 'fresh', why: 'no stream is polled while the poller changes its configuration or stops' };
  }
  const times = `${seconds(age)} ago (${seconds(WITHOUT_STREAMS_MS)} are allowed)`;
  return { status: 'stale', why: `no stream has been polled since ${writtenAt}, ${times}` };
}

function overdueText([name, { at, pageAt, freshUntil }]: readonly [string, StreamHeartbeat], now: number): string {
  const latest = Date.parse(pageAt ?? at);
  const noPage = pageAt === undefined ? '' : ` and received no page since ${pageAt}`;
  const times = `${seconds(now - latest)} ago (${seconds(Date.parse(freshUntil) - latest)} are allowed)`;
  return `${name} has ended no cycle since ${at}${noPage}, ${times}`;
}

function statusOf([name, stream]: readonly [string, StreamHeartbeat], now: number): string {
  const ago = `${seconds(now - Date.parse(stream.at))} ago`;
  const lag = stream.lagSeconds === undefined ? '' : `, ${stream.lagSeconds} s behind`;
  if (stream.consecutiveFailures === 0) return `${name} ${stream.outcome} ${ago}${lag}`;
  const times = stream.consecutiveFailures === 1 ? 'once' : `${stream.consecutiveFailures} times in a row`;
  return `${name} failed ${times} (${stream.code ?? 'unknown'}), last ${ago}${lag}`;
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000))} s`;
}

/** Undefined unless everything that is needed to judge is there. */
function parse(text: string): HeartbeatDocument | undefined {
  const document = fieldsOf(parseJson(text));
  const streams = fieldsOf(document?.streams);
  const isWhole =
    isTime(document?.writtenAt) &&
    streams !== undefined &&
    Object.values(streams).every((value) => {
      const stream = fieldsOf(value);
      return isTime(stream?.at) && isTime(stream?.freshUntil) && typeof stream?.consecutiveFailures === 'number';
    });
  return isWhole ? (document as unknown as HeartbeatDocument) : undefined;
}

function isTime(value: unknown): boolean {
  return parseInstant(value) !== undefined;
}
