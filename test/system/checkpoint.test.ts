import test, { type ExecutionContext } from 'ava';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { type Stage, setStage } from '../support/stage.ts';

const HOUR = 3_600_000;

async function caughtUp(t: ExecutionContext): Promise<Stage> {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  for (const command of ['setup', 'once']) t.is((await stage.run([command])).code, 0);
  return stage;
}

async function watermark(stage: Stage): Promise<number> {
  const { stdout } = await stage.run(['checkpoint', 'get', 'conversations', '--json']);
  return Date.parse(JSON.parse(stdout).conversations.watermark);
}

test.serial('set back, everything since is read again and nothing is published again', async (t) => {
  const stage = await caughtUp(t);
  const arrived = stage.bus.arrived.length;
  const before = await watermark(stage);
  const set = await stage.run(['checkpoint', 'set', 'conversations', '3h', '--yes']);
  t.is(set.code, 0, set.stderr);
  t.regex(set.stdout, /^Set the checkpoint of conversations to 20\S+Z \(was 20\S+Z\)\n$/);
  t.true(Math.abs(before - 3 * HOUR - (await watermark(stage))) < HOUR / 2);

  const again = await stage.run(['once']);
  t.is(again.code, 0);
  const cycles = again.lines.filter(({ event }) => event === 'cycle.completed');
  t.true(cycles.reduce((sum, { duplicates }) => sum + Number(duplicates), 0) > 50);
  t.is(stage.bus.arrived.length, arrived);
  t.true((await watermark(stage)) >= before);
});

test.serial(
  'forward past what has not been read is refused with both ends; with --allow-gap it is done and logged',
  async (t) => {
    const stage = await caughtUp(t);
    await stage.run(['checkpoint', 'set', 'conversations', '2h', '--yes']);
    const back = await watermark(stage);
    const refused = await stage.run(['checkpoint', 'set', 'conversations', '1h', '--yes']);
    t.is(refused.code, 1);
    t.is(refused.stdout, '');
    t.regex(refused.stderr, /^Nothing was changed: what lies between 20\S+Z and 20\S+Z \(1h\) .*--allow-gap/);
    t.is(await watermark(stage), back);

    const done = await stage.run(['checkpoint', 'set', 'conversations', '1h', '--yes', '--allow-gap']);
    t.is(done.code, 0, done.stderr);
    const line = JSON.parse(done.stderr);
    t.like(line, { event: 'gap.detected', level: 'warn', stream: 'conversations', poller: 'stage' });
    t.is(Date.parse(line.gapStart), back);
    t.is(Date.parse(line.gapEnd), await watermark(stage));
  },
);

test.serial('while a poller is active it is refused, and the poller is named', async (t) => {
  const stage = await caughtUp(t);
  const daemon = stage.start(['run']);
  await daemon.line(({ event }) => event === 'cycle.completed');
  const { code, stdout, stderr } = await stage.run(['checkpoint', 'set', 'conversations', '1h', '--yes']);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, new RegExp(`Another poller is running .*:${daemon.process.pid}:.* Stop that poller`));
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  t.is((await stage.run(['checkpoint', 'set', 'conversations', '1h', '--yes'])).code, 0);
});

test.serial('the lease of a poller that crashed is waited for, and left free afterwards', async (t) => {
  const stage = await caughtUp(t);
  const daemon = stage.start(['run'], stage.shortLease);
  await daemon.line(({ event }) => event === 'cycle.completed');
  daemon.process.kill('SIGKILL');
  await daemon.ended;
  t.is((await stage.run(['checkpoint', 'set', 'conversations', '1h', '--yes'])).code, 0);
  const { streams } = JSON.parse((await stage.run(['status', '--json'])).stdout);
  t.is(streams[0].lease.holder, null);
});

test.serial('Ctrl-C while it waits for the lease changes nothing, and is exit code 1', async (t) => {
  const stage = await caughtUp(t);
  const daemon = stage.start(['run']);
  await daemon.line(({ event }) => event === 'cycle.completed');
  daemon.process.kill('SIGSTOP');
  const before = await watermark(stage);
  const set = stage.start(['checkpoint', 'set', 'conversations', '1h', '--yes']);
  // It cannot be seen from outside when the waiting begins; a process that has not begun is ended by the
  // signal itself.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  set.process.kill('SIGINT');
  const { code, stdout } = await set.ended;
  t.not(code, 0);
  t.is(stdout, '');
  t.is(await watermark(stage), before);
});

test.serial('Ctrl-C while the checkpoint is being written waits for the outcome, and the gap is told', async (t) => {
  const stage = await caughtUp(t);
  await stage.run(['checkpoint', 'set', 'conversations', '2h', '--yes']);
  const tables = await startFaultProxy(stage.dynamoDb);
  t.teardown(tables.close);
  const options = ['conversations', '1h', '--yes', '--allow-gap'];
  const set = stage.start(['checkpoint', 'set', ...options], { AWS_ENDPOINT_URL_DYNAMODB: tables.url });
  const interrupted = async () => {
    set.process.kill('SIGINT');
    // It cannot be seen from outside when the signal has been heard.
    await new Promise((resolve) => setTimeout(resolve, 500));
  };
  tables.each(({ operation, body }) => {
    const { ':watermark': watermark } = (body.ExpressionAttributeValues ?? {}) as Readonly<Record<string, unknown>>;
    return operation === 'UpdateItem' && watermark ? { kind: 'after', first: interrupted } : undefined;
  });
  const { code, stdout, stderr } = await set.ended;
  t.is(code, 0, stderr);
  t.regex(stdout, /^Set the checkpoint of conversations to/);
  t.is(Date.parse(JSON.parse(stderr).gapEnd), await watermark(stage));
});

test.serial('without a terminal nothing is done without --yes, and that is wrong usage', async (t) => {
  const stage = await caughtUp(t);
  const before = await watermark(stage);
  const { code, stderr } = await stage.run(['checkpoint', 'set', 'conversations', '1h']);
  t.is(code, 2);
  t.regex(stderr, /The checkpoint of conversations goes from .* add --yes/);
  t.is(await watermark(stage), before);
});

test.serial('no checkpoint is set to the future, to before the origin, or to what is no time', async (t) => {
  const stage = await caughtUp(t);
  const before = await watermark(stage);
  for (const [time, says, code] of [
    ['2099-01-01T00:00:00Z', /is in the future/, 1],
    ['2020-01-01T00:00:00Z', /publishes nothing from before.*backfill --from 2020-01-01T00:00:00\.000Z --to/, 1],
    ['yesterday', /must be now, a duration/, 2],
    ['2026-01-31T08:00:00', /a timestamp with its zone/, 2],
  ] as const) {
    const ended = await stage.run(['checkpoint', 'set', 'conversations', time, '--yes']);
    t.is(ended.code, code);
    t.regex(ended.stderr, says);
    t.notRegex(ended.stderr, /\n\s+at /);
  }
  t.is(await watermark(stage), before);
});

test.serial(
  'a checkpoint that is there already is left as it is, and a stream without a checkpoint begins where it is set',
  async (t) => {
    const stage = await caughtUp(t);
    const at = new Date(await watermark(stage)).toISOString();
    const none = await stage.run(['checkpoint', 'set', 'conversations', at, '--yes']);
    t.is(none.code, 0);
    t.regex(none.stdout, /is at \S+Z already/);

    const first = await stage.run(['checkpoint', 'set', 'event-log', '1h', '--yes']);
    t.is(first.code, 0);
    const { stdout } = await stage.run(['checkpoint', 'get']);
    t.regex(stdout, /^STREAM +CHECKPOINT +LAG +ORIGIN +FENCE +UPDATED\n/);
    const row = /event-log +(\S+) +1h.* +(\S+) +1 +/.exec(stdout);
    t.is(row?.[1], row?.[2], 'its origin is there, too');
  },
);

test.serial('a stream without a checkpoint is shown to have none', async (t) => {
  const stage = await caughtUp(t);
  const { code, stderr } = await stage.run(['checkpoint', 'get', 'event-log']);
  t.is(code, 1);
  t.is(stderr, 'event-log has no checkpoint yet\n');
});
