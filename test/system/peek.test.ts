import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { setStage } from '../support/stage.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** No AWS at all: neither endpoints nor credentials. */
const NO_AWS = {
  AWS_REGION: '',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://127.0.0.1:9',
};

/** Few windows: peek asks Genesys no more than 60 times a minute. */
const inWindowsOf = (maxWindow: string) => ({
  streams: {
    conversations: { startFrom: '7h', settle: '1s', overlap: '30s', maxWindow },
    reconciliation: { enabled: false },
    eventLog: { enabled: false },
  },
});

interface Event {
  readonly source: string;
  readonly 'detail-type': string;
  readonly time: string;
  readonly detail: { readonly metadata: { readonly id: string; readonly eventType: string }; readonly data: object };
}
const eventsOf = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
const idsOf = (stdout: string) => eventsOf(stdout).map(({ detail }) => detail.metadata.id);

test.serial('peek prints exactly what would be published, each event once, and needs no AWS at all', async (t) => {
  const stage = await setStage({ config: inWindowsOf('8h') });
  t.teardown(stage.close);
  const peeked = await stage.run(['peek', '--since', '7h'], NO_AWS);
  t.is(peeked.code, 0, peeked.stderr);
  t.is(peeked.stderr, '');
  const ids = idsOf(peeked.stdout);
  t.true(ids.length > 500);
  t.is(new Set(ids).size, ids.length);
  t.deepEqual([stage.bus.arrived, stage.bus.vanished], [[], []]);

  await stage.run(['setup']);
  await stage.run(['once']);
  t.deepEqual([...ids].sort(), stage.bus.arrived.map(({ id }) => id ?? '').sort());
  const [first] = eventsOf(peeked.stdout);
  const arrived = stage.bus.arrived.find(({ id }) => id === first?.detail.metadata.id);
  t.is(first?.['detail-type'], arrived?.detailType);
  t.is(first?.source, arrived?.source);
  t.is(Date.parse(first?.time ?? ''), arrived?.time ?? Number.NaN);
  t.deepEqual(first?.detail.data, JSON.parse(arrived?.detail ?? '').data);
});

test.serial('a reader that has seen enough ends it quietly', async (t) => {
  const stage = await setStage({ config: inWindowsOf('8h') });
  t.teardown(stage.close);
  const line = `${process.execPath} ${MAIN} peek --since 7h --config ${stage.configFile} | head -n 1`;
  const shell = spawn('bash', ['-c', `set -o pipefail; ${line}`], {
    // With a socket for its input, bash would take itself for a remote shell and read its start-up files.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, GENESYS_CLIENT_ID: 'sandbox-client', GENESYS_CLIENT_SECRET: 'sandbox-secret' },
  });
  const [stdout, stderr] = await Promise.all([textOf(shell.stdout), textOf(shell.stderr)]);
  t.is(eventsOf(stdout).length, 1);
  t.is(stderr, '');
});

test.serial(
  'without --since it is live: what happens from now on, until Ctrl-C, which is its ordinary end',
  async (t) => {
    const stage = await setStage({ world: { callsPerMinute: 600, historyMs: 600_000 } });
    t.teardown(stage.close);
    const startedAt = Date.now();
    const peek = stage.start(['peek'], NO_AWS);
    let text = '';
    await new Promise<void>((resolve) => {
      peek.process.stdout?.on('data', (more) => {
        text += more;
        if (text.split('\n').length > 20) resolve();
      });
    });
    peek.process.kill('SIGINT');
    const ended = await peek.ended;
    t.is(ended.code, 0, ended.stderr);
    t.is(ended.stderr, '');
    const events = eventsOf(ended.stdout);
    t.true(events.every(({ time }) => Date.parse(time) >= startedAt));
    const ids = idsOf(ended.stdout);
    t.is(new Set(ids).size, ids.length);
  },
);

test.serial(
  'what cannot be identified and what goes wrong is reported on standard error, and events go on',
  async (t) => {
    const stage = await setStage({ world: { historyPerMinute: 0.1 }, config: inWindowsOf('2h') });
    t.teardown(stage.close);
    const malformedPiece = { conversations: [{ conversationStart: '2026-11-20T10:00:00.000Z' }], totalHits: 1 };
    const on = ({ path }: { path: string }) => path.includes('details/query');
    stage.simulator.faults.add({ on, answer: { body: JSON.stringify(malformedPiece) } });
    const peeked = await stage.run(['peek', '--since', '7h'], NO_AWS);
    t.is(peeked.code, 0);
    t.regex(peeked.stderr, /^would become a dead letter: no conversationId\n/);
    t.true(eventsOf(peeked.stdout).length > 50);
  },
);

test.serial('a missing permission or a wrong secret is one line with its remedy, and exit code 1', async (t) => {
  const stage = await setStage({ deny: ['analytics:conversationDetail:view'] });
  t.teardown(stage.close);
  const denied = await stage.run(['peek', '--since', '1h'], NO_AWS);
  t.is(denied.code, 1);
  t.is(denied.stdout, '');
  t.regex(denied.stderr, /^Genesys does not permit .*analytics:conversationDetail:view.*\n$/);
  const wrong = await stage.run(['peek', '--since', '1h'], { ...NO_AWS, GENESYS_CLIENT_SECRET: 'not-the-right-one' });
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /client secret is wrong/);
  t.notRegex(wrong.stderr, /not-the-right-one|\n\s+at /);
});

test.serial('a time in the future is wrong usage, and Genesys is not asked', async (t) => {
  const requests: string[] = [];
  const stage = await setStage({ world: { historyMs: 0 }, observe: ({ path }) => void requests.push(path) });
  t.teardown(stage.close);
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const { code, stdout, stderr } = await stage.run(['peek', '--since', inAnHour], NO_AWS);
  t.deepEqual(
    { code, stdout, stderr },
    { code: 2, stdout: '', stderr: `genesys-poller: --since ${inAnHour} is in the future\n` },
  );
  t.deepEqual(requests, []);
});

test.serial('an invalid timestamp is wrong usage', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const { code, stderr } = await stage.run(['peek', '--since', 'lunch']);
  t.is(code, 2);
  t.regex(stderr, /^genesys-poller: "lunch" must be now, a duration/);
});

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of stream.setEncoding('utf8')) text += part;
  return text;
}
