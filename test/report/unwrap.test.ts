import test from 'ava';
import { unwrap } from '../../src/report/unwrap.ts';
import { line } from './support/sample-log.ts';

const TIME = Date.parse('2026-11-27T09:12:00.000Z');
const ours = line(TIME, 'lease.acquired', { stream: 'conversations', fence: 4, msg: 'Polling "conversations"' });
const inJson = JSON.stringify(ours);

/** What each collector makes of the line, and the host it names. */
const WRAPPED: readonly (readonly [by: string, text: string, host: string])[] = [
  ['the poller itself', ours, ''],
  ['the poller on Windows line ends', `${ours}\r`, ''],
  ['journalctl -o json', `{"MESSAGE":${inJson},"_HOSTNAME":"vm1","PRIORITY":"6"}`, 'vm1'],
  ['journalctl -o json, as bytes', JSON.stringify({ _HOSTNAME: 'vm1', MESSAGE: [...Buffer.from(ours)] }), 'vm1'],
  ['journalctl -o short', `Nov 27 09:12:00 vm1 genesys-poller[812]: ${ours}`, 'vm1'],
  ['journalctl -o short, early in a month', `Nov  7 09:12:00 vm1 genesys-poller[812]: ${ours}`, 'vm1'],
  ['journalctl -o short-iso', `2026-11-27T09:12:00+0000 vm1 genesys-poller[812]: ${ours}`, 'vm1'],
  ['journalctl -o short-iso-precise', `2026-11-27T09:12:00.000123+00:00 vm1 node[812]: ${ours}`, 'vm1'],
  ['Docker, json-file', `{"log":${JSON.stringify(`${ours}\n`)},"stream":"stdout","time":"2026-11-27T09:12:00.1Z"}`, ''],
  ['docker logs --timestamps', `2026-11-27T09:12:00.123456789Z ${ours}`, ''],
  ['docker compose logs', `poller-1  | ${ours}`, 'poller-1'],
  ['a Kubernetes node', `2026-11-27T09:12:00.123456789Z stdout F ${ours}`, ''],
  ['aws logs tail', `2026-11-27T09:12:00.123000+00:00 poller/7f ${ours}`, 'poller/7f'],
  ['an export of CloudWatch to S3', `2026-11-27T09:12:00.123Z ${ours}`, ''],
  ['aws logs filter-log-events', `            "message": ${inJson},`, ''],
  ['the same in one line', `{"logStreamName":"poller/7f","timestamp":1,"message":${inJson}}`, 'poller/7f'],
  ['a list of them', `{"events":[{"logStreamName":"poller/7f","message":${inJson}}]}`, 'poller/7f'],
  ['a CloudWatch subscription', `{"logStream":"poller/7f","logEvents":[{"id":"1","message":${inJson}}]}`, 'poller/7f'],
  ['Logs Insights, CSV', `2026-11-27 09:12:00.000,"${ours.replaceAll('"', '""')}"`, ''],
  ['Logs Insights, JSON', `{"@timestamp":"2026-11-27 09:12:00.000","@message":${inJson}}`, ''],
  ['Docker of journald', JSON.stringify({ log: `{"MESSAGE":${inJson},"_HOSTNAME":"vm1"}` }), 'vm1'],
];

for (const [by, text, host] of WRAPPED) {
  test(`a line as written by ${by} is recognised`, (t) => {
    const found = unwrap(text);
    t.is(found.kind, 'lines');
    const [one] = found.kind === 'lines' ? found.lines : [];
    t.is(one?.time, TIME);
    t.is(one?.event, 'lease.acquired');
    t.is(one?.stream, 'conversations');
    t.is(one?.msg, 'Polling "conversations"');
    t.is(one?.host, host);
  });
}

for (const [what, text, kind] of [
  ['a line that was cut off', ours.slice(0, -9), 'broken'],
  ['a cut off line behind a prefix', `Nov 27 09:12:00 vm1 genesys-poller[812]: ${ours.slice(0, 40)}`, 'broken'],
  ['a cut off message', `   "message": "{\\"level\\":\\"info`, 'broken'],
  ['systemd', 'Nov 27 09:12:00 vm1 systemd[1]: Started genesys-poller.service.', 'foreign'],
  ['an empty line', '   ', 'foreign'],
  ['JSON of another program', '{"level":30,"time":1764234720000,"msg":"hello"}', 'foreign'],
  ['the opening brace of a list', '{', 'foreign'],
  ['a time without a zone', '{"level":"info","time":"2026-11-27T09:12:00","event":"x"}', 'foreign'],
  ['collectors within collectors without end', nested(8), 'foreign'],
  ['null', '{"message":null}', 'foreign'],
] as const) {
  test(`${what} is ${kind}`, (t) => {
    t.is(unwrap(text).kind, kind);
  });
}

test('a member named __proto__ is a member like any other', (t) => {
  const found = unwrap('{"level":"info","time":"2026-11-27T09:12:00Z","event":"x","__proto__":{"poller":"evil"}}');
  t.is(found.kind === 'lines' && found.lines[0]?.poller, 'default');
  t.is(({} as Record<string, unknown>).poller, undefined);
});

test('names and texts are cut, and control characters in them are written out', (t) => {
  const text = line(TIME, 'x', { poller: `a\u001b[31m\n${'p'.repeat(10_000)}`, msg: 'm'.repeat(10_000) });
  const found = unwrap(text);
  const [one] = found.kind === 'lines' ? found.lines : [];
  t.true(one?.poller.startsWith('a\\u001b[31m\\u000a'));
  t.true((one?.poller.length ?? 0) <= 80 && (one?.msg.length ?? 0) <= 600);
});

/** A message in a message in a message, in the end the line itself. */
function nested(depth: number): string {
  let text = ours;
  for (let n = 0; n < depth; n++) text = JSON.stringify({ m: n, message: text });
  return text;
}
