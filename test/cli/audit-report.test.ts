import test from 'ava';
import type { AuditResult, Missing } from '../../src/audit/audit.ts';
import { type Audited, auditJson, auditText, isComplete, stillMissing } from '../../src/cli/audit-report.ts';
import { AuditCount, type AuditStatus } from '../../src/domain/audit.ts';
import type { EventType } from '../../src/domain/catalogue.ts';

const at = (text: string) => Date.parse(`2026-11-${text}:00.000Z`);
const PERIOD = { start: at('18T00:00'), end: at('19T00:00') };

function audited(
  counted: readonly (readonly [EventType, AuditStatus])[],
  more: Partial<Audited & AuditResult> = {},
): Audited {
  const count = new AuditCount();
  for (const [eventType, standing] of counted) count.add(eventType, standing);
  const missing = counted.flatMap(([eventType, standing], n): Missing[] =>
    standing === 'missing' ? [{ id: `id-${n}`, eventType, timestamp: at('18T03:12'), conversationId: `c-${n}` }] : [],
  );
  const limits = {
    publishingPeriods: [{ start: at('01T08:00'), end: Number.POSITIVE_INFINITY }],
    rememberedSince: at('14T01:20'),
    watermark: at('20T01:19'),
  };
  return {
    ...{ poller: 'default', scope: 'outbound', period: PERIOD, dedupTtl: 7 * 86_400_000, isLiveEnabled: true },
    ...more,
    result: {
      audited: PERIOD,
      count,
      missing,
      unread: [],
      malformed: 0,
      limits,
      guaranteed: at('19T21:40'),
      ...more,
    },
  };
}

const FOUND = audited([
  ['dispositionSet', 'published'],
  ['dispositionSet', 'missing'],
  ['conversationStarted', 'published'],
  ['queueExited', 'deadLetter'],
]);

test('people get the figures by type, in the order of a call, the missing, what to do, and what it all rests on', (t) => {
  t.deepEqual(auditText(FOUND).split('\n'), [
    'poller default, scope outbound, 2026-11-18T00:00:00.000Z to 2026-11-19T00:00:00.000Z',
    '',
    'EVENT TYPE           IN GENESYS  PUBLISHED  MISSING  DEAD LETTERS  NOT DUE YET  BEFORE BEGINNING  TOO OLD TO TELL',
    'conversationStarted  1           1          0        0             0            0                 0',
    'queueExited          1           0          0        1             0            0                 0',
    'dispositionSet       2           1          1        0             0            0                 0',
    'all                  4           2          1        1             0            0                 0',
    '',
    'MISSING         TIME                      CONVERSATION  ID',
    'dispositionSet  2026-11-18T03:12:00.000Z  c-1           id-1',
    '',
    '1 missing',
    'Add --repair to publish them',
    'For dead letters: genesys-poller dead-letters list, and dead-letters redrive',
    '',
    "- Genesys's data lake is complete up to 2026-11-19T21:40:00.000Z",
    '- The live stream has read up to 2026-11-20T01:19:00.000Z: what is later, and not published, is not due yet',
    '- The poller was to publish since 2026-11-01T08:00:00.000Z: an unpublished event outside of that does not count as missing',
    '- Publication is remembered for dedup.ttl, 7d, a day of which is margin: whether an event from before 2026-11-14T01:20:00.000Z was published is unknown unless its ID is remembered',
    "- What Genesys adds later to these conversations is in no figure, and neither is the dialer's event log (outboundEventLogged), which cannot be asked for a past period",
  ]);
});

test('programs get all of it in one object of one line', (t) => {
  const json = auditJson(FOUND);
  t.false(json.includes('\n'));
  const figures = { source: 0, published: 0, missing: 0, deadLetter: 0, notDue: 0, beforeBeginning: 0, tooOld: 0 };
  t.deepEqual(JSON.parse(json), {
    ok: false,
    poller: 'default',
    scope: 'outbound',
    from: '2026-11-18T00:00:00.000Z',
    to: '2026-11-19T00:00:00.000Z',
    auditedTo: '2026-11-19T00:00:00.000Z',
    events: { ...figures, source: 4, published: 2, missing: 1, deadLetter: 1 },
    byType: {
      conversationStarted: { ...figures, source: 1, published: 1 },
      queueExited: { ...figures, source: 1, deadLetter: 1 },
      dispositionSet: { ...figures, source: 2, published: 1, missing: 1 },
    },
    missing: [
      { id: 'id-1', eventType: 'dispositionSet', timestamp: '2026-11-18T03:12:00.000Z', conversationId: 'c-1' },
    ],
    missingNotListed: 0,
    unidentified: 0,
    unread: [],
    limits: {
      rememberedSince: '2026-11-14T01:20:00.000Z',
      guaranteed: '2026-11-19T21:40:00.000Z',
      reached: '2026-11-20T01:19:00.000Z',
      tasks: [{ from: '2026-11-01T08:00:00.000Z' }],
      notCovered: ['outboundEventLogged'],
    },
  });
});

test('people are shown the first twenty of what is missing; what was not kept is counted for programs too', (t) => {
  const many = audited(Array.from({ length: 25 }, () => ['contactDialed', 'missing'] as const));
  const text = auditText(many);
  t.is(text.split('\n').filter((line) => line.includes('id-')).length, 20);
  t.regex(text, /\nand 5 more: see --json\n/);
  const cut = { ...many, result: { ...many.result, missing: many.result.missing.slice(0, 10) } };
  t.is(JSON.parse(auditJson(cut)).missingNotListed, 15);
  t.regex(auditText(cut), /\nand 15 more: see --json\n/);
});

test('the report says that nothing is missing of all of the period, or of what is known', (t) => {
  t.regex(auditText(audited([['contactDialed', 'published']])), /\n\nNothing is missing\n\n/);
  const cut = { start: PERIOD.start, end: at('18T20:00') };
  const limited = [
    audited([['contactDialed', 'tooOld']]),
    audited([['contactDialed', 'published']], { audited: cut, guaranteed: cut.end }),
  ];
  for (const one of limited) t.regex(auditText(one), /\n\nNothing is missing of what is known\n\n/);
  t.regex(
    auditText(limited[1] as Audited),
    /complete up to 2026-11-18T20:00:00\.000Z: what is from there to 2026-11-19T00:00:00\.000Z was not audited\n/,
  );
});

test('what could not be read is named, and nothing is called complete because of it', (t) => {
  const one = audited([['contactDialed', 'published']], {
    unread: [{ start: at('18T02:00'), end: at('18T03:10') }],
  });
  t.false(isComplete(one));
  t.like(JSON.parse(auditJson(one)), {
    ok: false,
    unread: [{ from: '2026-11-18T02:00:00.000Z', to: '2026-11-18T03:10:00.000Z' }],
  });
  t.regex(auditText(one), /\n\nNothing is missing of what is known\n\n/);
  t.regex(auditText(one), /from 2026-11-18T02:00:00\.000Z to 2026-11-18T03:10:00\.000Z could not be read/);
});

test('after a repair, what is on the bus now is not missing any more', (t) => {
  const three = audited([
    ['contactDialed', 'missing'],
    ['contactDialed', 'missing'],
    ['contactDialed', 'missing'],
  ]);
  t.is(stillMissing(three), 3);
  t.is(stillMissing({ ...three, repair: { published: 2, known: 1, refused: 0 } }), 0);
  const partly = { ...three, repair: { published: 1, known: 1, refused: 1 } };
  t.is(stillMissing(partly), 1);
  const text = auditText(partly);
  t.regex(
    text,
    /\n3 missing\nRepair: 1 published, 1 found published meanwhile, 1 refused by the bus and stored as dead letters\nFor dead letters: /,
  );
  t.false(text.includes('--repair publishes'));
  t.like(JSON.parse(auditJson(partly)), { ok: false, repair: { published: 1, known: 1, refused: 1 } });
  t.true(JSON.parse(auditJson({ ...three, repair: { published: 3, known: 0, refused: 0 } })).ok);
});

test('the limits are those of the case', (t) => {
  const { limits } = FOUND.result;
  const of = (more: Partial<Audited & AuditResult>) => auditText(audited([], more));
  const unlimited = { ...limits, watermark: Number.POSITIVE_INFINITY };
  t.regex(of({ limits: unlimited }), /\n- The live stream is not running: nothing is waited for\n/);
  t.regex(of({ isLiveEnabled: false }), /\n- The reconciliation has read up to /);
  t.regex(of({ malformed: 2 }), /\n- Pieces of records in which no event could be identified, in no figure above: 2\n/);
  t.regex(
    of({ limits: { ...limits, publishingPeriods: [] } }),
    /\n- No poller has begun yet: nothing was to be published\n/,
  );
  const publishingPeriods = [{ start: at('10T00:00'), end: at('12T00:00') }, ...limits.publishingPeriods];
  t.regex(
    of({ limits: { ...limits, publishingPeriods } }),
    / from 2026-11-10T\S+Z to 2026-11-12T\S+Z \(backfill\) and since 2026-11-01T/,
  );
  const json = JSON.parse(auditJson(audited([], { limits: { ...unlimited, publishingPeriods } })));
  t.deepEqual(json.limits.tasks, [
    { from: '2026-11-10T00:00:00.000Z', to: '2026-11-12T00:00:00.000Z' },
    { from: '2026-11-01T08:00:00.000Z' },
  ]);
  t.false('reached' in json.limits);
});
