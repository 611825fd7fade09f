import test from 'ava';
import { SABOTAGES } from './sabotage.ts';
import { scenarioOf } from './scenario.ts';
import { simulate } from './simulation.ts';

/** Within how many seeds each must be noticed. */
const SEEDS = 200;

for (const { name, sabotage, breaks, shows = scenarioOf } of SABOTAGES) {
  test(`a poller that ${name} is caught`, async (t) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation } = await simulate(shows(seed), { sabotage });
      if (!violation) continue;
      t.true(breaks.includes(violation.rule), violation.message);
      t.log(`seed ${seed}: ${violation.message.slice(0, 150)}`);
      return;
    }
    t.fail(`not noticed within ${SEEDS} seeds`);
  });
}

test('a poller without sabotage passes everywhere', async (t) => {
  // Most sabotages show in the same scenarios.
  const scenarios = new Map(SABOTAGES.map(({ name, shows = scenarioOf }) => [shows, name]));
  for (const [shows, name] of scenarios) {
    for (let seed = 1; seed <= 10; seed++) {
      const { violation } = await simulate(shows(seed));
      t.is(violation, undefined, `seed ${seed}, where a poller that ${name} is caught`);
    }
  }
});
