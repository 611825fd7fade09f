import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { judgeHeartbeat } from '../../src/observability/health.ts';
import type { HeartbeatDocument } from '../../src/observability/heartbeat.ts';
import { setStage } from '../support/stage.ts';

const CLOCK = fileURLToPath(new URL('./support/settable-clock.mjs', import.meta.url));
const HOUR = 3_600_000;

test('the daemon polls on after every step of the wall clock, no health check calls it stale, and each step is logged', async (t) => {
  const stage = await setStage({
    config: { poller: { heartbeatFile: 'heartbeat' } },
  });
  t.teardown(stage.close);
  const folder = dirname(stage.configFile);
  const file = join(folder, 'clock-offset');
  await writeFile(file, '0');
  t.is((await stage.run(['setup'])).code, 0);
  const daemon = stage.start(['run'], { NODE_OPTIONS: `--import=${CLOCK}`, CLOCK_OFFSET_FILE: file });
  await daemon.line(({ event, caughtUp }) => event === 'cycle.completed' && caughtUp === true);

  const heartbeat = async () => {
    const text = await readFile(join(folder, 'heartbeat'), 'utf8');
    return { text, at: (JSON.parse(text) as HeartbeatDocument).streams.conversations?.at ?? '' };
  };
  /** Three polls have ended, by their signs of life. */
  const threePolls = async () => {
    const seen = new Set<string>();
    while (seen.size < 4) {
      seen.add((await heartbeat()).at);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  let before = 0;
  for (const offset of [-HOUR, 30 * 24 * HOUR, 0]) {
    await writeFile(file, String(offset));
    const stepSeconds = (offset - before) / 1000;
    const isStep = (logged: unknown) => typeof logged === 'number' && Math.abs(logged - stepSeconds) < 5;
    await daemon.line((line) => line.event === 'clock.stepped' && isStep(line.stepSeconds));
    await threePolls();
    const { status, why } = judgeHeartbeat((await heartbeat()).text, Date.now() + offset);
    t.not(status, 'stale', `${offset} ms off: ${why}`);
    before = offset;
  }
  daemon.process.kill('SIGTERM');
  const { code, stderr } = await daemon.ended;
  t.is(code, 0);
  t.is(stderr, '');
});
