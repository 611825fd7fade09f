import test from 'ava';
import { enumerateCrashes, quietScenario } from './exhaustive.ts';
import { PORTS } from './faults.ts';

for (const overtaken of ['arrive', 'perish'] as const) {
  test(`a crash at every point of a whole cycle loses nothing, if what it overtakes on the wire is to ${overtaken}`, async (t) => {
    const { points, runs, calls, repeated, failures } = await enumerateCrashes(quietScenario(5, overtaken), 0);
    t.deepEqual(failures, []);
    t.is(runs, points + 1);
    t.true(points >= 80, `${points} crash points`);
    t.deepEqual(
      PORTS.filter((port) => !calls.has(port)),
      ['job.read', 'job.write', 'deadLetter.put', 'genesys.jobs'],
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

test('a crash at every point of both looks at conversations loses nothing', async (t) => {
  const { points, calls, failures } = await enumerateCrashes(quietScenario(3, 'arrive', true), 0);
  t.deepEqual(failures, []);
  t.deepEqual(
    PORTS.filter((port) => !calls.has(port)),
    ['deadLetter.put'],
  );
  t.log(`${points} crash points, lost 0`);
});
