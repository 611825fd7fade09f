import test from 'ava';
import { enrichment } from '../../src/pipeline/enrichment.ts';
import { NameCache } from '../../src/pipeline/name-cache.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import type { Named, Names } from '../../src/ports/names.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { fails, trouble } from '../support/wire.ts';
import { conversation, fixture, HOUR, MINUTE, raisable } from './fixture.ts';

const SALE = '0b1f0b7e-4c6b-4d0a-9b59-1a2b3c4d5e6f';
const LATER = '11111111-2222-4333-8444-555555555555';
const NEVER = '99999999-9999-4999-8999-999999999999';

/** A cache over a list that a test fills. */
function cacheOverList(listed: Named[] = [{ id: SALE, name: 'Sale' }]) {
  const clock = new ManualClock(undefined, { autoAdvance: false });
  const log = recordedLog();
  const closing = new AbortController();
  let readings = 0;
  const faults: ((context: RequestContext) => void | Promise<void>)[] = [];
  const list = {
    async *pages(context: RequestContext) {
      readings++;
      await faults.shift()?.(context);
      yield [...listed];
    },
  };
  const cache = new NameCache({ kind: 'wrapUpCodes', list, clock, log, signal: closing.signal });
  /** Looks a name up, and waits until the reading that this began has ended. */
  const ask = async (id: string) => {
    const name = cache.nameOf(id);
    await settle();
    return name;
  };
  return { clock, log, listed, closing, faults, cache, ask, readings: () => readings };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('nothing waits: the first to ask gets no name, the next one does', async (t) => {
  const { ask, readings } = cacheOverList();
  t.is(await ask(SALE), undefined);
  t.is(await ask(SALE), 'Sale');
  t.is(readings(), 1);
});

test('a cache that was primed knows the names before the first look-up', async (t) => {
  const { cache, ask, readings } = cacheOverList();
  cache.prime();
  cache.prime();
  await settle();
  cache.prime();
  t.is(await ask(SALE), 'Sale');
  t.is(readings(), 1);
});

test('what the dialer calls by a name of its own is never looked up', async (t) => {
  const { ask, readings } = cacheOverList();
  for (const code of ['ININ-OUTBOUND-PREVIEW-SKIPPED', 'OUTBOUND-INVALID-AGENT', '', SALE.slice(1), `${SALE}0`]) {
    t.is(await ask(code), undefined);
  }
  t.is(readings(), 0);
});

test('an unknown ID makes the list be read once, and is not looked for again for ten minutes', async (t) => {
  const { clock, cache, ask, readings } = cacheOverList();
  cache.prime();
  await settle();
  await clock.advance(MINUTE);
  await ask(NEVER);
  t.is(readings(), 2);
  await clock.advance(10 * MINUTE - 1);
  t.is(await ask(NEVER), undefined);
  t.is(readings(), 2);
  await clock.advance(1);
  await ask(NEVER);
  t.is(readings(), 3);
});

test('a code made today has its name with the next reading', async (t) => {
  const { clock, listed, cache, ask } = cacheOverList();
  cache.prime();
  await settle();
  listed.push({ id: LATER, name: 'Made today' });
  await clock.advance(MINUTE);
  t.is(await ask(LATER), undefined);
  t.is(await ask(LATER), 'Made today');
});

test('however many unknown IDs are asked for, the list is read once a minute', async (t) => {
  const { clock, ask, readings } = cacheOverList();
  for (let second = 0; second < 60; second++) {
    await ask(`00000000-0000-4000-8000-0000000000${String(second).padStart(2, '0')}`);
    await clock.advance(1_000);
  }
  t.is(readings(), 1);
  await ask(NEVER);
  t.is(readings(), 2);
});

test('names are read again every hour, since things are renamed; until then the old name serves', async (t) => {
  const { clock, listed, ask, readings } = cacheOverList();
  await ask(SALE);
  listed[0] = { id: SALE, name: 'Sold' };
  await clock.advance(HOUR - 1);
  t.is(await ask(SALE), 'Sale');
  await clock.advance(1);
  t.is(await ask(SALE), 'Sale');
  t.is(await ask(SALE), 'Sold');
  t.is(readings(), 2);
});

test('while the list is being read no second reading begins', async (t) => {
  const { faults, ask, readings } = cacheOverList();
  faults.push(() => new Promise(() => undefined));
  await ask(SALE);
  await ask(NEVER);
  t.is(readings(), 1);
});

test('a reading that fails again is logged, and tried again after a minute, then less and less often', async (t) => {
  const { clock, log, faults, ask, readings } = cacheOverList();
  clock.chance = 1;
  faults.push(fails(trouble('genesys.unreachable')), fails(new TypeError('a defect')));
  await ask(SALE);
  t.like(log.lines, [{ level: 'debug', event: 'enrich.failed', enrich: 'wrapUpCodes', code: 'genesys.unreachable' }]);
  await clock.advance(MINUTE - 1);
  await ask(SALE);
  t.is(readings(), 1);
  await clock.advance(1);
  await ask(SALE);
  t.is(readings(), 2);
  t.like(log.lines[1], { level: 'warn', event: 'enrich.failed', code: 'defect' });
  await clock.advance(2 * MINUTE - 1);
  await ask(SALE);
  t.is(readings(), 2);
  await clock.advance(1);
  await ask(SALE);
  t.is(await ask(SALE), 'Sale');
});

test('without the permission names are given up, with one warning that names it; what is known stays known', async (t) => {
  const { clock, log, faults, ask, readings } = cacheOverList();
  await ask(SALE);
  faults.push(fails(trouble('genesys.permission')));
  await clock.advance(HOUR);
  await ask(SALE);
  for (let hour = 0; hour < 3; hour++) {
    await clock.advance(HOUR);
    t.is(await ask(SALE), 'Sale');
    t.is(await ask(NEVER), undefined);
  }
  t.is(readings(), 2);
  t.is(log.lines.length, 1);
  t.like(log.lines, [{ level: 'warn', event: 'enrich.disabled', code: 'genesys.permission', enrich: 'wrapUpCodes' }]);
});

test('closing the poller cancels a background look-up without a log line', async (t) => {
  const { log, closing, faults, ask } = cacheOverList();
  faults.push(({ signal }) => {
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  await ask(SALE);
  closing.abort(new Error('the poller ends'));
  await settle();
  t.deepEqual(log.lines, []);
});

test('an event bears the names of its wrap-up code and its campaign, as far as they are known and wanted', async (t) => {
  const codes = cacheOverList().cache;
  const campaigns = cacheOverList([{ id: LATER, name: 'Winback' }]).cache;
  const fact = {
    eventType: 'dispositionSet',
    timestamp: '2026-11-20T09:55:00.000Z',
    disposition: SALE,
    outboundCampaignId: LATER,
  } as const;
  const all = enrichment({ wrapUpCodes: codes, campaigns });
  all.prime();
  await settle();
  t.deepEqual(all.of(fact), { disposition: 'Sale', outboundCampaign: 'Winback' });
  t.deepEqual(all.of({ ...fact, disposition: 'ININ-OUTBOUND-STUCK-INTERACTION' }), { outboundCampaign: 'Winback' });
  t.deepEqual(enrichment({ wrapUpCodes: codes, campaigns: undefined }).of(fact), { disposition: 'Sale' });
  t.is(enrichment({ wrapUpCodes: undefined, campaigns: undefined }).of(fact), undefined);
  t.is(all.of({ eventType: 'conversationEnded', timestamp: fact.timestamp }), undefined);
});

test('names are beside the fact, and change neither it nor its ID', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[conversation('c1'), conversation('c2')]];
  let primed = 0;
  const names: Names = {
    prime: () => void primed++,
    of: ({ conversationId }) => (conversationId === 'c1' ? { disposition: 'Sale' } : undefined),
  };
  const acquired = { heldLease: f.heldLeaseOf(), checkpoint: undefined };
  await new StreamRunner({ ...f.cycle, names }, acquired).poll(raisable().signals);
  t.is(primed, 1);
  const [first, second] = f.bus.accepted.map(({ detail }) => JSON.parse(detail));
  t.deepEqual(first.names, { disposition: 'Sale' });
  t.false('names' in second);
  t.false('names' in first.data);
  const bare = fixture();
  bare.source.pagesOf = f.source.pagesOf;
  await new StreamRunner(bare.cycle, { heldLease: bare.heldLeaseOf(), checkpoint: undefined }).poll(raisable().signals);
  t.deepEqual(f.bus.acceptedIds, bare.bus.acceptedIds);
});
