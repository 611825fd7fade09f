import test from 'ava';
import { type Line, type Running, type Stage, setStage } from '../support/stage.ts';

const acquired = (line: Line) => line.event === 'lease.acquired';
const lost = (line: Line) => line.event === 'lease.lost';
const completed = (line: Line) => line.event === 'cycle.completed';
const caughtUp = (line: Line) => completed(line) && line.caughtUp === true;
const standby = (line: Line) => line.event === 'lease.standby';

/** A living world: half a call a second, each a few seconds long. */
function living(): Promise<Stage> {
  return setStage({ world: { historyMs: 3_600_000, startAt: Date.now(), callsPerMinute: 60, delayMs: [50, 500] } });
}

/**
 * How many events a poller with a short lease may repeat. What is on the wire when it loses its lease is
 * repeated: four calls of ten, and a record request of 25 for each. A pause makes it lose the lease, and so
 * does a busy machine.
 */
const repeatedBy = ({ lines }: Running) => lines.filter(lost).length * 4 * (10 + 25);

/** Waits until a poller has everything on the bus, and stops the pollers that are given. */
async function windDown(stage: Stage, survivor: Running, others: readonly Running[] = []): Promise<void> {
  await stage.windDown(survivor);
  for (const poller of [survivor, ...others]) poller.process.kill('SIGTERM');
  await Promise.all([survivor, ...others].map((poller) => poller.ended));
}

test('of two pollers one works and one stands by; a clean shutdown hands over at once, and nothing is lost or repeated', async (t) => {
  const stage = await living();
  t.teardown(stage.close);
  await stage.run(['setup']);

  const first = stage.start(['run']);
  await first.line(caughtUp);
  const second = stage.start(['run'], stage.shortLease);
  await second.line(standby);
  first.process.kill('SIGTERM');
  t.is((await first.ended).code, 0);
  const { fence, takenFrom } = await second.line(acquired);
  t.is(fence, 2);
  t.is(takenFrom, undefined, 'the lease had been released');

  await windDown(stage, second);
  const { lost: missing, repeated, invented } = stage.verdict();
  t.deepEqual({ missing, invented }, { missing: [], invented: [] });
  t.true(repeated <= repeatedBy(second), `${repeated} repeated`);
  t.is(second.lines.filter(standby).length, 1);
});

test('a poller that is paused past its lease finds itself replaced, publishes nothing more, and stands by', async (t) => {
  const stage = await living();
  t.teardown(stage.close);
  await stage.run(['setup']);

  const first = stage.start(['run'], stage.shortLease);
  await first.line(caughtUp);
  first.process.kill('SIGSTOP');
  const second = stage.start(['run']);
  await second.line(acquired);
  await second.line(caughtUp);
  // On a slow machine it may have lost its lease before, to nobody.
  const paused = first.lines.length;
  first.process.kill('SIGCONT');
  const replaced = await first.line((line) => standby(line) && first.lines.indexOf(line) >= paused);
  const cycles = second.lines.filter(completed).length;
  await second.line((line) => completed(line) && second.lines.filter(completed).length > cycles + 2);
  t.true(first.lines.slice(paused).some(lost));
  t.false(first.lines.slice(first.lines.indexOf(replaced)).some(completed));

  await windDown(stage, second, [first]);
  const { lost: missing, repeated, invented } = stage.verdict();
  t.deepEqual({ missing, invented }, { missing: [], invented: [] });
  t.true(repeated <= repeatedBy(first), `${repeated} repeated`);
  t.log(`repeated ${repeated} after a pause`);
});
