import { parseJson } from '../domain/json.ts';
import { type LogLine, logLineOf } from './log-line.ts';

/**
 * Finds the poller's line in what a log collector made of it.
 *
 * | written by | looks like |
 * |---|---|
 * | the poller, `journalctl -o cat` | `{"level":…}` |
 * | `journalctl -o short`, `-o short-iso` | `Nov 29 09:12:00 host genesys-poller[7]: {"level":…}` |
 * | `journalctl -o json` | `{"MESSAGE":"{\"level\":…}","_HOSTNAME":…}`; `MESSAGE` may be a list of bytes |
 * | Docker's json-file | `{"log":"{\"level\":…}\n","stream":"stdout",…}` |
 * | `docker compose logs` | `poller-1  \| {"level":…}` |
 * | a Kubernetes node (CRI), `kubectl logs --timestamps` | `2026-11-29T09:12:00Z stdout F {"level":…}` |
 * | `aws logs tail`, an export to S3 | `2026-11-29T09:12:00Z log-stream {"level":…}` |
 * | `aws logs filter-log-events` | `"message": "{\"level\":…}",` on a line of its own, or all in one line |
 * | a CloudWatch subscription | `{"logStream":…,"logEvents":[{"message":…}]}` |
 * | CloudWatch Logs Insights, as CSV | `2026-11-29 09:12:00.000,"{""level"":…}"` |
 */
export type Unwrapped =
  | { readonly kind: 'lines'; readonly lines: readonly LogLine[] }
  /** It was to be a line of the poller, or of a collector, and is cut off or damaged. */
  | { readonly kind: 'broken' }
  /** Another program's line, such as systemd's. */
  | { readonly kind: 'foreign' };

/** Members in which collectors keep the text they collected. */
const TEXT_MEMBERS = ['MESSAGE', 'message', '@message', 'log', 'line'];
/** Members in which collectors name who wrote it, the most telling first. */
const HOST_MEMBERS = ['_HOSTNAME', 'logStreamName', 'logStream', '@logStream', 'pod', 'container_name', 'hostname'];
/** Members in which collectors keep several such objects. */
const LIST_MEMBERS = ['logEvents', 'events'];
/** Collectors collect from collectors, but not deeper than that. */
const DEEPEST = 4;

const FOREIGN: Unwrapped = { kind: 'foreign' };
const BROKEN: Unwrapped = { kind: 'broken' };

export function unwrap(text: string): Unwrapped {
  return unwrapText(text, '', 0);
}

function unwrapText(text: string, host: string, depth: number): Unwrapped {
  const start = text.search(/\S/);
  if (start < 0 || depth > DEEPEST) return FOREIGN;
  if (text[start] === '{') return unwrapJson(text.slice(start), host, depth);
  const message = /^\s*"message":\s*(".*"),?\s*$/.exec(text)?.[1];
  if (message !== undefined) {
    const inner = parseJson(message);
    return typeof inner === 'string' ? unwrapText(inner, host, depth + 1) : BROKEN;
  }
  const quoted = text.indexOf('"{""');
  if (quoted >= 0) {
    const end = text.lastIndexOf('}"');
    return end < 0 ? BROKEN : unwrapJson(text.slice(quoted + 1, end + 1).replaceAll('""', '"'), host, depth);
  }
  const json = text.indexOf('{"');
  if (json >= 0) return unwrapJson(text.slice(json), hostIn(text.slice(0, json)) || host, depth);
  return text.includes('{\\"') ? BROKEN : FOREIGN;
}

function unwrapJson(text: string, host: string, depth: number): Unwrapped {
  const value = parseJson(text);
  if (value === undefined) return text === '{' ? FOREIGN : BROKEN;
  return typeof value === 'object' && value !== null ? unwrapObject(value, host, depth) : FOREIGN;
}

function unwrapObject(value: object, host: string, depth: number): Unwrapped {
  const line = logLineOf(value, host);
  if (line) return { kind: 'lines', lines: [line] };
  const members = new Map<string, unknown>(Object.entries(value));
  const named = HOST_MEMBERS.map((member) => members.get(member)).find((one) => typeof one === 'string');
  const inner = typeof named === 'string' ? named : host;
  for (const member of LIST_MEMBERS) {
    const list = members.get(member);
    if (Array.isArray(list) && depth < DEEPEST) return unwrapAll(list, inner, depth);
  }
  for (const member of TEXT_MEMBERS) {
    const text = textOf(members.get(member));
    if (text !== undefined) return unwrapText(text, inner, depth + 1);
  }
  return FOREIGN;
}

function unwrapAll(list: readonly unknown[], host: string, depth: number): Unwrapped {
  const all = list.map((one) => (typeof one === 'object' && one ? unwrapObject(one, host, depth + 1) : FOREIGN));
  const lines = all.flatMap((one) => (one.kind === 'lines' ? one.lines : []));
  if (lines.length > 0) return { kind: 'lines', lines };
  return all.some(({ kind }) => kind === 'broken') ? BROKEN : FOREIGN;
}

/** journald writes a text with control characters as a list of its bytes. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256))
    return undefined;
  return Buffer.from(value).toString('utf8');
}

/** Who wrote a line, by what stands before it; empty where it does not say. */
function hostIn(prefix: string): string {
  const compose = /^(\S+)\s+\|\s*$/.exec(prefix);
  const syslog =
    /^(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:.]{8,}|\d{4}-\d\d-\d\dT[\d:.,+-]+Z?) (\S+) \S+?(?:\[\d+\])?: $/.exec(
      prefix,
    );
  const tail = /^\d{4}-\d\d-\d\dT[\d:.,+-]+Z? (\S+) $/.exec(prefix);
  return (compose ?? syslog ?? tail)?.[1] ?? '';
}
