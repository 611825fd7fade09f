import { fileURLToPath } from 'node:url';
import { installed, type Sides, sidesOf } from '../program.ts';
import { median, type Row } from '../row.ts';
import { setStage } from '../stage.ts';
import { usedBy } from '../used-by.ts';
import { anHourOf } from './end-to-end.ts';

const RUNS = 5;
const MB = 1_000_000;
/**
 * How long an idle daemon is watched, and for which part at the end its memory counts; milliseconds, samples.
 */
const IDLE = 8_000;
const LAST_SAMPLES = 8;
/** The AWS SDK as npm installs it. */
const SDK = fileURLToPath(new URL('../bare-sdk.mjs', import.meta.url));

/**
 * What is installed, from the start of the process: to its first query (lease and checkpoint read, logged
 * in), to the end of `--help`, and in the memory of a daemon that has nothing to do. CPU time, in turns.
 */
export async function coldStart(sides: Sides): Promise<readonly Row[]> {
  const programs = sidesOf(sides).map(installed);
  const stage = await setStage({ world: anHourOf(0) });
  try {
    const starts: { cpu: number[]; ms: number[]; idle: number[]; help: number[] }[] = programs.map(() => ({
      cpu: [],
      ms: [],
      idle: [],
      help: [],
    }));
    const [node, sdk]: [number[], number[]] = [[], []];
    for (let run = 0; run < RUNS; run++) {
      for (const [n, { main }] of programs.entries()) {
        const { firstQuery } = (await stage.run([main, 'once'])).used;
        starts[n]?.cpu.push(firstQuery?.cpu ?? Number.NaN);
        starts[n]?.ms.push(firstQuery?.ms ?? Number.NaN);
        starts[n]?.help.push((await usedBy([main, '--help'])).cpu);
      }
      node.push((await usedBy(['--eval', '0'])).cpu);
      sdk.push((await usedBy([SDK])).cpu);
    }
    for (const [n, { main }] of programs.entries()) {
      const { rss } = await stage.run([main, 'run'], { stopAfter: IDLE });
      starts[n]?.idle.push(median(rss.slice(-LAST_SAMPLES)) / MB);
    }
    const [ours, theirs] = starts;
    if (!ours) return [];
    const against = (name: string, runs: readonly number[]) => ({ against: { name, runs } });
    const what = 'process start to the first request, CPU';
    return [
      { what, unit: 'ms', runs: ours.cpu, ...against('importing the AWS SDK', sdk), bound: { atMost: 2 } },
      ...(theirs
        ? [{ what, unit: 'ms', runs: ours.cpu, ...against('other build', theirs.cpu), bound: { atMost: 0.7 } }]
        : []),
      { what: 'the same on the clock', unit: 'ms', runs: ours.ms, ...(theirs && against('other build', theirs.ms)) },
      { what: '`--help`, CPU', unit: 'ms', runs: ours.help, ...against('node -e 0', node), bound: { atMost: 2.5 } },
      { what: 'resident memory, idle', unit: 'MB', runs: ours.idle, bound: { atMost: 90 } },
      ...(theirs ? [{ what: 'the same, other build', unit: 'MB', runs: theirs.idle }] : []),
    ];
  } finally {
    await stage.close();
    for (const { remove } of programs) remove();
  }
}
