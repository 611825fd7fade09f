import test, { type ExecutionContext } from 'ava';
import { FAULTS } from './faults.ts';
import { add, figuresOf, noFigures } from './figures.ts';
import { SCENARIOS, scenarioOf } from './scenario.ts';
import { simulate } from './simulation.ts';

const SEEDS = 250;
const V2_SEEDS = 60;

test('whatever goes wrong, nothing is lost, and nothing is repeated without a cause', async (t) => {
  const sum = noFigures();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await simulate(scenarioOf(seed));
    add(sum, figuresOf(outcome));
    if (outcome.violation) t.fail(`${outcome.violation.message}\nreplay with: npm run simulate -- --seed ${seed}`);
  }
  // A simulator in which nothing goes wrong proves nothing.
  for (const fault of FAULTS) t.true(sum.faults[fault] > 0, `no seed met with the fault ${fault}`);
  const { crashes, pauses, unanswered, repeated, published, deadLetters, largestRepeat } = sum.stats;
  t.true(crashes > SEEDS / 4 && pauses > SEEDS / 4 && unanswered > SEEDS / 4);
  t.true(published > 10 * SEEDS && repeated > SEEDS / 10 && deadLetters > SEEDS / 10 && largestRepeat > 10);
});

/** Runs seeds on a v2 bus, and each again with nothing changed but the bus. */
async function besideClassic(t: ExecutionContext, kind: 'inside' | 'outside') {
  const onV2 = noFigures();
  for (let seed = 1; seed <= V2_SEEDS; seed++) {
    const scenario = SCENARIOS[kind](seed);
    const v2 = await simulate(scenario);
    if (v2.violation) t.fail(`${v2.violation.message}\nreplay with: npm run simulate -- --bus v2 --seed ${seed}`);
    const classic = await simulate({ ...scenario, busSuppresses: false, repeatsNothing: false });
    const { published, repeated, suppressed } = v2.stats;
    t.is(classic.stats.repeated, repeated + suppressed, `seed ${seed}`);
    t.is(classic.stats.published, published + suppressed, `seed ${seed}`);
    add(onV2, figuresOf(v2));
  }
  return onV2.stats;
}

test('on a v2 bus, crashes that are over within five minutes lose nothing and repeat nothing: what a classic bus repeats is suppressed', async (t) => {
  const { repeated, suppressed, crashes } = await besideClassic(t, 'inside');
  t.is(repeated, 0);
  t.true(suppressed > V2_SEEDS / 4 && crashes > V2_SEEDS / 4);
});

test('on a v2 bus, crashes that last longer repeat what a classic bus repeats, less what comes within five minutes', async (t) => {
  const { repeated, suppressed } = await besideClassic(t, 'outside');
  t.true(repeated > V2_SEEDS && suppressed > 0);
});

test('a seed gives the same run again, step by step', async (t) => {
  const traceOf = async (seed: number) => {
    const lines: string[] = [];
    await simulate(scenarioOf(seed), { trace: (line) => lines.push(line) });
    return lines;
  };
  for (const seed of [1, 2, 3, 4, 5]) {
    const trace = await traceOf(seed);
    t.true(trace.length > 20);
    t.deepEqual(await traceOf(seed), trace);
  }
  t.notDeepEqual(await traceOf(1), await traceOf(2));
});

test('tracing a run does not change it', async (t) => {
  for (const seed of [11, 12, 13]) {
    t.deepEqual(await simulate(scenarioOf(seed), { trace: () => undefined }), await simulate(scenarioOf(seed)));
  }
});
