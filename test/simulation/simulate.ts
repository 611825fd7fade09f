/**
 * A deterministic simulator of the poller: the real cycle, windows, cache, lease and retry code over
 * simulated ports and a simulated clock. A seed determines a run, step by step; what goes wrong goes wrong
 * again with the same seed.
 *
 *     npm run simulate -- --seed 42         replays one run, a line a step
 *     npm run simulate -- --seeds 1000000   runs so many seeds on all cores and prints figures
 *     npm run simulate -- --bus v2          does either on a bus that suppresses repeats, with shorter and longer crashes
 *     npm run simulate -- --exhaustive      tries every point of one cycle to die at, and every pair of them
 */
import { parseArgs } from 'node:util';
import { enumerateCrashes, quietScenario } from './exhaustive.ts';
import { type Figures, summary } from './figures.ts';
import { runInParallel, workThrough } from './parallel.ts';
import { inWords, SCENARIOS } from './scenario.ts';
import { simulate } from './simulation.ts';

const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    bus: { type: 'string', default: 'classic' },
    exhaustive: { type: 'boolean', default: false },
    portion: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

type Kind = keyof typeof SCENARIOS;

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.portion) {
    const [kind = 'usual', ...range] = positionals;
    const [from = 0, to = 0, stride = 1] = range.map(Number);
    await workThrough(kind as Kind, from, to, stride);
    return 0;
  }
  if (values.exhaustive) return exhaustive();
  const onV2 = values.bus === 'v2';
  if (!onV2 && values.bus !== 'classic') throw new Error(`${values.bus} is no kind of bus: classic or v2`);
  for (const kind of onV2 ? (['inside', 'outside'] as const) : (['usual'] as const)) {
    if (onV2) console.log(`crashed machines are up again ${kind} the five minutes for which the bus knows an event`);
    const broken =
      values.seed === undefined
        ? await many(kind, number(values.from), number(values.seeds ?? '1000'))
        : await replay(kind, number(values.seed));
    if (broken) return broken;
  }
  return 0;
}

async function replay(kind: Kind, seed: number): Promise<number> {
  const scenario = SCENARIOS[kind](seed);
  console.log(`seed ${seed}: ${inWords(scenario)}`);
  const { violation, steps } = await simulate(scenario, { trace: (line) => console.log(line) });
  console.log(violation ? `BROKEN  ${violation.message}` : `every promise kept in ${steps} steps`);
  return violation ? 1 : 0;
}

async function many(kind: Kind, from: number, count: number): Promise<number> {
  const began = performance.now();
  let reported = 0;
  const { figures, failed } = await runInParallel(kind, from, from + count, (sum: Figures) => {
    const percent = Math.floor((100 * sum.runs) / count);
    if (percent < reported + (process.stdout.isTTY ? 1 : 10)) return;
    reported = percent;
    const seconds = Math.round((performance.now() - began) / 1_000);
    console.log(`${sum.runs} of ${count} seeds, ${seconds} s, ${sum.stats.crashes} crashes, lost 0`);
  });
  if (failed !== undefined) {
    await replay(kind, failed);
    console.log(`replay with: npm run simulate -- --seed ${failed}${kind === 'usual' ? '' : ' --bus v2'}`);
    return 1;
  }
  console.log(summary(figures));
  return 0;
}

async function exhaustive(): Promise<number> {
  let broken = 0;
  for (const { conversations, pairs, twoLooks } of [
    { conversations: 5, pairs: 0, twoLooks: false },
    { conversations: 3, pairs: 0, twoLooks: true },
    { conversations: 1, pairs: 1, twoLooks: false },
  ]) {
    for (const overtaken of ['arrive', 'perish'] as const) {
      const found = await enumerateCrashes(quietScenario(conversations, overtaken, twoLooks), pairs);
      console.log(
        `${found.facts} events, one cycle: ${[...found.calls].map(([port, count]) => `${port} ${count}`).join(', ')}`,
      );
      console.log(
        `  ${found.points} crash points${pairs ? ' and every pair of them' : ''}, where requests that a crash overtakes ${overtaken}`,
      );
      console.log(`  ${found.runs} runs, ${found.failures.length} with a broken promise, ${found.repeated} repeated`);
      for (const { crashes, violation } of found.failures)
        console.log(`  crash at ${crashes.join(' and ')}: ${violation.message}`);
      broken += found.failures.length;
    }
  }
  console.log(broken === 0 ? 'lost 0' : 'BROKEN');
  return broken > 0 ? 1 : 0;
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is no whole number`);
  return value;
}
