import test from 'ava';
import fc from 'fast-check';
import { AUDIT_STATUSES, AuditCount, type AuditLimits, auditStatusOf, totalOf } from '../../src/domain/audit.ts';

const at = (time: string) => Date.parse(`2026-11-${time}:00.000Z`);

const LIMITS: AuditLimits = {
  publishingPeriods: [
    { start: at('12T00:00'), end: at('13T00:00') },
    { start: at('16T00:00'), end: Number.POSITIVE_INFINITY },
  ],
  rememberedSince: at('14T10:00'),
  watermark: at('20T09:59'),
};
const NO_TRACE = { isRemembered: false, isDeadLetter: false };

test('an event without a trace is missing where the poller has read, publishing was its task, and it would remember', (t) => {
  t.is(auditStatusOf(at('16T00:00'), NO_TRACE, LIMITS), 'missing');
  t.is(auditStatusOf(at('18T12:00'), NO_TRACE, LIMITS), 'missing');
  t.is(auditStatusOf(at('20T09:59') - 1, NO_TRACE, LIMITS), 'missing');
});

test('what the poller has not come to is not due, from its checkpoint on', (t) => {
  t.is(auditStatusOf(at('20T09:59'), NO_TRACE, LIMITS), 'notDue');
  t.is(auditStatusOf(at('20T09:59'), NO_TRACE, { ...LIMITS, watermark: Number.POSITIVE_INFINITY }), 'missing');
});

test('what was before the poller began, or between its tasks, was not to be published', (t) => {
  t.is(auditStatusOf(at('16T00:00') - 1, NO_TRACE, LIMITS), 'beforeBeginning');
  t.is(auditStatusOf(at('13T00:00'), NO_TRACE, LIMITS), 'beforeBeginning');
  t.is(auditStatusOf(at('12T00:00') - 1, NO_TRACE, LIMITS), 'beforeBeginning');
  t.is(auditStatusOf(at('18T12:00'), NO_TRACE, { ...LIMITS, publishingPeriods: [] }), 'beforeBeginning');
});

test('what is older than the deduplication period is uncertain', (t) => {
  t.is(auditStatusOf(at('12T00:00'), NO_TRACE, LIMITS), 'tooOld');
  const longer = { ...LIMITS, rememberedSince: at('12T12:00') };
  t.is(auditStatusOf(at('12T12:00') - 1, NO_TRACE, longer), 'tooOld');
  t.is(auditStatusOf(at('12T12:00'), NO_TRACE, longer), 'missing');
});

test('an ID that is remembered proves publication whenever the event was, and whatever else is known of it', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: at('01T00:00'), max: at('30T00:00') }), fc.boolean(), (timestamp, isDeadLetter) => {
      t.is(auditStatusOf(timestamp, { isRemembered: true, isDeadLetter }, LIMITS), 'published');
    }),
  );
});

test('a dead letter is called one whenever the event was', (t) => {
  for (const timestamp of [at('01T00:00'), at('12T00:00'), at('18T00:00'), at('25T00:00')]) {
    t.is(auditStatusOf(timestamp, { isRemembered: false, isDeadLetter: true }, LIMITS), 'deadLetter');
  }
});

test('the figures of all types add up to the total, and all standings to what the source has', (t) => {
  const count = new AuditCount();
  t.is(totalOf(count.total), 0);
  for (const standing of AUDIT_STATUSES) count.add('contactDialed', standing);
  count.add('queueEntered', 'missing');
  count.add('queueEntered', 'missing');
  t.deepEqual(Object.fromEntries(count.byType), {
    contactDialed: { published: 1, missing: 1, deadLetter: 1, notDue: 1, beforeBeginning: 1, tooOld: 1 },
    queueEntered: { published: 0, missing: 2, deadLetter: 0, notDue: 0, beforeBeginning: 0, tooOld: 0 },
  });
  t.deepEqual(count.total, { published: 1, missing: 3, deadLetter: 1, notDue: 1, beforeBeginning: 1, tooOld: 1 });
  t.is(totalOf(count.total), 8);
});
