import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import test, { type ExecutionContext } from 'ava';
import type { SentEntry } from '../../src/sandbox/aws/put-events.ts';
import { factId } from '../../src/sandbox/genesys/facts.ts';
import { localClients } from '../support/aws.ts';
import { type Ended, type Stage, type StageOptions, setStage } from '../support/stage.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A data lake that is a second late, with jobs that are done at once. */
const LAKE = { lagMs: 1_000, queuedMs: 0, runningMs: 0 };

interface Report {
  readonly ok: boolean;
  readonly auditedTo: string;
  readonly events: Readonly<Record<string, number>>;
  readonly byType: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly missing: readonly { readonly id: string; readonly timestamp: string; readonly eventType: string }[];
  readonly missingNotListed: number;
  readonly repair?: object;
  readonly limits: Readonly<Record<string, unknown>>;
}

const iso = (time: number) => new Date(time).toISOString();
const sorted = (ids: Iterable<string>) => [...ids].sort();

/** A stage with a day of calls. */
async function staged(t: ExecutionContext, options: StageOptions = {}) {
  const stage = await setStage({
    jobs: LAKE,
    ...options,
    config: { streams: live(), ...options.config },
    world: { historyMs: DAY + 2 * HOUR, historyPerMinute: 0.1, ...options.world },
  });
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);
  const now = Date.now();
  const period = { from: now - 20 * HOUR, to: now - HOUR };
  const asked = ['--from', iso(period.from), '--to', iso(period.to)];
  const audit = async (...more: string[]) => {
    const ended = await stage.run(['audit', ...asked, '--json', ...more]);
    t.is(ended.stdout.split('\n').length, 2, ended.stdout + ended.stderr);
    return { ...ended, report: JSON.parse(ended.stdout) as Report };
  };
  /** The IDs of the events of the period, as the world has them. */
  const expected = sorted(
    new Set(
      [...stage.world.facts()]
        .filter(({ originatingDirection, goneAt }) => originatingDirection === 'outbound' && goneAt === undefined)
        .filter(({ timestamp }) => timestamp >= period.from && timestamp < period.to)
        .map(factId),
    ),
  );
  return { ...stage, asked, period, audit, expected };
}

/** The live stream alone, from before the period. */
function live(more: object = {}) {
  return {
    conversations: {
      ...{ startFrom: iso(Date.now() - DAY), settle: '1s', overlap: '30s', lookback: '4h', maxWindow: '4h' },
      ...more,
    },
    reconciliation: { enabled: false, horizon: '1h' },
    eventLog: { enabled: false },
  };
}

async function forget(stage: Stage, ids: readonly string[]): Promise<void> {
  const clients = localClients({ dynamoDb: stage.dynamoDb });
  for (const id of ids) {
    await clients.dynamoDb.send(new DeleteItemCommand({ TableName: 'GenesysEventDedup', Key: { id: { S: id } } }));
  }
  clients.close();
}

const arrivedIds = ({ bus }: Stage, from = 0) => bus.arrived.slice(from).map(({ id }) => id ?? '');
const dataOf = (detail: string) => detail.slice(detail.indexOf('"data":'), detail.indexOf(',"names":'));
const succeeded = (t: ExecutionContext, { code, stdout, stderr }: Ended) => t.is(code, 0, stdout + stderr);

test.serial(
  'what was deleted from the table is found, exactly that; repaired, it comes with the same data, and nothing is missing any more',
  async (t) => {
    const stage = await staged(t);
    succeeded(t, await stage.run(['once']));
    const clean = await stage.audit();
    t.is(clean.code, 0, clean.stdout);
    t.true(stage.expected.length > 300, `${stage.expected.length} events`);
    t.like(clean.report.events, { source: stage.expected.length, published: stage.expected.length, missing: 0 });
    t.like(clean.report, { ok: true, missing: [], missingNotListed: 0, auditedTo: iso(stage.period.to) });

    const chosen = sorted(stage.expected.filter((_, n) => n % 50 === 7));
    await forget(stage, chosen);
    const before = stage.bus.arrived.length;
    const { code, report } = await stage.audit();
    t.is(code, 1);
    t.deepEqual(sorted(report.missing.map(({ id }) => id)), chosen);
    t.like(report.events, {
      source: stage.expected.length,
      missing: chosen.length,
      deadLetter: 0,
      notDue: 0,
      tooOld: 0,
    });
    const byType = Object.values(report.byType).map(({ missing = 0 }) => missing);
    t.is(
      byType.reduce((sum, missing) => sum + missing, 0),
      chosen.length,
    );
    t.is(stage.bus.arrived.length, before, 'an audit publishes nothing');
    t.deepEqual((await stage.audit()).report.missing, report.missing, 'and changes nothing');

    const repaired = await stage.audit('--repair');
    t.is(repaired.code, 0, repaired.stdout + repaired.stderr);
    t.deepEqual(repaired.report.repair, { published: chosen.length, known: 0, refused: 0 });
    t.deepEqual(sorted(arrivedIds(stage, before)), chosen);
    for (const { id, detail } of stage.bus.arrived.slice(before)) {
      const [first] = stage.bus.arrived.filter((one) => one.id === id);
      t.is(dataOf(detail), dataOf(first?.detail ?? ''));
      t.is(JSON.parse(detail).metadata.stream, 'backfill');
    }
    const after = await stage.audit();
    t.is(after.code, 0);
    t.like(after.report.events, { published: stage.expected.length, missing: 0 });
  },
);

test.serial(
  'a gap that an operator has left is found event by event, and repaired beside the daemon without a repeat',
  async (t) => {
    const stage = await staged(t);
    succeeded(t, await stage.run(['checkpoint', 'set', 'conversations', '25h', '--yes']));
    succeeded(t, await stage.run(['checkpoint', 'set', 'conversations', '6h', '--allow-gap', '--yes']));
    const daemon = stage.start(['run']);
    await daemon.line(({ event, caughtUp }) => event === 'cycle.completed' && caughtUp === true);

    const arrived = new Set(arrivedIds(stage));
    const lost = stage.expected.filter((id) => !arrived.has(id));
    t.true(lost.length > 100, `${lost.length} lost`);
    const { code, report } = await stage.audit();
    t.is(code, 1);
    t.deepEqual(sorted(report.missing.map(({ id }) => id)), lost);
    t.is(report.events.published, stage.expected.length - lost.length);

    const repaired = await stage.audit('--repair');
    t.is(repaired.code, 0, repaired.stdout + repaired.stderr);
    t.is((await stage.audit()).report.events.missing, 0);
    daemon.process.kill('SIGTERM');
    succeeded(t, await daemon.ended);
    const ids = arrivedIds(stage);
    t.is(new Set(ids).size, ids.length, 'nothing twice');
    t.deepEqual(
      stage.expected.filter((id) => !ids.includes(id)),
      [],
    );
  },
);

test.serial(
  'dead letters are reported as such and left alone; what the bus refuses in a repair becomes one',
  async (t) => {
    const stage = await staged(t);
    const refused = new Set<string>();
    stage.bus.faults.always(() => ({
      kind: 'entries',
      code: 'MalformedDetail',
      which({ Detail = '' }: SentEntry) {
        const { id } = JSON.parse(Detail).metadata;
        if (stage.expected.indexOf(id) % 100 === 3) refused.add(id);
        return refused.has(id);
      },
    }));
    succeeded(t, await stage.run(['once']));
    t.true(refused.size > 2, `${refused.size} refused`);
    const { code, report } = await stage.audit();
    t.is(code, 0, 'a dead letter is not missing');
    t.like(report.events, { deadLetter: refused.size, missing: 0, published: stage.expected.length - refused.size });

    const chosen = stage.expected.filter((_, n) => n % 100 === 5);
    await forget(stage, chosen);
    refused.add(chosen[0] ?? '');
    const before = stage.bus.arrived.length;
    const repaired = await stage.audit('--repair');
    t.is(repaired.code, 1, 'one is not on the bus');
    t.deepEqual(repaired.report.repair, { published: chosen.length - 1, known: 0, refused: 1 });
    t.deepEqual(sorted(arrivedIds(stage, before)), chosen.slice(1));
    const after = await stage.audit();
    t.is(after.code, 0);
    t.like(after.report.events, { deadLetter: refused.size, missing: 0 });
  },
);

test.serial(
  'people get a table by event type, the first of what is missing, and what the figures rest on',
  async (t) => {
    const stage = await staged(t);
    succeeded(t, await stage.run(['once']));
    const chosen = stage.expected.slice(0, 25);
    await forget(stage, chosen);
    const { code, stdout, stderr } = await stage.run(['audit', ...stage.asked]);
    t.is(code, 1, stderr);
    t.is(stderr, '');
    t.regex(
      stdout,
      /^poller stage, scope outbound, \S+Z to \S+Z\n\nEVENT TYPE +IN GENESYS +PUBLISHED +MISSING +DEAD LETTERS/,
    );
    t.regex(stdout, new RegExp(`^all +${stage.expected.length} +${stage.expected.length - 25} +25 +0 +0 +0 +0$`, 'm'));
    const listed = stdout.split('\n').filter((line) => chosen.includes(line.split(/ +/).at(-1) ?? ''));
    t.is(listed.length, 20);
    t.regex(stdout, /^and 5 more: see --json\n\n25 missing\nAdd --repair to publish them\n/m);
    t.regex(stdout, /^- The live stream has read up to \S+Z:/m);
    t.regex(stdout, /^- Publication is remembered for dedup\.ttl, 7d, a day of which is margin/m);
    t.regex(stdout, /the dialer's event log \(outboundEventLogged\)/);
  },
);

test.serial('what lies before the poller began is not missing, unless a backfill has been there', async (t) => {
  const stage = await staged(t, { config: { streams: live({ startFrom: '4h' }) } });
  succeeded(t, await stage.run(['once']));
  const first = await stage.audit();
  t.is(first.code, 0);
  t.like(first.report.events, { missing: 0, source: stage.expected.length });
  t.true((first.report.events.beforeBeginning ?? 0) > 100);

  const back = ['--from', iso(stage.period.from), '--to', iso(stage.period.to)];
  succeeded(t, await stage.run(['backfill', ...back]));
  await forget(stage, stage.expected.slice(0, 3));
  const { report } = await stage.audit();
  t.like(report.events, { missing: 3, beforeBeginning: 0 });
});

test.serial('the audit stops where the data lake is not complete, and says so', async (t) => {
  const stage = await staged(t, { jobs: { ...LAKE, lagMs: 4 * HOUR } });
  succeeded(t, await stage.run(['once']));
  const { report } = await stage.audit();
  t.true(report.auditedTo < iso(stage.period.to));
  t.is(report.limits.guaranteed, report.auditedTo);
  const { stdout } = await stage.run(['audit', ...stage.asked]);
  t.regex(stdout, /^- Genesys's data lake is complete up to \S+Z: what is from there to \S+Z was not audited$/m);
  const nothing = await stage.run(['audit', '--from', '3h', '--to', '1h']);
  t.is(nothing.code, 1);
  t.regex(nothing.stderr, /^genesys-poller: Nothing from \S+Z on can be audited yet: .*\n$/);
});

test.serial('a permission that is missing is named', async (t) => {
  const stage = await staged(t, { deny: ['analytics:conversationDetail:view'] });
  for (const more of [[], ['--repair']]) {
    const { code, stdout, stderr } = await stage.run(['audit', ...stage.asked, ...more]);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, /^genesys-poller: .*it needs the permission analytics:conversationDetail:view.*\n$/);
  }
});

test.serial(
  'stopped, it tells nothing of the period; a repair says what it has done, and the next one does the rest',
  async (t) => {
    const stage = await staged(t, { jobs: { ...LAKE, runningMs: 700 } });
    succeeded(t, await stage.run(['once']));
    const chosen = stage.expected.filter((_, n) => n % 20 === 7);
    await forget(stage, chosen);
    const before = stage.bus.arrived.length;
    const repair = stage.start(['audit', ...stage.asked, '--repair']);
    while (stage.bus.arrived.length === before) await new Promise((resolve) => setTimeout(resolve, 20));
    repair.process.kill('SIGTERM');
    const { code, stdout, stderr } = await repair.ended;
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(
      stderr,
      /^Published so far: \d+\. Run the same command again to publish the rest\nStopped before it finished/m,
    );
    t.true(stage.bus.arrived.length - before < chosen.length);

    const next = await stage.audit('--repair');
    t.is(next.code, 0, next.stderr);
    t.deepEqual(sorted(arrivedIds(stage, before)), chosen, 'each once');
  },
);
