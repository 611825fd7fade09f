import test from 'ava';
import { deadLetterOfEntry, deadLetterOfRecord } from '../../src/domain/dead-letter.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { type RedriveOptions, redriveOne } from '../../src/pipeline/redrive.ts';
import type { StoredDeadLetter } from '../../src/ports/state-store.ts';
import { testContext } from '../support/request-context.ts';
import { fails, refuses, trouble } from '../support/wire.ts';
import { at, entryOf, type Fixture, fixture } from './fixture.ts';

const DEAD_LETTER: StoredDeadLetter = {
  ...deadLetterOfEntry(entryOf('e1'), 'MalformedDetail: Detail is malformed.', 1, at('09:58')),
  firstSeenAt: at('09:58'),
};

/** A dead letter in the state table, and everything that is needed to publish it after all. */
async function dead(deadLetter = DEAD_LETTER) {
  const f = fixture();
  await f.state.putDeadLetter('conversations', deadLetter, testContext());
  const state: RedriveOptions['state'] = {
    putDeadLetter: (...args) => f.state.putDeadLetter(...args),
    deleteDeadLetter: async (_stream, { time, id }) => void f.state.deadLetters.delete(`${time}#${id}`),
  };
  const { deduplicator, publisher, clock } = f.cycle;
  const parts = {
    deduplicator,
    publisher,
    state,
    clock,
    eventSource: 'new.source',
    oldest: at('09:00'),
    assertMayPublish: () => {},
  };
  const again = (context = testContext(), changed: Partial<RedriveOptions> = {}) =>
    redriveOne('conversations', deadLetter, { ...parts, ...changed }, context);
  return { ...f, again };
}

const done = ({ wire }: Fixture) => wire.names.filter((name) => name !== 'deadLetter.put');

test('a dead letter is published, recorded and then removed, in this order', async (t) => {
  const f = await dead();
  t.deepEqual(await f.again(), { outcome: 'published' });
  t.deepEqual(done(f), ['ids.read', 'bus.put', 'ids.write']);
  t.is(f.state.deadLetters.size, 0);
});

test('it keeps its ID and every byte of its data, and goes out from the source that is configured now', async (t) => {
  const f = await dead();
  await f.again();
  const [sent] = f.bus.accepted;
  const before = JSON.parse(entryOf('e1').detail);
  const after = JSON.parse(sent?.detail ?? '');
  t.is(sent?.event.id, 'e1');
  t.is(sent?.source, 'new.source');
  t.is(JSON.stringify(after.data), JSON.stringify(before.data));
  t.deepEqual(after.metadata, { ...before.metadata, publishedAt: '2026-11-20T10:00:00.000Z' });
});

test('an event that is on the bus already is not published again, and is no dead letter any more', async (t) => {
  const f = await dead();
  f.table.items.set('e1', { id: 'e1', expiresAt: at('23:00') / 1000 });
  t.deepEqual(await f.again(), { outcome: 'known' });
  t.is(f.bus.accepted.length, 0);
  t.is(f.state.deadLetters.size, 0);
});

test('what the bus itself recognises as a repeat was on it already: it is recorded, and no dead letter any more', async (t) => {
  const f = await dead();
  f.wire.script('bus.put', () => [{ status: 'suppressed' }]);
  t.deepEqual(await f.again(), { outcome: 'known' });
  t.true(f.table.items.has('e1'));
  t.is(f.state.deadLetters.size, 0);
});

for (const code of ['MalformedDetail', 'NotAuthorizedForSourceException']) {
  test(`refused again (${code}) it stays a dead letter, with the new reason and one more attempt`, async (t) => {
    const f = await dead();
    f.wire.script(
      'bus.put',
      refuses(code, () => true),
    );
    t.like(await f.again(), { outcome: 'refused' });
    const [deadLetter] = [...f.state.deadLetters.values()];
    t.like(deadLetter, { id: 'e1', attempts: 2, recordedAt: at('10:00'), content: DEAD_LETTER.content });
    t.is(deadLetter?.reason, `${code}: as scripted`);
    t.is(f.table.items.size, 0);
  });
}

test('a request that the bus refuses as a whole leaves the dead letter as it was, and does not stand in the way of others', async (t) => {
  const f = await dead();
  f.wire.always('bus.put', fails(trouble('bus.rejected')));
  t.like(await f.again(), { outcome: 'refused' });
  t.deepEqual([...f.state.deadLetters.values()], [DEAD_LETTER]);
});

test('while the bus cannot be asked, it stays as it was', async (t) => {
  const f = await dead();
  f.wire.always('bus.put', fails(trouble('bus.denied')));
  t.is((await t.throwsAsync<Failure>(f.again())).code, 'bus.denied');
  t.deepEqual([...f.state.deadLetters.values()], [DEAD_LETTER]);
});

test('accepted but not recorded, it stays: no dead letter is removed whose ID is not known', async (t) => {
  const f = await dead();
  f.wire.always('ids.write', fails(trouble('table.denied')));
  await t.throwsAsync(f.again());
  t.is(f.bus.accepted.length, 1);
  t.is(f.state.deadLetters.size, 1);
});

test('interrupted while the bus answers, it is recorded and removed all the same', async (t) => {
  const f = await dead();
  const interrupt = new AbortController();
  f.wire.script('bus.put', async (work, entries, { signal }) => {
    const results = await work(entries);
    interrupt.abort(new Error('Ctrl-C'));
    signal.throwIfAborted();
    return results;
  });
  t.deepEqual(await f.again(testContext(interrupt.signal)), { outcome: 'published' });
  t.true(f.table.items.has('e1'));
  t.is(f.state.deadLetters.size, 0);
});

test('interrupted between two attempts, it is not sent again and stays', async (t) => {
  const f = await dead();
  const interrupt = new AbortController();
  const reason = new Error('Ctrl-C');
  f.wire.always('bus.put', () => {
    interrupt.abort(reason);
    throw trouble('bus.unavailable');
  });
  t.is(await t.throwsAsync(f.again(testContext(interrupt.signal))), reason);
  t.is(f.wire.sent('bus.put').length, 1);
  t.deepEqual([...f.state.deadLetters.values()], [DEAD_LETTER]);
});

test('an event of which it is no longer remembered whether it was published stays, unless repeats are allowed', async (t) => {
  const f = await dead();
  t.deepEqual(await f.again(testContext(), { oldest: at('09:55') + 1 }), { outcome: 'tooOld' });
  t.is(f.bus.accepted.length, 0);
  t.is(f.state.deadLetters.size, 1);
  t.deepEqual(await f.again(testContext(), { oldest: Number.NEGATIVE_INFINITY }), { outcome: 'published' });
});

test('an event that is as old, and is known, is no dead letter any more', async (t) => {
  const f = await dead();
  f.table.items.set('e1', { id: 'e1', expiresAt: at('23:00') / 1000 });
  t.deepEqual(await f.again(testContext(), { oldest: at('09:55') + 1 }), { outcome: 'known' });
  t.is(f.state.deadLetters.size, 0);
});

test('a record is not an event: nothing is sent, and it stays', async (t) => {
  const malformedRecord = { id: 'f1', reason: 'no conversationId', record: { a: 1 } };
  const f = await dead({ ...deadLetterOfRecord(malformedRecord, at('09:58')), firstSeenAt: at('09:58') });
  t.deepEqual(await f.again(), { outcome: 'unpublishable' });
  t.deepEqual(done(f), []);
  t.is(f.state.deadLetters.size, 1);
});
