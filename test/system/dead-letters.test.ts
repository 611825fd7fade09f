import test from 'ava';
import { putDeadLetter, withDeadLetters } from '../support/dead-letters.ts';
import { setStage } from '../support/stage.ts';

test.serial('what the bus refused is listed, one line for each, and shown with all it holds', async (t) => {
  const stage = await withDeadLetters(t);
  const deadLetters = await stage.list();
  t.is(deadLetters.length, 3);
  const [deadLetter] = deadLetters;
  t.like(deadLetter, { stream: 'conversations', kind: 'event', attempts: 1 });
  t.is(deadLetter?.id.length, 64);

  const { stdout } = await stage.run(['dead-letters', 'list']);
  t.regex(stdout, /^ID +STREAM +KIND +TIME +ATTEMPTS +LAST SEEN +REASON\n/);
  t.true(stdout.includes(`${deadLetter?.id.slice(0, 12)}  conversations  event  20`), stdout);

  const shown = JSON.parse((await stage.run(['dead-letters', 'show', deadLetter?.id.slice(0, 8) ?? ''])).stdout);
  t.is(shown.id, deadLetter?.id);
  t.is(shown.content.detail.metadata.id, deadLetter?.id);
  t.is(shown.content.detail.data.eventType, shown.content.detailType);
});

test.serial('a dropped dead letter is gone without being published; the others stay', async (t) => {
  const stage = await withDeadLetters(t);
  const [deadLetter, ...others] = await stage.list();
  const before = stage.bus.arrived.length;
  const asked = await stage.run(['dead-letters', 'drop', deadLetter?.id ?? '']);
  t.is(asked.code, 2);
  t.regex(asked.stderr, /will be removed for good, and not be published.*--yes/);
  const dropped = await stage.run(['dead-letters', 'drop', deadLetter?.id ?? '', '--yes']);
  t.is(dropped.code, 0);
  t.regex(dropped.stdout, new RegExp(`^${deadLetter?.id} removed`));
  t.deepEqual(
    (await stage.list()).map(({ id }) => id),
    others.map(({ id }) => id),
  );
  t.is(stage.bus.arrived.length, before);
});

test.serial('an ID that stands for none or for several dead letters is reported, and nothing is done', async (t) => {
  const stage = await withDeadLetters(t);
  for (const id of ['abc1', 'abc2']) await putDeadLetter(t, stage, { id, content: '{}' });
  for (const command of ['show', 'redrive', 'drop']) {
    const yes = command === 'show' ? [] : ['--yes'];
    const none = await stage.run(['dead-letters', command, 'zzz', ...yes]);
    t.is(none.code, 1);
    t.regex(
      none.stderr,
      /^There is no dead letter whose ID begins with zzz\. Look with: genesys-poller dead-letters list\n/,
    );
    const several = await stage.run(['dead-letters', command, 'abc', ...yes]);
    t.is(several.code, 1);
    t.regex(several.stderr, /^There are 2 dead letters whose ID begins with abc\./);
  }
  t.is((await stage.list()).length, 5);
});

test.serial('an empty ID is wrong usage, and stands for no dead letter even where there is only one', async (t) => {
  const stage = await withDeadLetters(t);
  const [, ...others] = await stage.list();
  t.is((await stage.run(['dead-letters', 'drop', ...others.map(({ id }) => id), '--yes'])).code, 0);
  const before = stage.bus.arrived.length;
  for (const command of [
    ['drop', '', '--yes'],
    ['redrive', '', '--yes'],
    ['redrive', ' ', '--yes'],
    ['show', ''],
  ]) {
    const refused = await stage.run(['dead-letters', ...command]);
    t.is(refused.code, 2, command.join(' '));
    t.regex(refused.stderr, /^genesys-poller: .*'ids'\. An ID must not be empty\.\n/);
  }
  t.is((await stage.list()).length, 1);
  t.is(stage.bus.arrived.length, before);
});

test.serial('a dead letter whose content is not JSON is shown as it is, and is not an event to redrive', async (t) => {
  const stage = await withDeadLetters(t);
  await putDeadLetter(t, stage, { id: 'zzz', content: '{"detail' });
  t.is(JSON.parse((await stage.run(['dead-letters', 'show', 'zzz'])).stdout).content, '{"detail');
  const redriven = await stage.run(['dead-letters', 'redrive', 'zzz', '--yes']);
  t.is(redriven.code, 1);
  t.regex(redriven.stdout, /^zzz still a dead letter: its content is not an event that this version knows/);
});

test.serial('all are dropped only where that is said, and one that names no time shows none anywhere', async (t) => {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  await stage.run(['setup']);
  const malformedPiece = { conversations: [{ originatingDirection: 'outbound' }], totalHits: 1 };
  const on = ({ path }: { path: string }) => path.includes('details/query');
  stage.simulator.faults.add({ on, answer: { body: JSON.stringify(malformedPiece) } });
  t.is((await stage.run(['once'])).code, 0);
  const { id, time } = JSON.parse((await stage.run(['dead-letters', 'list', '--json'])).stdout);
  t.is(time, null);
  t.is(JSON.parse((await stage.run(['dead-letters', 'show', id])).stdout).time, null);
  t.regex((await stage.run(['dead-letters', 'list'])).stdout, / record +- +\d +20/);

  for (const which of [[], ['--all', id]]) {
    const unclear = await stage.run(['dead-letters', 'drop', ...which, '--yes']);
    t.deepEqual([unclear.code, /--all/.test(unclear.stderr)], [2, true]);
  }
  const other = await stage.run(['dead-letters', 'drop', '--all', '--stream', 'event-log', '--yes']);
  t.deepEqual([other.code, other.stderr], [0, 'There are no dead letters\n']);
  const asked = await stage.run(['dead-letters', 'drop', '--all']);
  t.is(asked.code, 2);
  t.regex(asked.stderr, / record {2}- {2}.*This dead letter will be removed for good.*--yes/s);
  const dropped = await stage.run(['dead-letters', 'drop', '--all', '--yes']);
  t.deepEqual([dropped.code, dropped.stdout.startsWith(id)], [0, true]);
  t.is((await stage.run(['dead-letters', 'list'])).stdout, '');
});

for (const [command, published] of [
  ['redrive', 3],
  ['drop --all', 0],
] as const) {
  test.serial(
    `without a reader of its output, ${command} does all that was asked, and releases its leases`,
    async (t) => {
      const stage = await withDeadLetters(t);
      const before = stage.bus.arrived.length;
      const running = stage.start(['dead-letters', ...command.split(' '), '--yes']);
      running.process.stdout?.destroy();
      const { code, stderr } = await running.ended;
      t.is(code, 0, stderr);
      t.is(stage.bus.arrived.length, before + published);
      t.deepEqual(await stage.list(), []);
      const { streams } = JSON.parse((await stage.run(['status', '--json'])).stdout);
      t.deepEqual(
        streams.map(({ lease }: { lease: { holder: string | null } }) => lease.holder),
        [null],
      );
    },
  );
}

test.serial(
  'the same malformed piece of two conversations is two dead letters, and its ID stands for both',
  async (t) => {
    const stage = await setStage();
    t.teardown(stage.close);
    await stage.run(['setup']);
    for (const at of ['2026-11-20T10:00:00.000Z', '2026-11-20T11:00:00.000Z'])
      await putDeadLetter(t, stage, { id: 'zzz', kind: 'record', content: '{}', at });
    t.is((await stage.run(['dead-letters', 'show', 'zzz'])).stdout.match(/"id": "zzz"/g)?.length, 2);
    const dropped = await stage.run(['dead-letters', 'drop', 'zzz', '--yes']);
    t.deepEqual([dropped.code, dropped.stdout.match(/^zzz /gm)?.length], [0, 2]);
    t.is((await stage.run(['dead-letters', 'list'])).stdout, '');
  },
);

test.serial('where there are none, that is no failure', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  await stage.run(['setup']);
  const list = await stage.run(['dead-letters', 'list']);
  t.deepEqual([list.code, list.stdout, list.stderr], [0, '', 'There are no dead letters\n']);
  t.is((await stage.run(['dead-letters', 'redrive', '--yes'])).code, 0);
});
