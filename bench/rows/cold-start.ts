import type { Program } from '../program.ts';
import type { Row } from '../row.ts';
import { setStage } from '../stage.ts';
import { anHourOf } from './end-to-end.ts';

const RUNS = 7;

/** From starting the process to the first query at Genesys: lease and checkpoint read, logged in. */
export async function coldStart(program: Program): Promise<readonly Row[]> {
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const stage = await setStage({ world: anHourOf(0) });
    try {
      const { startedAt } = await stage.run([program.main, 'once']);
      runs.push((await stage.reports()).genesys.firstQueryAt - startedAt);
    } finally {
      await stage.close();
    }
  }
  return [{ what: 'process start to the first poll’s first request', unit: 'ms', runs, bound: { below: 1_000 } }];
}
