import test from 'ava';
import fc from 'fast-check';
import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { deriveConversation } from '../../src/domain/derive.ts';
import { type Fact, factId, factKey } from '../../src/sandbox/genesys/facts.ts';
import { createWorld, type WorldOptions } from '../../src/sandbox/genesys/world.ts';
import { conversation } from '../support/simulated-genesys.ts';

const START = Date.parse('2026-11-20T10:00:00.000Z');
const HOUR = 3_600_000;
const SECOND = 1_000;

/** A lively world of five minutes after a day of history; its clock stands at the end of everything. */
function livedThrough(options: Partial<WorldOptions> = {}) {
  let now = START;
  const world = createWorld({
    seed: 7,
    now: () => now,
    historyMs: 25 * HOUR,
    pace: 0.05,
    delayMs: [0, 800],
    until: START + 5 * 60 * SECOND,
    ...options,
  });
  now = world.finalAt();
  return { world, now, facts: [...world.facts()] };
}

/** The world as most tests look at it. */
const usual = livedThrough();

const ofConversations = (facts: readonly Fact[]) => facts.filter((fact) => fact.eventType !== 'outboundEventLogged');
const keys = (facts: readonly Fact[]) => facts.map(factKey).sort();

test('the same seed tells the same world, whenever and however often it is looked at', (t) => {
  const short = { historyMs: HOUR, pace: 0.05, delayMs: [0, 800], until: START + 60 * SECOND } as const;
  let now = START;
  const stepwise = createWorld({ seed: 7, now: () => now, ...short });
  for (; now < START + 200 * SECOND; now += 7_321) stepwise.recordsAt(now);
  const { world, now: end, facts } = livedThrough(short);
  t.deepEqual([...stepwise.facts()], facts);
  t.deepEqual(stepwise.recordsAt(end), world.recordsAt(end));
  t.deepEqual(stepwise.logEntriesAt(end), world.logEntriesAt(end));
});

test('another seed tells another world', (t) => {
  const ids = (seed: number) =>
    new Set(livedThrough({ seed, historyMs: HOUR }).facts.map((fact) => fact.conversationId));
  const first = ids(1);
  t.true([...ids(2)].every((id) => !first.has(id)));
});

test('the ledger names no fact twice', (t) => {
  const { facts } = usual;
  t.is(new Set(keys(facts)).size, facts.length);
});

test('in the end the records show the facts of the ledger, all but those that were taken back, and no others', (t) => {
  const { world, now, facts } = usual;
  const derived = world.recordsAt(now).flatMap((record) => deriveConversation(record, 'mask'));
  t.deepEqual(
    derived.flatMap(({ malformed }) => malformed),
    [],
  );
  const expected = ofConversations(facts).filter((fact) => fact.goneAt === undefined);
  t.deepEqual(derived.flatMap(({ events }) => events.map(({ id }) => id)).sort(), expected.map(factId).sort());
});

test('at any time the records show exactly the facts that the ledger calls visible', (t) => {
  const { world, now, facts } = livedThrough({ historyMs: 0 });
  fc.assert(
    fc.property(fc.integer({ min: START, max: now }), (time) => {
      const shown = world.recordsAt(time).flatMap((record) => deriveConversation(record, 'mask').events);
      const visible = ofConversations(facts).filter(
        (fact) => fact.visibleAt <= time && !((fact.goneAt ?? Number.POSITIVE_INFINITY) <= time),
      );
      t.deepEqual(shown.map(({ id }) => id).sort(), visible.map(factId).sort());
    }),
    { numRuns: 40 },
  );
});

test('the dialer log shows the facts that the ledger names', (t) => {
  const { world, now, facts } = usual;
  const logged = facts.filter((fact) => fact.eventType === 'outboundEventLogged');
  t.true(logged.length > 1_000);
  t.deepEqual(
    world.logEntriesAt(now).map((entry) => [entry.id, Date.parse(entry.timestamp), entry.eventMessage.code ?? '']),
    logged.map((fact) => [fact.conversationId, fact.timestamp, fact.qualifier]),
  );
});

test('every event type of the catalogue comes to pass, and every kind of lateness', (t) => {
  const { facts } = usual;
  t.deepEqual([...new Set(facts.map((fact) => fact.eventType))].sort(), [...EVENT_TYPES].sort());
  t.deepEqual([...new Set(facts.map((fact) => fact.lateness))].sort(), ['changed', 'late', 'prompt']);
});

test('a late code shows as late as it was asked for, and no earlier', (t) => {
  const { facts } = livedThrough({
    historyMs: 0,
    callsPerMinute: 120,
    delayMs: [0, 0],
    latecomers: { share: 1, by: [[60_000, 61_000]], changed: 0 },
  });
  const codes = facts.filter((fact) => fact.eventType === 'dispositionSet');
  t.true(codes.length > 100);
  // Records in whole seconds are dated up to a second too early.
  t.true(codes.every((fact) => fact.lateness === 'late' && fact.visibleAt - fact.timestamp >= 60_000));
  t.true(codes.every((fact) => fact.visibleAt - fact.timestamp < 62_000));
});

test('a changed code takes the place of the first, which is gone from then on', (t) => {
  const { facts } = livedThrough({ historyMs: 0, callsPerMinute: 120, latecomers: { changed: 1 } });
  const gone = facts.filter((fact) => fact.goneAt !== undefined);
  t.true(gone.length > 100);
  for (const first of gone) {
    const second = facts.find((fact) => fact.sessionId === first.sessionId && fact.lateness === 'changed');
    t.is(second?.visibleAt, first.goneAt);
    t.is(second?.timestamp, first.timestamp);
    t.not(second?.qualifier, first.qualifier);
  }
});

test('two agents hang up in the same millisecond of one conversation', (t) => {
  const { facts } = usual;
  const ends = facts.filter((fact) => fact.eventType === 'agentCallDisconnected');
  const together = new Set<string>();
  const pairs = ends.filter((fact) => {
    const timestamp = `${fact.conversationId} ${fact.timestamp}`;
    return together.has(timestamp) || !together.add(timestamp);
  });
  t.true(pairs.length > 10);
});

test('some agents are alerted and never connected', (t) => {
  const { facts } = usual;
  const connected = new Set(
    facts.filter((fact) => fact.eventType === 'agentCallConnected').map((fact) => fact.sessionId),
  );
  const alerts = facts.filter((fact) => fact.eventType === 'agentAlerted' && !connected.has(fact.sessionId));
  t.true(alerts.length > 10);
});

test('every UTC midnight is crossed by a conversation', (t) => {
  const { facts } = livedThrough({ historyMs: 49 * HOUR, historyPerMinute: 0.01 });
  for (const midnight of ['2026-11-19T00:00:00.000Z', '2026-11-20T00:00:00.000Z'].map((text) => Date.parse(text))) {
    const crossing = facts.filter(
      (fact) =>
        fact.eventType === 'conversationEnded' &&
        fact.conversationStart < midnight &&
        fact.timestamp >= midnight &&
        fact.timestamp < midnight + HOUR,
    );
    t.true(crossing.length >= 2);
  }
});

test('an e-mail from the beginning of the past is answered only in the present', (t) => {
  const { facts } = usual;
  const email = facts.find(
    (fact) => fact.eventType === 'conversationEnded' && fact.conversationStart === START - 25 * HOUR,
  );
  t.is(email?.timestamp, START + 600 * SECOND * 0.05);
});

test('once new calls have stopped, all that goes on runs to its end and then nothing changes any more', (t) => {
  let now = START;
  const world = createWorld({ seed: 3, now: () => now, callsPerMinute: 120, delayMs: [0, 5_000] });
  now += 60 * SECOND;
  world.stopNewCalls(now);
  const final = world.finalAt();
  t.true(final > now);
  t.notDeepEqual(world.recordsAt(final), world.recordsAt(final - 1));
  now = final + 24 * HOUR;
  t.deepEqual(world.recordsAt(now), world.recordsAt(final));
  t.is(world.finalAt(), final);
  t.is(world.nextArrival(), Number.POSITIVE_INFINITY);
  t.true(world.recordsAt(now).every((record) => record.conversationEnd));
  const starts = [...world.facts()].filter((fact) => fact.eventType === 'conversationStarted');
  t.true(starts.every((fact) => fact.timestamp < START + 60 * SECOND));
});

test('the past is as sparse, and the present as busy, as asked for', (t) => {
  const { facts } = livedThrough({ historyMs: 10 * HOUR, historyPerMinute: 2, callsPerMinute: 60 });
  const starts = facts.filter((fact) => fact.eventType === 'conversationStarted').map((fact) => fact.timestamp);
  const past = starts.filter((time) => time < START).length;
  t.true(past > 1_100 && past < 1_300, `${past} in ten hours`);
  t.true(starts.length - past > 240 && starts.length - past < 360, `${starts.length - past} in five minutes`);
});

test('a share of the conversations is of no campaign, and some are not outbound', (t) => {
  const starts = usual.facts.filter((fact) => fact.eventType === 'conversationStarted');
  t.true(starts.some((fact) => fact.originatingDirection === 'inbound' && !fact.campaign));
  t.true(starts.some((fact) => fact.originatingDirection === 'outbound' && !fact.campaign));
  t.true(starts.filter((fact) => fact.campaign).length > starts.length / 2);
});

test('a conversation written by hand shows what was written, from when it was said', (t) => {
  const world = createWorld({ seed: 1, now: () => START, callsPerMinute: 0, logPerMinute: 0 });
  const begun = conversation('c1', '2026-11-20T09:00:00.000Z');
  const ended = conversation('c1', '2026-11-20T09:00:00.000Z', '2026-11-20T09:01:00.000Z');
  world.add([begun, { ...ended, at: begun.at + 61 * SECOND }]);
  t.deepEqual(world.recordsAt(begun.at - 1), []);
  t.deepEqual(world.recordsAt(begun.at), [begun.record]);
  t.deepEqual(world.recordsAt(begun.at + 61 * SECOND), [ended.record]);
  t.is(world.finalAt(), begun.at + 61 * SECOND);
});

test('a bulk of calls is spread evenly, and every one is different', (t) => {
  const world = createWorld({
    seed: 1,
    now: () => START,
    callsPerMinute: 0,
    logPerMinute: 0,
    bulk: { count: 5_000, from: START - HOUR, to: START - HOUR / 2 },
  });
  const records = world.recordsAt(START);
  t.is(new Set(records.map((record) => record.conversationId)).size, 5_000);
  t.is(records[0]?.conversationStart, '2026-11-20T09:00:00.000Z');
  t.is(records[2_500]?.conversationStart, '2026-11-20T09:15:00.000Z');
  t.is([...world.facts()].length, 4 * 5_000);
});
