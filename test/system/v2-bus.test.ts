import test from 'ava';
import { V2_BUS } from '../../src/sandbox/settings.ts';
import { setStage } from '../support/stage.ts';

const config = { eventBridge: { busType: 'v2', bus: V2_BUS } };

test('on a v2 bus every event arrives once, in the group of its conversation', async (t) => {
  const stage = await setStage({ config });
  t.teardown(stage.close);
  const setup = await stage.run(['setup']);
  t.is(setup.code, 0, setup.stderr);
  t.true(setup.stdout.includes(`exists: bus ${V2_BUS} (a v2 bus, ACTIVE)`), setup.stdout);
  const { code, stdout } = await stage.run(['once']);
  t.is(code, 0, stdout);
  t.like(stage.verdict(), { lost: [], repeated: 0, invented: [] });
  t.true(stage.bus.arrived.length > 500);
  for (const { group, detail } of stage.bus.arrived) t.is(group, JSON.parse(detail).data.conversationId);
  t.true(stage.bus.calls < stage.bus.arrived.length / 10, `${stage.bus.calls} calls`);
});

test('what was published by a poller that died before it could record it is suppressed, counted, and recorded', async (t) => {
  const stage = await setStage({ config });
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);
  // Each call is carried out and never answered: no poller can have recorded what it brought.
  stage.bus.faults.always({ kind: 'acceptThenDrop' });
  const daemon = stage.start(['run'], stage.shortLease);
  while (stage.bus.arrived.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  daemon.process.kill('SIGKILL');
  await daemon.ended;
  stage.bus.faults.none();

  const { code, stdout, lines } = await stage.run(['once']);
  t.is(code, 0, stdout);
  t.like(stage.verdict(), { lost: [], repeated: 0, invented: [] });
  const cycles = lines.filter(({ event }) => event === 'cycle.completed');
  const sum = (name: string) => cycles.reduce((total, cycle) => total + Number(cycle[name]), 0);
  t.true(sum('suppressed') > 0);
  t.is(sum('suppressed') + sum('published'), stage.bus.arrived.length);
  t.is(sum('derived'), sum('published') + sum('suppressed') + sum('duplicates') + sum('tooOld') + sum('deadLettered'));
});

test('check says what it knows of a v2 bus, publishes nothing, and does not claim that it may', async (t) => {
  const stage = await setStage({ config });
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);
  const busProbes = async () => {
    const { stdout } = await stage.run(['check', '--json']);
    const { probes } = JSON.parse(stdout) as { probes: { id: string; outcome: string; found: string }[] };
    return probes.filter(({ id }) => id.startsWith('bus')).map(({ outcome, found }) => `${outcome}: ${found}`);
  };
  const untried = 'skipped: a v2 bus cannot be tried without publishing; the first event will tell';
  t.deepEqual(await busProbes(), ['passed: a v2 bus, ACTIVE', untried]);
  stage.bus.v2State = 'CREATING';
  const [unready] = await busProbes();
  t.is(unready, 'failed: a v2 bus whose state is CREATING');
  stage.bus.faults.denied.add('DescribeEventBus');
  t.deepEqual(await busProbes(), [
    'skipped: not allowed to look (events:DescribeEventBus), which the poller itself does not need',
    untried,
  ]);
  t.is(stage.bus.calls, 0);
});
