import test from 'ava';
import { setStage } from '../support/stage.ts';

test('a period in the wrong order, in the future or unreadable, and an unknown option are wrong usage: one line says so, and Genesys is not asked', async (t) => {
  const requests: string[] = [];
  const stage = await setStage({ world: { historyMs: 0 }, observe: ({ path }) => void requests.push(path) });
  t.teardown(stage.close);
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  for (const [from, to, more, says] of [
    ['1h', '2h', [], /^genesys-poller: --from \S+ must be earlier than --to \S+\n$/],
    ['2h', inAnHour, [], /^genesys-poller: --to \S+ is in the future\n$/],
    ['yesterday', '1h', [], /^genesys-poller: "yesterday" must be .*\n$/],
    ['2h', '2026-01-31T08:00', [], /^genesys-poller: "2026-01-31T08:00" must be .*with its zone.*\n$/],
    [
      '2h',
      '1h',
      ['--repiar'],
      /^genesys-poller: unknown option '--repiar'\n\(Did you mean --repair\?\)\nSee `genesys-poller help audit`\n$/,
    ],
  ] as const) {
    const { code, stdout, stderr } = await stage.run(['audit', '--from', from, '--to', to, ...more]);
    t.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    t.regex(stderr, says);
  }
  t.deepEqual(requests, []);
});
