import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import test, { type ExecutionContext } from 'ava';
import { DynamoDedupTable } from '../../src/aws/dedup-store.ts';
import { DynamoStateStore } from '../../src/aws/state-store.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { updateItem } from '../../src/pipeline/update-item.ts';
import type { SentEntry } from '../../src/sandbox/aws/put-events.ts';
import { localClients } from '../support/aws.ts';
import { testContext } from '../support/request-context.ts';
import { type Stage, setStage } from '../support/stage.ts';

interface Listed {
  readonly id: string;
  readonly stream: string;
  readonly kind: string;
  readonly reason: string;
  readonly attempts: number;
}

/** A caught-up poller to which the bus has refused three events, one of them an `agentAlerted`. */
async function withDeadLetters(t: ExecutionContext): Promise<Stage & { list(): Promise<readonly Listed[]> }> {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);
  const refused = new Set<string>();
  stage.bus.faults.always(() => ({
    kind: 'entries',
    code: 'MalformedDetail',
    which: ({ DetailType = '' }: SentEntry) => {
      const isOne =
        ['agentAlerted', 'dispositionSet', 'conversationEnded'].includes(DetailType) && !refused.has(DetailType);
      if (isOne) refused.add(DetailType);
      return isOne;
    },
  }));
  t.is((await stage.run(['once'])).code, 0);
  stage.bus.faults.none();
  const list = async () => {
    const { stdout, code } = await stage.run(['dead-letters', 'list', '--json']);
    t.is(code, 0);
    return stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Listed);
  };
  return { ...stage, list };
}

/** A dead letter of the stream conversations that is written by hand. */
async function putDeadLetter(
  t: ExecutionContext,
  stage: Stage,
  { id, kind = 'event', content }: { readonly id: string; readonly kind?: string; readonly content: string },
): Promise<void> {
  const text = (value: string) => ({ S: value });
  const time = text('2026-11-20T10:00:00.000Z');
  const client = localClients({ dynamoDb: stage.dynamoDb });
  t.teardown(() => client.close());
  const Item = {
    ...{ pk: text('stage#conversations'), sk: text(`dead-letter#2026-11-20T10:00:00.000Z#${id}`), id: text(id) },
    ...{ time, firstSeenAt: time, lastSeenAt: time, kind: text(kind), content: text(content) },
  };
  await client.dynamoDb.send(new PutItemCommand({ TableName: 'GenesysPollerState', Item }));
}

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

test.serial(
  'redriven, all events are on the bus under their IDs, remembered, and no dead letters any more',
  async (t) => {
    const stage = await withDeadLetters(t);
    const deadLetters = await stage.list();
    const before = stage.bus.arrived.length;
    const redriven = await stage.run(['dead-letters', 'redrive', '--yes']);
    t.is(redriven.code, 0, redriven.stderr);
    for (const { id } of deadLetters)
      t.true(redriven.stdout.includes(`${id} published, and no dead letter any more\n`));
    t.regex(redriven.stderr, /3 published, 0 known already, 0 left/);
    t.deepEqual(
      stage.bus.arrived
        .slice(before)
        .map(({ id }) => id)
        .sort(),
      deadLetters.map(({ id }) => id).sort(),
    );
    t.deepEqual(await stage.list(), []);

    // Read again, they are known; and in the end everything has arrived, once.
    await stage.run(['checkpoint', 'set', 'conversations', '6h', '--yes']);
    t.is((await stage.run(['once'])).code, 0);
    const { lost, repeated, invented } = stage.verdict();
    t.deepEqual({ lost, repeated, invented }, { lost: [], repeated: 0, invented: [] });
  },
);

test.serial('an event that has come to the bus by another way is not published again', async (t) => {
  const stage = await withDeadLetters(t);
  const [deadLetter] = await stage.list();
  // A poller that begins anew meets it again, and this time the bus takes it.
  await stage.run(['checkpoint', 'set', 'conversations', '6h', '--yes']);
  t.is((await stage.run(['once'])).code, 0);
  const before = stage.bus.arrived.length;
  const redriven = await stage.run(['dead-letters', 'redrive', deadLetter?.id ?? '', '--yes']);
  t.is(redriven.code, 0);
  t.regex(redriven.stdout, /was published before; not published again/);
  t.is(stage.bus.arrived.length, before);
  t.is((await stage.list()).length, 2);
});

test.serial(
  'what may be forgotten is redriven only with --allow-repeats, and remembered as long as pollers expect',
  async (t) => {
    const stage = await withDeadLetters(t);
    const { dynamoDb: client } = localClients({ dynamoDb: stage.dynamoDb });
    t.teardown(() => client.destroy());
    const state = new DynamoStateStore({ client, table: 'GenesysPollerState', poller: 'stage', clock: systemClock });
    const [now, ttl] = [Date.now(), 9 * 86_400_000];
    await updateItem(state.dedupHistory, () => [{ from: now, ttl }], testContext());

    const refused = await stage.run(['dead-letters', 'redrive', '--yes']);
    t.is(refused.code, 1);
    t.regex(refused.stdout, /^[0-9a-f]{64} still a dead letter: .*been forgotten; --allow-repeats publishes it$/m);
    t.regex(refused.stderr, /0 published, 0 known already, 3 left/);
    const ids = (await stage.list()).map(({ id }) => id);
    t.is(ids.length, 3);

    const redriven = await stage.run(['dead-letters', 'redrive', '--yes', '--allow-repeats']);
    t.is(redriven.code, 0, redriven.stderr);
    t.deepEqual(await stage.list(), []);
    const published = new DynamoDedupTable({ client, table: 'GenesysEventDedup', clock: systemClock });
    const { found } = await published.read(ids, testContext());
    t.is(found.length, 3);
    for (const { expiresAt } of found) t.true(expiresAt * 1_000 >= now + ttl - 1_000);
  },
);

test.serial('refused again, an event stays a dead letter, with the new reason', async (t) => {
  const stage = await withDeadLetters(t);
  stage.bus.faults.always({ kind: 'entries', code: 'NotAuthorizedForSourceException', which: () => true });
  const redriven = await stage.run(['dead-letters', 'redrive', '--yes']);
  t.is(redriven.code, 1);
  t.regex(redriven.stderr, /0 published, 0 known already, 3 left/);
  const deadLetters = await stage.list();
  t.is(deadLetters.length, 3);
  t.true(deadLetters.every(({ reason, attempts }) => reason.startsWith('NotAuthorizedForSource') && attempts === 2));
});

test.serial('access denied on the bus ends it with the remedy, and every dead letter stays', async (t) => {
  const stage = await withDeadLetters(t);
  stage.bus.faults.denied.add('PutEvents');
  const redriven = await stage.run(['dead-letters', 'redrive', '--yes']);
  t.is(redriven.code, 1);
  t.regex(redriven.stderr, /genesys-poller: AWS denied events:PutEvents.* Allow events:PutEvents/);
  t.is((await stage.list()).length, 3);
});

test.serial('a record in which no event could be identified is not redriven, and the reason is given', async (t) => {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  await stage.run(['setup']);
  const malformedPiece = { conversations: [{ conversationStart: '2026-11-20T10:00:00.000Z' }], totalHits: 1 };
  const on = ({ path }: { path: string }) => path.includes('details/query');
  stage.simulator.faults.add({ on, answer: { body: JSON.stringify(malformedPiece) } });
  t.is((await stage.run(['once'])).code, 0);
  const { stdout } = await stage.run(['dead-letters', 'list', '--json']);
  const { id, kind, reason } = JSON.parse(stdout);
  t.deepEqual([kind, reason], ['record', 'no conversationId']);

  const all = await stage.run(['dead-letters', 'redrive', '--yes']);
  t.is(all.code, 0);
  t.regex(all.stderr, /no event could be identified, so there is none to publish\. .*checkpoint back, or a backfill/);
  const one = await stage.run(['dead-letters', 'redrive', id, '--yes']);
  t.is(one.code, 1, 'it was asked for, and could not be done');
  t.is((await stage.run(['dead-letters', 'list', '--json'])).stdout, stdout);
});

test.serial('while a poller is active nothing is redriven, unless that is explicitly accepted', async (t) => {
  const stage = await withDeadLetters(t);
  const daemon = stage.start(['run']);
  await daemon.line(({ event }) => event === 'cycle.completed');
  const refused = await stage.run(['dead-letters', 'redrive', '--yes']);
  t.is(refused.code, 1);
  t.regex(
    refused.stderr,
    /^Another poller \(\S+\) holds the lease of conversations; waiting for it, 90 s at most\n/,
    'what it waits for',
  );
  t.is(refused.stderr.split('waiting for it').length, 2, 'once');
  t.regex(refused.stderr, /Another poller is running the stream conversations/);
  t.is((await stage.list()).length, 3);

  const done = await stage.run(['dead-letters', 'redrive', '--yes', '--while-polling']);
  t.is(done.code, 0, done.stderr);
  t.deepEqual(await stage.list(), []);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  const { lost, repeated, invented } = stage.verdict();
  t.deepEqual({ lost, repeated, invented }, { lost: [], repeated: 0, invented: [] });
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

test.serial('what is left after a redrive counts the records that cannot be published', async (t) => {
  const stage = await withDeadLetters(t);
  await putDeadLetter(t, stage, { id: 'zzz', kind: 'record', content: '{}' });
  t.regex((await stage.run(['dead-letters', 'redrive', '--yes'])).stderr, /3 published, 0 known already, 1 left/);
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
    const text = (value: string) => ({ S: value });
    const client = localClients({ dynamoDb: stage.dynamoDb });
    t.teardown(() => client.close());
    for (const at of ['2026-11-20T10:00:00.000Z', '2026-11-20T11:00:00.000Z']) {
      const time = text(at);
      const Item = {
        ...{ pk: text('stage#conversations'), sk: text(`dead-letter#${at}#zzz`), id: text('zzz') },
        ...{ time, firstSeenAt: time, lastSeenAt: time, kind: text('record'), content: text('{}') },
      };
      await client.dynamoDb.send(new PutItemCommand({ TableName: 'GenesysPollerState', Item }));
    }
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
