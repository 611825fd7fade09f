import test from 'ava';
import { auditProgress } from '../../src/cli/audit-progress.ts';
import { ProgressBar } from '../../src/cli/progress-bar.ts';
import { ManualClock } from '../support/manual-clock.ts';

const AT = Date.parse('2026-11-18T22:33:00.000Z');

function desk(hasBar: boolean) {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const drawn: string[] = [];
  const said: string[] = [];
  const terminal = { columns: 200, write: (text: string) => void drawn.push(text.replace('\r\u001b[K', '')) };
  const bar = hasBar ? new ProgressBar(terminal) : undefined;
  const report = auditProgress({ clock, bar, say: (line) => void said.push(line) });
  return { clock, drawn, said, report };
}

test('the line of the bar says where the audit is, what it has seen and found missing, and when it ends', (t) => {
  const { clock, drawn, said, report } = desk(true);
  report({ fraction: 0, at: AT, events: 0, missing: 0 });
  clock.pause(60_000);
  report({ fraction: 0.25, at: AT, events: 956, missing: 2 });
  const filled = (count: number) => '█'.repeat(count) + '░'.repeat(24 - count);
  t.deepEqual(drawn, [
    `${filled(0)}   0 %  at 11-18 22:33  0 events, 0 missing`,
    `${filled(6)}  25 %  at 11-18 22:33  956 events, 2 missing  ends about 11-20 10:04 UTC`,
  ]);
  t.deepEqual(said, []);
});

test('at its end an audit names no end to come', (t) => {
  const { clock, drawn, report } = desk(true);
  report({ fraction: 0, at: AT, events: 0, missing: 0 });
  clock.pause(60_000);
  report({ fraction: 1, at: AT, events: 956, missing: 2 });
  t.is(drawn.at(-1), `${'█'.repeat(24)} 100 %  at 11-18 22:33  956 events, 2 missing`);
});

test('the time before the first page is no part of the pace', (t) => {
  const { clock, drawn, report } = desk(true);
  clock.pause(3_600_000);
  report({ fraction: 0, at: AT, events: 0, missing: 0 });
  clock.pause(60_000);
  report({ fraction: 0.5, at: AT, events: 1, missing: 0 });
  t.regex(drawn.at(-1) ?? '', /ends about 11-20 11:02 UTC$/);
});

test('in a pipe it says one line every 30 s', (t) => {
  const { clock, said, report } = desk(false);
  for (let second = 0; second <= 65; second += 5) {
    report({ fraction: second / 100, at: AT, events: second, missing: 1 });
    clock.pause(5_000);
  }
  t.deepEqual(said, [
    '30 % of the audit: at 11-18 22:33, 30 events, 1 missing, ends about 11-20 10:01 UTC',
    '60 % of the audit: at 11-18 22:33, 60 events, 1 missing, ends about 11-20 10:01 UTC',
  ]);
});
