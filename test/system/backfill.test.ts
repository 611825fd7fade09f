import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { SentEntry } from '../../src/sandbox/aws/put-events.ts';
import { type Fact, factId } from '../../src/sandbox/genesys/facts.ts';
import { type Line, type Stage, type StageOptions, setStage } from '../support/stage.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A data lake that is a second late, with jobs that are done at once. */
const LAKE = { lagMs: 1_000, queuedMs: 0, runningMs: 0 };

/** A stage with a day of calls, and what was asked of the data lake. */
async function staged(t: ExecutionContext, options: StageOptions = {}) {
  const submitted: string[] = [];
  const requests: string[] = [];
  const stage = await setStage({
    jobs: LAKE,
    ...options,
    world: { historyMs: DAY + 2 * HOUR, historyPerMinute: 0.2, ...options.world },
    observe({ method, path, body }) {
      if (path.startsWith('/api/')) requests.push(`${method} ${path}`);
      if (method === 'POST' && path.endsWith('/jobs')) submitted.push(JSON.parse(String(body)).interval);
    },
  });
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);
  return { ...stage, stage, submitted, requests };
}

const iso = (time: number) => new Date(time).toISOString();
const period = (from: number, to: number) => ['--from', iso(from), '--to', iso(to)];
const ended = (lines: readonly Line[], event: string) => lines.filter((line) => line.event === event);

/** Compares the bus with the outbound facts of the world in [from, to). */
function judge({ world, bus }: Pick<Stage, 'world' | 'bus'>, from: number, to: number) {
  const isMeant = (fact: Fact) =>
    fact.originatingDirection === 'outbound' && fact.timestamp >= from && fact.timestamp < to;
  const facts = [...world.facts()].filter((fact) => isMeant(fact) && fact.goneAt === undefined);
  const ids = new Set(facts.map(factId));
  const arrived = bus.arrived.map(({ id }) => id ?? '');
  const seen = new Set(arrived);
  return {
    expected: ids.size,
    lost: [...ids].filter((id) => !seen.has(id)).length,
    repeated: arrived.length - seen.size,
    others: [...seen].filter((id) => !ids.has(id)).length,
  };
}

test.serial('a past period is published as far as it is missing: every event of it, no other, each once', async (t) => {
  const stage = await staged(t);
  const now = Date.now();
  const [from, to] = [now - 20 * HOUR, now - 5 * HOUR];
  const first = await stage.run(['backfill', ...period(from, to)]);
  t.is(first.code, 0, first.stdout + first.stderr);
  const { expected, ...rest } = judge(stage, from, to);
  t.true(expected > 200, `${expected} events`);
  t.deepEqual(rest, { lost: 0, repeated: 0, others: 0 });
  const streams = new Set(stage.bus.arrived.map(({ detail }) => JSON.parse(detail).metadata.stream));
  t.deepEqual([...streams], ['backfill']);

  t.like(ended(first.lines, 'backfill.started'), [
    { from: iso(from), to: iso(to), resumed: false, stream: 'backfill' },
  ]);
  const progress = ended(first.lines, 'backfill.progress');
  t.true(progress.length >= 3);
  t.like(progress.at(-1), { percent: 100, watermark: iso(to), published: expected });
  t.like(first.lines.at(-1), { event: 'backfill.completed', level: 'info', from: iso(from), to: iso(to) });

  const calls = stage.bus.calls;
  const second = await stage.run(['backfill', ...period(from, to)]);
  t.is(second.code, 0, second.stdout);
  t.is(stage.bus.calls, calls, 'no PutEvents call for what is known');
});

test.serial('a killed backfill resumes without repeating finished windows', async (t) => {
  const stage = await staged(t, { jobs: { ...LAKE, runningMs: 700 } });
  const now = Date.now();
  const [from, to] = [now - 26 * HOUR, now - HOUR];
  const killed = stage.start(['backfill', ...period(from, to)], stage.shortLease);
  await killed.line(({ event, percent }) => event === 'backfill.progress' && Number(percent) > 40);
  killed.process.kill('SIGKILL');
  await killed.ended;
  const finished = String(ended(killed.lines, 'backfill.progress').at(-1)?.watermark);
  t.true(judge(stage, from, to).lost > 0, 'it had been done');

  const before = stage.submitted.length;
  const published = stage.bus.arrived.length;
  const resumed = await stage.run(['backfill', ...period(from, to)]);
  t.is(resumed.code, 0, resumed.stdout + resumed.stderr);
  t.like(ended(resumed.lines, 'backfill.started'), [{ resumed: true, watermark: finished }]);
  t.true(
    String(resumed.lines.at(-1)?.msg).startsWith(`Everything from ${finished} to ${iso(to)} is on the bus. For gaps`),
  );
  const asked = stage.submitted.slice(before).map((interval) => interval.split('/')[0] ?? '');
  t.true(asked.length > 0);
  t.true(
    asked.every((start) => start >= finished),
    `${asked} after ${finished}`,
  );
  const { lost, repeated, others } = judge(stage, from, to);
  t.deepEqual({ lost, others }, { lost: 0, others: 0 });
  // What was on the wire when it was killed: four calls of ten, and a record request of 25 for each.
  t.true(repeated <= 4 * (10 + 25), `${repeated} repeated`);
  t.log(`killed after ${published} events, at ${finished}; ${repeated} repeated`);
});

test.serial('what the daemon has published, a backfill does not publish again', async (t) => {
  const stage = await staged(t, { config: { streams: live({}) } });
  const once = await stage.run(['once']);
  t.is(once.code, 0, once.stdout);
  const calls = stage.bus.calls;
  const now = Date.now();
  const { code, stdout } = await stage.run(['backfill', ...period(now - DAY, now - HOUR)]);
  t.is(code, 0, stdout);
  t.is(stage.bus.calls, calls);
  const { lost, repeated } = stage.verdict();
  t.deepEqual({ lost, repeated }, { lost: [], repeated: 0 });
});

test.serial(
  'beside an active daemon, a backfill brings what lies before its time, and neither repeats the other',
  async (t) => {
    const now = Date.now();
    const startFrom = iso(now - 6 * HOUR);
    const stage = await staged(t, { config: { streams: live({ startFrom, lookback: '2d' }) } });
    const daemon = stage.start(['run']);
    await daemon.line(({ event, caughtUp }) => event === 'cycle.completed' && caughtUp === true);
    const { code, stdout } = await stage.run(['backfill', ...period(now - 20 * HOUR, now - HOUR)]);
    t.is(code, 0, stdout);
    daemon.process.kill('SIGTERM');
    t.is((await daemon.ended).code, 0);
    const { lost, repeated } = judge(stage, now - 20 * HOUR, now - HOUR);
    t.deepEqual({ lost, repeated }, { lost: 0, repeated: 0 });
    const early = stage.bus.arrived.filter(({ detail }) => JSON.parse(detail).data.timestamp < startFrom);
    t.true(early.length > 100);
    t.true(early.every(({ detail }) => JSON.parse(detail).metadata.stream === 'backfill'));
    t.is(
      stage.bus.arrived.length - early.length,
      ended(daemon.lines, 'cycle.completed').reduce((sum, line) => sum + Number(line.published), 0),
    );
  },
);

/** The live stream alone, from so long ago. */
function live(more: object) {
  const startFrom = iso(Date.now() - DAY - 3 * HOUR);
  return {
    conversations: { startFrom, settle: '1s', overlap: '30s', lookback: '4h', maxWindow: '4h', ...more },
    reconciliation: { enabled: false, horizon: '1h' },
    eventLog: { enabled: false },
  };
}

test.serial(
  'what was too old for the daemon is counted exactly; a backfill refuses it with the reason, and with --allow-repeats publishes just that',
  async (t) => {
    const stage = await staged(t, { config: { streams: live({}), dedup: { ttl: '28h' } } });
    const once = await stage.run(['once']);
    t.is(once.code, 0, once.stdout);
    const cycles = ended(once.lines, 'cycle.completed');
    const tooOld = cycles.reduce((sum, line) => sum + Number(line.tooOld), 0);
    t.true(tooOld > 200, `${tooOld} too old`);
    t.is(tooOld, stage.verdict().lost.length);
    t.is(ended(once.lines, 'gap.detected').length, 1);

    const now = Date.now();
    const asked = period(now - 27 * HOUR, now - 60_000);
    const refused = await stage.run(['backfill', ...asked]);
    t.is(refused.code, 1);
    t.regex(refused.stderr, /^genesys-poller: .*already is unknown.*dedup\.ttl.*--allow-repeats.*\n$/);
    t.deepEqual(stage.submitted, []);

    const published = stage.bus.arrived.length;
    const allowed = await stage.run(['backfill', ...asked, '--allow-repeats']);
    t.is(allowed.code, 0, allowed.stdout + allowed.stderr);
    t.is(stage.bus.arrived.length - published, tooOld);
    const { lost, repeated, invented } = stage.verdict();
    t.deepEqual({ lost, repeated, invented }, { lost: [], repeated: 0, invented: [] });
  },
);

test.serial('SIGTERM ends it in order, with an exit code of its own, and tells the command that goes on', async (t) => {
  const stage = await staged(t, { jobs: { ...LAKE, runningMs: 700 } });
  const running = stage.start(['backfill', '--from', '24h', '--to', '1h']);
  await running.line(({ event }) => event === 'backfill.progress');
  running.process.kill('SIGTERM');
  const stopped = await running.ended;
  t.is(stopped.code, 1, stopped.stderr);
  const last = stopped.lines.at(-1);
  t.like(last, { event: 'backfill.interrupted', level: 'warn' });
  const [, command = ''] = /genesys-poller (backfill .*)$/.exec(String(last?.msg)) ?? [];
  t.regex(command, /^backfill --from \S+Z --to \S+Z$/);

  const resumed = await stage.run(command.split(' '));
  t.is(resumed.code, 0, resumed.stdout + resumed.stderr);
  t.like(ended(resumed.lines, 'backfill.started'), [{ resumed: true }]);
  const { lost, repeated } = judge(stage, Date.parse(String(last?.from)), Date.parse(String(last?.to)));
  t.deepEqual({ lost, repeated }, { lost: 0, repeated: 0 });
});

test.serial('what cannot be read is left out, and tells the command that reads all of it again', async (t) => {
  const stage = await staged(t);
  // The jobs over 63 minutes, and over halves of that down to less than two, never come to an end.
  const isPage = (cursor: string | null) => (request: { readonly path: string }) => {
    const { pathname, searchParams } = new URL(request.path, 'http://localhost');
    return pathname.endsWith('/results') && searchParams.get('cursor') === cursor;
  };
  const leadingBack = (conversationId: string) => ({
    status: 200,
    body: JSON.stringify({ conversations: [{ conversationId }], cursor: 'back' }),
  });
  stage.stage.simulator.faults.add(
    { on: isPage(null), times: 6, answer: leadingBack('a') },
    { on: isPage('back'), times: 6, answer: leadingBack('b') },
  );
  const now = Date.now();
  const [from, to] = [now - 180 * 60_000, now - 177 * 60_000];
  const partly = await stage.run(['backfill', ...period(from, to)]);
  t.is(partly.code, 1, partly.stdout + partly.stderr);
  t.is(ended(partly.lines, 'gap.detected').length, 1);
  const last = partly.lines.at(-1);
  t.like(last, { event: 'backfill.incomplete', level: 'error', gaps: 1 });
  const [, command = ''] = /genesys-poller (backfill .*)$/.exec(String(last?.msg)) ?? [];

  const again = await stage.run(command.split(' '));
  t.is(again.code, 0, again.stdout + again.stderr);
  t.like(ended(again.lines, 'backfill.started'), [{ resumed: false }]);
  const { lost, repeated } = judge(stage, from, to);
  t.deepEqual({ lost, repeated }, { lost: 0, repeated: 0 });
});

test.serial('where the bus refuses an event for good, the end speaks of a dead letter', async (t) => {
  const stage = await staged(t);
  let refused = 0;
  const which = ({ DetailType = '' }: SentEntry) => DetailType === 'dispositionSet' && refused++ === 0;
  stage.bus.faults.always(() => ({ kind: 'entries', code: 'MalformedDetail', which }));
  const { code, lines } = await stage.run(['backfill', '--from', '10h', '--to', '5h']);
  t.is(code, 0);
  t.regex(String(lines.at(-1)?.msg), /^Everything from \S+Z to \S+Z is on the bus or a dead letter \(1\)$/);
});

test.serial('of two backfills the second says that one is active', async (t) => {
  const stage = await staged(t, { jobs: { ...LAKE, runningMs: 3_600_000 } });
  const first = stage.start(['backfill', '--from', '10h', '--to', '2h']);
  await first.line(({ event }) => event === 'backfill.started');
  const second = await stage.run(['backfill', '--from', '20h', '--to', '12h']);
  t.is(second.code, 1);
  t.regex(second.stderr, /^genesys-poller: Another poller is running the stream backfill.*\n$/);
  t.is(stage.submitted.length, 1);
});

test.serial('what the data lake does not guarantee yet is not read, and the message says what is', async (t) => {
  const stage = await staged(t, { jobs: { ...LAKE, lagMs: 4 * HOUR } });
  const refused = await stage.run(['backfill', '--from', '6h', '--to', '1h']);
  t.is(refused.code, 1);
  const [, guaranteed = ''] = /complete only up to (\S+Z).*--to \1/.exec(refused.stderr) ?? [];
  t.is(refused.stderr.split('\n').length, 2, refused.stderr);
  t.deepEqual(stage.submitted, []);

  const proposed = await stage.run(['backfill', '--from', '6h', '--to', guaranteed]);
  t.is(proposed.code, 0, proposed.stdout + proposed.stderr);
});

test.serial('a period in the wrong order, in the future or unreadable is wrong usage', async (t) => {
  const stage = await staged(t);
  for (const [from, to, says] of [
    ['1h', '2h', /--from \S+ must be earlier than --to/],
    ['2h', iso(Date.now() + HOUR), /--to \S+ is in the future/],
    ['yesterday', '1h', /"yesterday" must be/],
    ['2026-01-31T08:00', '1h', /with its zone/],
  ] as const) {
    const { code, stderr } = await stage.run(['backfill', '--from', from, '--to', to]);
    t.is(code, 2, stderr);
    t.regex(stderr, says);
  }
  t.deepEqual(stage.requests, []);
});

test.serial('--requests-per-minute is the budget of this process', async (t) => {
  const stage = await staged(t, { config: { enrich: { wrapUpCodes: false, campaigns: false } } });
  const running = stage.start(['backfill', '--from', '10h', '--to', '2h', '--requests-per-minute', '4']);
  while (stage.requests.length < 4) await delay(20);
  // The job that was submitted is abandoned.
  await delay(2_000);
  t.deepEqual(
    stage.requests.map((request) => request.replace(/.*details\//, '')),
    ['GET /api/v2/tokens/me', 'jobs/availability', 'jobs/availability', 'jobs'],
  );
  running.process.kill('SIGTERM');
  t.is((await running.ended).code, 1);
});
