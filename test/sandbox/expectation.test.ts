import test from 'ava';
import { factId } from '../../src/sandbox/genesys/facts.ts';
import { createWorld } from '../../src/sandbox/genesys/world.ts';
import { expectation } from '../../src/sandbox/services.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const HOUR = 3_600_000;
const ORIGIN = NOW - 2 * HOUR;

function busyWorld() {
  return createWorld({ seed: 7, now: () => NOW, historyMs: 2 * HOUR, historyPerMinute: 2, logPerMinute: 1 });
}

test('without an end, everything that lasted is required, and what was corrected may have been seen', (t) => {
  const world = busyWorld();
  const { required, optional } = expectation(world, { origin: ORIGIN, logOrigin: ORIGIN });
  const facts = [...world.facts()].filter(
    ({ eventType, originatingDirection }) => eventType === 'outboundEventLogged' || originatingDirection === 'outbound',
  );
  const ids = (lasting: boolean) =>
    facts.filter(({ goneAt }) => (goneAt === undefined) === lasting).map((fact) => factId(fact));
  t.deepEqual(
    required.map(({ id }) => id),
    ids(true),
  );
  t.deepEqual(
    optional.map(({ id }) => id),
    ids(false),
  );
  t.true(required.length > 100);
  t.true(optional.length > 0);
});

test('a conversation that still changes is not required yet, and none of it is an invention', (t) => {
  const world = busyWorld();
  const all = expectation(world, { origin: ORIGIN, logOrigin: ORIGIN });
  const until = NOW - HOUR;
  const cut = expectation(world, { origin: ORIGIN, logOrigin: ORIGIN, until });
  t.is(cut.required.length + cut.optional.length, all.required.length + all.optional.length);
  const required = new Set(cut.required.map(({ id }) => id));
  const lastChange = new Map<string, number>();
  for (const { conversationId, visibleAt, goneAt = visibleAt } of world.facts())
    lastChange.set(conversationId, Math.max(visibleAt, goneAt, lastChange.get(conversationId) ?? 0));
  const ofConversations = [...world.facts()].filter(({ eventType }) => eventType !== 'outboundEventLogged');
  for (const fact of ofConversations.filter((fact) => required.has(factId(fact))))
    t.true((lastChange.get(fact.conversationId) ?? 0) <= until);
  t.true(required.size > 50);
  t.true(required.size < all.required.length);
});

test('the dialer log is required from where it began to be read, entry by entry', (t) => {
  const entries = (period: Parameters<typeof expectation>[1]) =>
    expectation(busyWorld(), period).required.filter(({ eventType }) => eventType === 'outboundEventLogged').length;
  t.is(entries({ origin: ORIGIN }), 0);
  const all = entries({ origin: ORIGIN, logOrigin: ORIGIN });
  const first = entries({ origin: ORIGIN, logOrigin: ORIGIN, until: NOW - HOUR });
  t.true(first > 0);
  t.true(first < all);
});
