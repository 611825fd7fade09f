import test, { type ExecutionContext } from 'ava';
import type { EventType } from '../../src/domain/catalogue.ts';
import { factId } from '../../src/sandbox/genesys/facts.ts';
import { DAY, HOUR, type LongRun, longRun, MINUTE, type Settings } from './support/long-run.ts';

const LIVE = { streams: ['conversations'] } as const;
/** Voice and e-mail, campaigns and callers, and unknown media; over midnight. */
const ANY_MEDIUM = { callsPerMinute: 0.3, mix: { email: 5, inbound: 15, manual: 10, odd: 10 } };
/** Every code shows with the end of its segment, and stays. */
const PUNCTUAL = { latecomers: { share: 0, changed: 0 } };

/** Ten hours over a midnight with the live stream alone, and what is then wrong with the bus. */
async function tenHours(settings: Partial<Settings>, world: Parameters<typeof longRun>[0]['world']) {
  const run = longRun({
    start: '2026-11-16T19:00:00.000Z',
    settings,
    world: { ...ANY_MEDIUM, logPerMinute: 0, ...world },
  });
  await run.pollUntil(run.startProcess(), run.clock.now() + 7 * HOUR, { every: 10 * MINUTE, ...LIVE });
  run.world.stopNewCalls(run.clock.now());
  await run.pollUntil(run.startProcess(), run.clock.now() + 3 * HOUR, { every: 10 * MINUTE, ...LIVE });
  return run;
}

function assertNothingInvented(t: ExecutionContext, run: LongRun): void {
  const { repeated, invented, delivered } = run.verdict();
  t.deepEqual({ repeated, invented: invented.length }, { repeated: 0, invented: 0 });
  t.true(delivered > 0);
}

const dataOf = (run: LongRun) => run.bus.accepted.map(({ event }) => event.data);
const distinct = (values: readonly unknown[]) => new Set(values.filter((value) => value !== undefined));

for (const scope of ['outbound', 'campaign', 'all'] as const) {
  test(`streams.conversations.scope ${scope}: all of its conversations are published, of whatever medium, and no others`, async (t) => {
    const run = await tenHours({ scope }, { ...PUNCTUAL, emailMs: [HOUR, 2 * HOUR] });
    assertNothingInvented(t, run);
    t.is(run.verdict().lost.length, 0);
    const media = distinct(dataOf(run).map((data) => data.mediaType));
    t.true(media.has('voice') && media.has('email') && media.has('telepathy'));
    t.is(distinct(dataOf(run).map((data) => data.originatingDirection)).size, scope === 'all' ? 2 : 1);
    t.log(`${run.bus.accepted.length} events, media ${[...media].join(' ')}`);
  });
}

test('events.include: those types are published and no others', async (t) => {
  const include: readonly EventType[] = ['conversationStarted', 'dispositionSet'];
  const run = await tenHours({ include }, { ...PUNCTUAL, mix: { email: 0 } });
  assertNothingInvented(t, run);
  t.is(run.verdict().lost.length, 0);
  t.deepEqual([...run.verdict().byType.keys()].sort(), [...include]);
});

test('privacy.phoneNumbers: omitted, masked but for four digits, or as they are; and the ID does not depend on it', async (t) => {
  const ids: string[][] = [];
  const numbers: Record<string, Set<unknown>> = {};
  for (const phoneNumbers of ['omit', 'mask', 'include'] as const) {
    const run = await tenHours({ phoneNumbers }, { ...PUNCTUAL, callsPerMinute: 0.15, emailMs: [HOUR, 2 * HOUR] });
    ids.push([...run.bus.acceptedIds].sort());
    numbers[phoneNumbers] = distinct(dataOf(run).flatMap((data) => [data.ani, data.dnis]));
  }
  t.deepEqual(ids[0], ids[1]);
  t.deepEqual(ids[1], ids[2]);
  t.is(numbers.omit?.size, 0);
  t.true([...(numbers.mask ?? [])].every((number) => /^tel:\+\*+\d{4}$/.test(String(number))));
  t.true([...(numbers.include ?? [])].some((number) => /^tel:\+\d{11}$/.test(String(number))));
  t.true([...(numbers.include ?? [])].some((number) => String(number).includes('@')));
});

// What shows up to four minutes late is met by waiting for it, or by looking again.
const SLOW = { ...PUNCTUAL, delayMs: [0, 4 * MINUTE] as const, mix: { email: 0 } };
for (const [name, settings, losesSome] of [
  ['neither settle nor overlap: the live stream misses what shows late', { settle: 0, overlap: 0 }, true],
  ['settle: it waits for it', { settle: 5 * MINUTE, overlap: 0 }, false],
  ['overlap: it looks again', { settle: 0, overlap: 15 * MINUTE }, false],
] as const) {
  test(name, async (t) => {
    const run = await tenHours(settings, SLOW);
    assertNothingInvented(t, run);
    t.is(run.verdict().lost.length > 0, losesSome);
    t.log(`${run.verdict().lost.length} of ${run.expected().length} missed`);
  });
}

for (const [lookback, query, losesSome] of [
  [DAY, 'changes', true],
  [4 * DAY, 'changes', false],
  [4 * DAY, 'interval', true],
] as const) {
  test(`lookback ${lookback / DAY} d with query ${query}: conversations over three days are ${losesSome ? 'left to reconciliation' : 'followed live'}`, async (t) => {
    const start = '2026-11-16T06:00:00.000Z';
    const world = { callsPerMinute: 0.01, mix: { email: 100 }, emailMs: [70 * HOUR, 72 * HOUR] as const, ...PUNCTUAL };
    const run = longRun({ start, settings: { lookback, query }, world });
    await run.pollUntil(run.startProcess(), run.clock.now() + DAY, LIVE);
    run.world.stopNewCalls(run.clock.now());
    await run.pollUntil(run.startProcess(), run.world.finalAt() + HOUR, LIVE);
    const isOfConversation = ({ eventType }: { readonly eventType: string }) => eventType !== 'outboundEventLogged';
    const onTheBus = new Set(run.bus.acceptedIds);
    const expected = run.expected().filter(isOfConversation);
    const lost = expected.filter((fact) => !onTheBus.has(factId(fact)));
    t.log(`${lost.length} of ${expected.length} missed`);
    t.is(lost.length > 0, losesSome);

    await run.pollUntil(run.startProcess(), run.clock.now() + 5 * HOUR, { every: HOUR });
    t.deepEqual(run.verdict().lost.filter(isOfConversation), []);
  });
}

test('enrich.*: codes bear their names once those are known, and nothing waits for them', async (t) => {
  const run = await tenHours({}, { ...PUNCTUAL, mix: { email: 0 } });
  const named = new Map(run.world.fixtures.wrapUpCodes.map(({ id, name }) => [id, name]));
  const codes = run.bus.accepted.filter(({ event }) => event.eventType === 'dispositionSet');
  for (const { event, detail } of codes) {
    const { names } = JSON.parse(detail) as { names?: Record<string, string> };
    t.is(names?.disposition, named.get(String(event.data.disposition)));
  }
  t.true(codes.some(({ event }) => named.has(String(event.data.disposition))));
  t.true(codes.some(({ event }) => !named.has(String(event.data.disposition))));
});
