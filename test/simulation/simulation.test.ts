import test from 'ava';
import { FAULTS } from './faults.ts';
import { add, figuresOf, noFigures } from './figures.ts';
import { scenarioOf } from './scenario.ts';
import { simulate } from './simulation.ts';

const SEEDS = 250;

test('whatever goes wrong, nothing is lost, and nothing is repeated without a cause', async (t) => {
  const sum = noFigures();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await simulate(scenarioOf(seed));
    add(sum, figuresOf(outcome));
    if (outcome.violation) t.fail(`${outcome.violation.message}\nreplay with: npm run simulate -- --seed ${seed}`);
  }
  // A simulator in which nothing goes wrong proves nothing.
  for (const fault of FAULTS) t.true(sum.faults[fault] > 0, `no seed met with the fault ${fault}`);
  const { crashes, pauses, unanswered, repeated, published, deadLetters, largestRepeat } = sum.tally;
  t.true(crashes > SEEDS / 4 && pauses > SEEDS / 4 && unanswered > SEEDS / 4);
  t.true(published > 10 * SEEDS && repeated > SEEDS / 10 && deadLetters > SEEDS / 10 && largestRepeat > 10);
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
