import test from 'ava';
import { LeaseSpans } from '../../src/report/lease-spans.ts';
import { unwrap } from '../../src/report/unwrap.ts';
import { cycle, line } from './support/sample-log.ts';

const at = (clock: string) => Date.parse(`2026-11-27T${clock}:00Z`);
const stream = 'conversations';
const acquired = (clock: string, host: string, fence: number) =>
  line(at(clock), 'lease.acquired', { stream, host, fence });
const polled = (clock: string, host: string) => cycle(at(clock), stream, { host });
const entry = (clock: string, event: string, host: string) =>
  line(at(clock), event, { ...(event.startsWith('lease.') && { stream }), host });

/** Who held the lease, from when to when. */
function held(...lines: readonly string[]): readonly string[] {
  const spans = new LeaseSpans();
  for (const text of lines) {
    const found = unwrap(text);
    if (found.kind === 'lines') for (const one of found.lines) spans.take(one);
  }
  const clock = (time: number) => new Date(time).toISOString().slice(11, 16);
  return spans
    .all()
    .map(({ host, time, until, fence }) => `${host} ${clock(time)}–${clock(until)} ${fence ?? 'no fence'}`);
}

test('from acquiring the lease to losing it', (t) => {
  const lines = [
    acquired('09:00', 'a', 1),
    polled('09:30', 'a'),
    entry('10:00', 'lease.lost', 'a'),
    acquired('10:01', 'b', 2),
  ];
  t.deepEqual(held(...lines), ['a 09:00–10:00 1', 'b 10:01–10:01 2']);
});

test('a poller that crashes held it until its last cycle', (t) => {
  const lines = [
    acquired('09:00', 'a', 1),
    polled('09:30', 'a'),
    entry('11:00', 'daemon.started', 'a'),
    acquired('11:01', 'a', 2),
  ];
  t.deepEqual(held(...lines), ['a 09:00–09:30 1', 'a 11:01–11:01 2']);
});

test('a clean stop ends it for all streams of that host, and of no other', (t) => {
  const lines = [
    acquired('09:00', 'a', 1),
    acquired('09:00', 'b', 1),
    entry('10:00', 'daemon.stopped', 'a'),
    polled('11:00', 'b'),
  ];
  t.deepEqual(held(...lines), ['a 09:00–10:00 1', 'b 09:00–11:00 1']);
});

test('a log that begins in the middle shows it from its first cycle on', (t) => {
  t.deepEqual(held(polled('09:00', 'a'), polled('09:30', 'a')), ['a 09:00–09:30 no fence']);
});

test('a standby that fails holds nothing', (t) => {
  t.deepEqual(held(cycle(at('09:00'), stream, { host: 'a', code: 'table.unavailable' }, 'cycle.failed')), []);
});

test('where two hosts meet, the later one holds it', (t) => {
  const lines = [acquired('09:00', 'a', 1), acquired('09:20', 'b', 2), polled('09:30', 'a'), polled('09:40', 'b')];
  t.deepEqual(held(...lines), ['a 09:00–09:20 1', 'b 09:20–09:40 2']);
});

test('a poller that does nothing but start leaves no more than the newest spans', (t) => {
  const lines = Array.from({ length: 3_000 }, (_, n) =>
    line(at('09:00') + n * 1_000, 'lease.acquired', { stream, fence: n }),
  );
  const spans = held(...lines);
  t.is(spans.length, 600);
  t.regex(spans.at(-1) ?? '', / 2999$/);
});
