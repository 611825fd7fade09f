import test from 'ava';
import { enumerateCrashes, quietScenario } from './exhaustive.ts';
import { PORTS } from './faults.ts';

for (const overtaken of ['arrive', 'perish'] as const) {
  test(`a crash at every moment of a whole cycle loses nothing, if what it overtakes on the wire is to ${overtaken}`, async (t) => {
    const { points, runs, calls, repeated, failures } = await enumerateCrashes(quietScenario(5, overtaken), false);
    t.deepEqual(failures, []);
    t.is(runs, points + 1);
    t.true(points >= 80, `${points} crash points`);
    const unused = PORTS.filter((port) => !calls.has(port));
    t.true(
      unused.every((port) => port === 'deadLetter.put' || port === 'checkpoint.read'),
      unused.join(),
    );
    // Several pages, publications and record requests, and renewals of the lease meanwhile.
    for (const [port, least] of [
      ['genesys.query', 4],
      ['bus.put', 10],
      ['ids.write', 3],
      ['lease.write', 4],
    ] as const) {
      t.true((calls.get(port) ?? 0) >= least, port);
    }
    t.true(repeated > 0);
    t.log(`${points} crash points, lost 0, repeated ${repeated}`);
  });
}

test('a crash at every pair of moments of a small cycle loses nothing', async (t) => {
  const { points, runs, failures } = await enumerateCrashes(quietScenario(1, 'arrive'), true);
  t.deepEqual(failures, []);
  t.true(runs > points ** 2 / 2);
  t.log(`${points} crash points, ${runs} runs, lost 0`);
});
