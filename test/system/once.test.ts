import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { setStage } from '../support/stage.ts';

test('`once` publishes all there is, and run again against an unchanged world publishes nothing and makes no PutEvents call', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);

  const first = await stage.run(['once']);
  t.is(first.code, 0, first.stdout + first.stderr);
  const { lost, repeated, invented, delivered } = stage.verdict();
  t.deepEqual({ lost, repeated, invented }, { lost: [], repeated: 0, invented: [] });
  t.true(delivered > 500, `${delivered} events`);
  t.is(
    first.lines
      .filter(({ event }) => event === 'cycle.completed')
      .reduce((sum, line) => sum + Number(line.published), 0),
    stage.bus.arrived.length,
  );

  const calls = stage.bus.calls;
  // Genesys tells its time to the second: sooner there is nothing that could be read again.
  await delay(2_500);
  const second = await stage.run(['once']);
  t.is(second.code, 0, second.stdout + second.stderr);
  t.is(stage.bus.calls, calls);
  const cycles = second.lines.filter(({ event }) => event === 'cycle.completed');
  t.true(cycles.length > 0);
  t.true(cycles.every((line) => line.published === 0 && line.putEventsCalls === 0));
});

test('a cycle says all that the contract promises', async (t) => {
  const stage = await setStage({ buses: ['genesys-outbound-events'] });
  t.teardown(stage.close);
  await stage.run(['setup']);
  const { lines } = await stage.run(['once']);
  const cycle = lines.find(({ event }) => event === 'cycle.completed');
  t.like(cycle, { level: 'info', stream: 'conversations', deadLettered: 0, genesysThrottled: 0 });
  for (const member of [
    ...['time', 'msg', 'windowStart', 'windowEnd', 'watermark', 'lagSeconds', 'conversations', 'derived', 'duplicates'],
    ...[
      'tooOld',
      'published',
      'suppressed',
      'genesysRequests',
      'putEventsCalls',
      'dynamoCalls',
      'durationMs',
      'caughtUp',
    ],
  ]) {
    t.true(cycle !== undefined && member in cycle, member);
  }
});
