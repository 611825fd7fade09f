import test from 'ava';
import { LIMIT, type Probe, type Result, runProbes } from '../../src/cli/check/probe.ts';
import { Failure } from '../../src/domain/failure.ts';
import { ManualClock } from '../support/manual-clock.ts';

const passes = (id: string, needs: readonly string[] = []): Probe => ({
  id,
  tests: `whether ${id} works`,
  needs,
  run: async () => ({ outcome: 'passed', found: 'it works' }),
});
const FAILURE = new Failure({ code: 'table.missing', what: 'No table', why: 'there is none', remedy: 'Make one' });
const fails = (id: string, needs: readonly string[] = []): Probe => ({
  ...passes(id, needs),
  run: () => Promise.reject(FAILURE),
});

async function run(probes: readonly Probe[], signal = new AbortController().signal, clock = quietClock()) {
  const reported: Result[] = [];
  const results = await runProbes(probes, { clock, signal, onResult: (result) => reported.push(result) });
  return { results, reported };
}

/** No time passes. */
const quietClock = () => new ManualClock(0, { autoAdvance: false });

test('each result is reported as soon as it is there, in order', async (t) => {
  const { results, reported } = await run([passes('a'), fails('b'), passes('c')]);
  t.deepEqual(reported, [...results]);
  t.deepEqual(results, [
    { id: 'a', tests: 'whether a works', outcome: 'passed', found: 'it works' },
    { id: 'b', tests: 'whether b works', outcome: 'failed', found: 'No table: there is none', remedy: 'Make one' },
    { id: 'c', tests: 'whether c works', outcome: 'passed', found: 'it works' },
  ]);
});

test('what needs a probe that failed is not tested, nor what needs that, and the cause is named', async (t) => {
  const { results } = await run([fails('a'), passes('b', ['a']), passes('c', ['b']), passes('d')]);
  t.deepEqual(
    results.map(({ outcome }) => outcome),
    ['failed', 'skipped', 'skipped', 'passed'],
  );
  t.is(results[2]?.found, 'not tested, because of whether a works');
});

test('a failure that stands alone and a probe that skips itself hold up no other', async (t) => {
  const alone: Probe = {
    ...passes('a'),
    run: async () => ({ outcome: 'failed', found: 'no TTL', remedy: 'Enable it', standsAlone: true }),
  };
  const unseen: Probe = { ...passes('b'), run: async () => ({ outcome: 'skipped', found: 'not allowed to look' }) };
  const { results } = await run([alone, unseen, passes('c', ['a', 'b'])]);
  t.deepEqual(
    results.map(({ outcome }) => outcome),
    ['failed', 'skipped', 'passed'],
  );
  t.false('standsAlone' in (results[0] ?? {}));
});

test('a probe that hangs is given up after its time, even if it does not listen', async (t) => {
  const clock = quietClock();
  const hangs: Probe = { ...passes('a'), run: () => new Promise(() => undefined) };
  const running = run([hangs, passes('b')], undefined, clock);
  await clock.advance(LIMIT);
  const { results } = await running;
  t.like(results[0], { outcome: 'failed', found: 'no result within 30 s' });
  t.is(results[1]?.outcome, 'passed');
});

test('a defect is reported as one, without its stack', async (t) => {
  const { results } = await run([{ ...passes('a'), run: () => Promise.reject(new TypeError('x is no function')) }]);
  t.like(results[0], { outcome: 'failed', found: 'x is no function' });
  t.regex(results[0]?.remedy ?? '', /defect/);
  t.is((await run([{ ...passes('a'), run: () => Promise.reject('odd') }])).results[0]?.found, 'odd');
});

test('interrupted, it ends at once with the reason', async (t) => {
  const reason = new Error('Ctrl-C');
  const interrupt = new AbortController();
  const hangs: Probe = { ...passes('a'), run: () => new Promise(() => undefined) };
  const running = run([hangs], interrupt.signal);
  interrupt.abort(reason);
  t.is(await t.throwsAsync(running), reason);
  t.is(await t.throwsAsync(run([passes('a')], interrupt.signal)), reason);
});
