import test from 'ava';
import { enumerateCrashes, quietScenario } from './exhaustive.ts';

test('two crashes at any points of a small cycle lose nothing', async (t) => {
  // Every pair takes longer: that is `npm run simulate -- --exhaustive`.
  const { points, runs, failures } = await enumerateCrashes(quietScenario(1, 'arrive'), 14);
  t.deepEqual(failures, []);
  t.true(runs > points ** 2 / 28);
  t.log(`${points} crash points, ${runs} runs, lost 0`);
});
