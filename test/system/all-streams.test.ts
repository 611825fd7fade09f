import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { expectation } from '../../src/sandbox/services.ts';
import { judgeDelivery } from '../../src/sandbox/verdict.ts';
import { setStage } from '../support/stage.ts';

const HOUR = 3_600_000;

test('`once` polls every enabled stream until it is caught up, reconciliation up to what the lake guarantees', async (t) => {
  const origin = Date.now() - 6 * HOUR;
  const conversations = { startFrom: new Date(origin).toISOString(), settle: '1s', overlap: '1s' };
  const stage = await setStage({
    // Codes that changed would be met twice: the lake still shows the first, where the live query shows only
    // the second.
    world: { latecomers: { changed: 0 } },
    config: { streams: { conversations } },
  });
  t.teardown(stage.close);
  await stage.run(['setup']);
  const { code, lines, stdout, stderr } = await stage.run(['once']);
  t.is(code, 0, stdout + stderr);

  const cycles = lines.filter(({ event }) => event === 'cycle.completed');
  t.deepEqual([...new Set(cycles.map(({ stream }) => stream))].sort(), ['conversations', 'reconciliation']);
  const last = cycles.findLast(({ stream }) => stream === 'reconciliation');
  t.like(last, { caughtUp: true, missed: 0 });
  t.true(Math.abs(Date.parse(String(last?.watermark)) - (Date.now() - 4 * HOUR)) < 10 * 60_000);

  const { lost, repeated, invented, delivered } = judgeDelivery(
    expectation(stage.world, { origin }),
    stage.bus.arrived,
  );
  t.deepEqual({ lost, repeated, invented }, { lost: [], repeated: 0, invented: [] });
  t.log(`${delivered} events, ${cycles.length} cycles`);
});

test('a missing permission for a name turns that enrichment off with one warning, and holds nothing back', async (t) => {
  const stage = await setStage({ deny: ['routing:wrapupCode:view'] });
  t.teardown(stage.close);
  await stage.run(['setup']);
  const { code, lines } = await stage.run(['once']);
  t.is(code, 0);
  const warnings = lines.filter(({ event }) => event === 'enrich.disabled');
  t.is(warnings.length, 1);
  t.regex(String(warnings[0]?.msg), /routing:wrapupCode:view/);
  t.is(stage.verdict().lost.length, 0);
});

test('a missing permission for the event log fails that stream alone', async (t) => {
  const origin = new Date(Date.now() - HOUR).toISOString();
  const stage = await setStage({
    deny: ['outbound:eventLog:view'],
    config: { streams: { conversations: { startFrom: origin, settle: '1s', overlap: '30s' } } },
  });
  t.teardown(stage.close);
  await stage.run(['setup']);
  const first = await stage.run(['once']);
  t.is(first.code, 0, 'its first start is the beginning: there is nothing to read yet');
  await delay(1_500);
  const { code, lines } = await stage.run(['once']);
  t.is(code, 1);
  t.deepEqual(
    lines.filter(({ event }) => event === 'cycle.failed').map(({ stream, code }) => [stream, code]),
    [['event-log', 'genesys.permission']],
  );
});
