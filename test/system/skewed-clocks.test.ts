import test, { type ExecutionContext } from 'ava';
import { type Stage, setStage } from '../support/stage.ts';

const HOUR = 3_600_000;

async function stageOf(t: ExecutionContext, dateAhead: () => number): Promise<Stage> {
  const stage = await setStage({ dateAhead });
  t.teardown(() => stage.close());
  t.is((await stage.run(['setup'])).code, 0);
  return stage;
}

test('beside a Genesys whose clock is an hour behind, `once` has caught up by one clock only, and says so', async (t) => {
  const stage = await stageOf(t, () => -HOUR);
  const { code, lines } = await stage.run(['once']);
  t.is(code, 1);
  const levels = lines.filter(({ event }) => event === 'clock.skewed').map(({ level }) => level);
  t.deepEqual(levels, ['warn', 'error']);
  const last = lines.filter(({ event }) => event === 'cycle.completed').at(-1);
  t.true(Number(last?.lagSeconds) < 60, 'lag is measured by the same time as windows end by');
});

test('a checkpoint that the clock has fallen behind of is a failure with a remedy, and no idle stream', async (t) => {
  let ahead = 0;
  const stage = await stageOf(t, () => ahead);
  t.is((await stage.run(['once'])).code, 0);
  ahead = -HOUR;
  const { code, lines } = await stage.run(['once']);
  t.is(code, 1);
  const failed = lines.find(({ event }) => event === 'cycle.failed');
  t.is(failed?.code, 'checkpoint.ahead');
  t.regex(failed?.msg ?? '', /checkpoint set conversations TIME/);
  t.is(stage.verdict().repeated, 0);
});
