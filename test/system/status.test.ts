import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { type StageOptions, setStage } from '../support/stage.ts';

async function staged(t: ExecutionContext, options: StageOptions = {}) {
  const stage = await setStage({ world: { historyPerMinute: 0.1 }, ...options });
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);
  return stage;
}

/** A host with access to the tables, and nothing of Genesys's. */
const ELSEWHERE = { GENESYS_CLIENT_ID: '', GENESYS_CLIENT_SECRET: '' };

test.serial(
  'from any host with access to the tables, a row tells of each stream where it stands and how its last cycle ended',
  async (t) => {
    const stage = await staged(t);
    const once = await stage.run(['once']);
    t.is(once.code, 0, once.stdout);
    const { code, stdout, stderr } = await stage.run(['status'], ELSEWHERE);
    t.is(code, 0, stderr);
    const [head, blank, headings, row, end, loadHeadings, load, last] = stdout.split('\n');
    t.regex(head ?? '', /^poller stage, table GenesysPollerState, 20/);
    t.is(blank, '');
    t.regex(headings ?? '', /^STREAM +CHECKPOINT +LAG +LEASE HOLDER +AGE +LAST CYCLE +PUBLISHED +DEAD LETTERS$/);
    t.regex(row ?? '', /^conversations +20\S+Z +\d+s +none +~\d+s +completed \d+s ago +\d+ +0$/);
    t.is(end, '');
    t.regex(loadHeadings ?? '', /^STREAM +TRUSTED LAG +BUDGET +THROTTLED +NEXT POLL +VERSION +STANDBY HOSTS$/);
    t.regex(load ?? '', /^conversations +\d+s +\d+ % +0s +- +- +-$/);
    t.is(last, '', 'streams that are not enabled and have left no trace have no row');
    t.false(stdout.includes('\u001b'), 'a pipe gets no colours');
  },
);

test.serial('with --json programs get the same, as one object', async (t) => {
  const stage = await staged(t);
  await stage.run(['once']);
  const { stdout } = await stage.run(['status', '--json'], ELSEWHERE);
  const { poller, stateTable, streams } = JSON.parse(stdout);
  t.deepEqual([poller, stateTable, streams.length], ['stage', 'GenesysPollerState', 1]);
  t.like(streams[0], {
    stream: 'conversations',
    enabled: true,
    deadLetters: 0,
    lease: { holder: null, durationSeconds: 60 },
  });
  t.like(streams[0].lastCycle, { outcome: 'completed' });
  t.true(streams[0].lagSeconds < 3_600 && streams[0].lease.ageSeconds < 3_600);
});

test.serial('a running poller is named as the holder; its failing cycles are shown with the reason', async (t) => {
  const stage = await staged(t);
  stage.bus.faults.denied.add('PutEvents');
  const daemon = stage.start(['run']);
  await daemon.line(({ event }) => event === 'cycle.failed');
  // The lease is renewed every twenty seconds, and tells of it then.
  for (;;) {
    const { streams } = JSON.parse((await stage.run(['status', '--json'], ELSEWHERE)).stdout);
    if (streams[0].lastCycle) break;
  }
  const { stdout } = await stage.run(['status'], ELSEWHERE);
  t.regex(stdout, new RegExp(`conversations .* \\S+:${daemon.process.pid}:\\S+ +~\\d+s +failed \\d+s ago +0 +0\n`));
  t.regex(stdout, /\n\nconversations: AWS denied events:PutEvents on bus .* \[bus\.denied\]\n$/);
  t.notRegex(stdout, /sandbox-secret/);
});

test.serial('a poller that died leaves a lease that is shown as expired', async (t) => {
  const stage = await staged(t);
  const daemon = stage.start(['run'], stage.shortLease);
  await daemon.line(({ event }) => event === 'cycle.completed');
  daemon.process.kill('SIGKILL');
  await daemon.ended;
  for (;;) {
    const { stdout } = await stage.run(['status']);
    if (/~\d+s, expired/.test(stdout)) break;
    t.regex(stdout, /~\d+s /);
  }
  t.pass();
});

test.serial('dead letters are counted, whatever became of their stream', async (t) => {
  const stage = await staged(t);
  let refused = 0;
  stage.bus.faults.always(() => ({ kind: 'entries', code: 'MalformedDetail', which: () => refused++ < 3 }));
  t.is((await stage.run(['once'])).code, 0);
  const { streams } = JSON.parse((await stage.run(['status', '--json'])).stdout);
  t.is(streams[0].deadLetters, 3);
  const [{ reason, count }, ...others] = streams[0].deadLettersByReason;
  t.deepEqual([count, others], [3, []]);
  t.true((await stage.run(['status'])).stdout.includes(`\nDead letters of conversations:\n  3 × ${reason}\n`));
});

test.serial(
  'with --watch it looks again and again, until Ctrl-C, which is no failure of anything but the watch',
  async (t) => {
    const stage = await staged(t);
    const watch = stage.start(['status', '--watch', '100ms', '--json']);
    let looks = 0;
    watch.process.stdout?.on('data', () => {
      looks++;
      if (looks === 3) watch.process.kill('SIGINT');
    });
    const ended = await watch.ended;
    t.is(ended.stderr, '');
    t.is(ended.code, 0);
    t.true(ended.lines.length >= 3);
  },
);

test.serial('the version of the holder, its next poll and a standby host are shown', async (t) => {
  const stage = await staged(t);
  const holder = stage.start(['run']);
  await holder.line(({ event }) => event === 'lease.acquired');
  const standby = stage.start(['run']);
  await standby.line(({ event }) => event === 'lease.standby');
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  for (;;) {
    const { streams } = JSON.parse((await stage.run(['status', '--json'], ELSEWHERE)).stdout);
    const [{ lease, lastCycle, standbys }] = streams;
    if (!lastCycle || standbys.length === 0) continue;
    t.is(lease.version, version);
    t.regex(lastCycle.nextDue, /^20\S+Z$/);
    t.true(lastCycle.trustedLagSeconds >= 0 && lastCycle.budgetShare >= 0);
    t.is(standbys.length, 1);
    t.like(standbys[0], { version });
    t.regex(standbys[0].holder, new RegExp(`:${standby.process.pid}:`));
    t.true(standbys[0].notedSeconds < 3_600);
    break;
  }
  const { stdout } = await stage.run(['status'], ELSEWHERE);
  t.regex(
    stdout,
    new RegExp(`\nconversations .* (in )?\\d+s( ago)? +${version} +\\S+ \\(${version}, noted \\d+s ago\\)\n`),
  );
  for (const daemon of [standby, holder]) {
    daemon.process.kill('SIGTERM');
    await daemon.ended;
  }
});

test.serial('without the tables it says what to run', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const { code, stderr } = await stage.run(['status']);
  t.is(code, 1);
  t.regex(stderr, /^genesys-poller: DynamoDB has no table GenesysPollerState.*genesys-poller setup/);
});
