import test from 'ava';
import { DynamoDedupStore } from '../../src/aws/dedup-store.ts';
import { DynamoStateStore } from '../../src/aws/state-store.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { updateItem } from '../../src/pipeline/update-item.ts';
import { localClients } from '../support/aws.ts';
import { putDeadLetter, withDeadLetters } from '../support/dead-letters.ts';
import { testContext } from '../support/request-context.ts';
import { setStage } from '../support/stage.ts';

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
    const published = new DynamoDedupStore({ client, table: 'GenesysEventDedup', clock: systemClock });
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

test.serial('what is left after a redrive counts the records that cannot be published', async (t) => {
  const stage = await withDeadLetters(t);
  await putDeadLetter(t, stage, { id: 'zzz', kind: 'record', content: '{}' });
  t.regex((await stage.run(['dead-letters', 'redrive', '--yes'])).stderr, /3 published, 0 known already, 1 left/);
});
