import test from 'ava';
import { at, HOUR } from '../pipeline/fixture.ts';
import { answerLost, fails, hangs, trouble } from '../support/wire.ts';
import { callOf, desk, live, YESTERDAY } from './support/backfill.ts';

test('a piece that cannot be read is left out at once, and the rest of the period is published', async (t) => {
  const d = desk([callOf('before', 1, 2), callOf('after', 20, 21)]);
  const readable = d.jobs.pagesOf;
  const [from, to] = [YESTERDAY.start + 9 * HOUR, YESTERDAY.start + 10 * HOUR];
  d.jobs.pagesOf = (window) => {
    if (window.start < to && window.end > from) throw trouble('genesys.tooLarge');
    return readable(window);
  };
  const outcome = await d.start().outcome;
  t.is(outcome.status, 'incomplete');
  t.deepEqual(d.published(), ['before 1', 'before 2', 'after 20', 'after 21']);
  const gaps = d.logged('gap.detected');
  t.like(outcome, { gaps: gaps.length });
  t.true(Date.parse(String(gaps[0]?.gapStart)) <= from);
  t.true(Date.parse(String(gaps.at(-1)?.gapEnd)) >= to);
  d.jobs.pagesOf = readable;
  t.deepEqual(await d.start().outcome, { status: 'completed' }, 'the same command reads all of it again');
});

/** Nothing of these hours can be read; what follows fails once, and after that everything is readable. */
function brokenUntilTheNextFailure(d: ReturnType<typeof desk>, step: 'submit' | 'results') {
  const [from, to] = [YESTERDAY.start + 9 * HOUR, YESTERDAY.start + 10 * HOUR];
  const pagesOf = d.jobs.pagesOf;
  const submit = d.jobs.submit.bind(d.jobs);
  let isBroken = true;
  const failOnce = (window: { readonly start: number }) => {
    if (!isBroken || window.start < to) return;
    isBroken = false;
    throw trouble('genesys.unreachable');
  };
  d.jobs.pagesOf = (window) => {
    if (step === 'results') failOnce(window);
    if (isBroken && window.start < to && window.end > from) throw trouble('genesys.tooLarge');
    return pagesOf(window);
  };
  d.jobs.submit = async (window, context) => {
    if (step === 'submit') failOnce(window);
    return submit(window, context);
  };
}

test('a piece that could not be read is a gap, though a later piece of its window fails and is resumed', async (t) => {
  const d = desk([callOf('before', 1, 2), callOf('within', 9.2, 9.8), callOf('after', 20, 21)]);
  brokenUntilTheNextFailure(d, 'results');
  t.is((await d.start().outcome).status, 'incomplete');
  t.deepEqual(d.published(), ['before 1', 'before 2', 'after 20', 'after 21']);
});

test('a piece that can be read after all, when the rest of its window is read again, is no gap', async (t) => {
  const d = desk([callOf('before', 1, 2), callOf('within', 9.99, 9.995), callOf('after', 20, 21)]);
  brokenUntilTheNextFailure(d, 'submit');
  const outcome = await d.start().outcome;
  const gaps = d.logged('gap.detected');
  t.true(gaps.length > 1);
  t.like(outcome, { status: 'incomplete', gaps: gaps.length - 1 }, 'the last piece is the one that is read again');
  t.deepEqual(d.published(), ['before 1', 'before 2', 'within 9.99', 'within 9.995', 'after 20', 'after 21']);
});

test('a stop ends it cleanly: what was read is on the bus, the lease is released, the window is read again', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  const run = d.start();
  d.wire.script('bus.put', (work, entries) => {
    run.stop();
    return work(entries);
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
  t.deepEqual(d.published(), ['c 5', 'c 7']);
  t.true((d.checkpoint()?.watermark ?? 0) < YESTERDAY.end);
  t.is(d.state.leases.get('backfill')?.holder, '');
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.is(d.bus.accepted.length, 2);
});

test('a stop while it waits for the lease, or before it has begun, is no failure', async (t) => {
  for (const name of ['lease.read', 'checkpoint.read'] as const) {
    const d = desk([], live(YESTERDAY.end, at('10:00')));
    d.wire.always(name, hangs);
    const run = d.start();
    await new Promise((resolve) => setImmediate(resolve));
    run.stop();
    t.deepEqual(await run.outcome, { status: 'interrupted' });
  }
});

test('trouble that passes is outlasted with growing pauses, and nothing is lost or repeated', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.jobs.script('submit', undefined, fails(trouble('genesys.unreachable')), fails(trouble('genesys.throttled')));
  d.wire.script('checkpoint.write', answerLost(trouble('table.unavailable')));
  d.wire.script('bus.put', fails(trouble('table.unavailable')));
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.deepEqual(d.published(), ['c 5', 'c 7']);
  t.true(d.clock.slept.includes(5_000 * 0.75));
  t.true(d.clock.slept.includes(10_000 * 0.75));
});

test('trouble that does not pass, or does so too seldom, ends it after five failures in a row', async (t) => {
  const d = desk();
  const down = fails(trouble('genesys.unreachable'));
  d.jobs.script('submit', down, down, down, down, undefined, down, down, down, down, down);
  t.like(await d.start().outcome, { status: 'failed', failure: { code: 'genesys.unreachable' } });
  t.is(d.logged('cycle.failed').length, 9);
  t.is(d.checkpoint()?.watermark, YESTERDAY.start + 5 * HOUR);
});

test('a stop in a pause after trouble ends it', async (t) => {
  const d = desk();
  d.jobs.script('submit', fails(trouble('genesys.unreachable')));
  const run = d.start({
    onProgress: ({ conversations }) => {
      if (conversations === 0 && d.logged('cycle.failed').length > 0) run.stop();
    },
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
});

test('a run that is stopped while IDs are unrecorded records them, and the same run publishes nothing twice', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.wire.script('ids.write', fails(trouble('table.unavailable')));
  const run = d.start({
    onProgress: ({ published }) => {
      if (published > 0) run.stop();
    },
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
  t.is(d.table.items.size, 2);
  t.is(d.logged('ids.notRecorded').length, 0);
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.deepEqual(d.published(), ['c 5', 'c 7']);
});

test('a run that ends while the dedup table cannot be written says which events the next one publishes again', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.wire.always('ids.write', fails(trouble('table.denied')));
  t.like(await d.start().outcome, { status: 'failed', failure: { code: 'table.denied' } });
  t.like(d.logged('ids.notRecorded'), [{ level: 'warn', stream: 'backfill' }]);
  t.is(d.state.leases.get('backfill')?.holder, '');
});

test('a run whose stop comes too late to record anything ends at once, and says so', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.wire.script('ids.write', fails(trouble('table.unavailable')), hangs);
  const run = d.start({
    onProgress: ({ published }) => {
      if (published > 0) setImmediate(run.abort);
    },
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
  t.is(d.logged('ids.notRecorded').length, 1);
});
