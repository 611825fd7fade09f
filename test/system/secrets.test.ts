import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Fault } from '../../src/sandbox/genesys/faults.ts';
import { undocumented } from '../docs/support/log-lines.ts';
import { emfProblems } from '../observability/support/emf-schema.ts';
import { type Ended, type Line, setStage } from '../support/stage.ts';

const CLIENT = { id: 'c11e4711-d157-1c71-ec1d', secret: 'S3cr3t-that-nobody-may-see/+=' };
const AWS = {
  AWS_SECRET_ACCESS_KEY: 'aws/Secret+that/nobody=may-see',
  AWS_SESSION_TOKEN: 'aws-Session+Token/that=nobody-may-see',
};
const basic = (id: string, secret: string) => Buffer.from(`${id}:${secret}`).toString('base64');

/** The stage, with all secrets, and all output. */
async function staged(t: ExecutionContext) {
  const onTheWire = new Set<string>();
  const seen = { headers: {} as Readonly<Record<string, string | undefined>>, tokens: new Set<string>() };
  const stage = await setStage({
    client: CLIENT,
    env: AWS,
    world: { historyMs: 1_200_000 },
    observe(request, answer) {
      onTheWire.add(request.headers.authorization?.split(' ')[1] ?? '');
      const token = /"access_token":"(\w+)"/.exec(answer.body)?.[1];
      if (token) seen.tokens.add(token);
    },
  });
  t.teardown(stage.close);
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  const heartbeat = join(dirname(stage.configFile), 'heartbeat');
  const write = (change: object) => writeFile(stage.configFile, JSON.stringify({ ...config, ...change }));
  config.log = { level: 'trace' };
  config.poller.heartbeatFile = heartbeat;
  await write({});

  const output: string[] = [];
  const lines: Line[] = [];
  const keep = async (ended: Promise<Ended>): Promise<Ended> => {
    const end = await ended;
    output.push(end.stdout, end.stderr);
    lines.push(...end.lines);
    return end;
  };
  /** An answer that repeats all that was sent, the secret and the token among it, as some gateways do. */
  const echo = (status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
    on(request) {
      seen.headers = request.headers;
      return isQuery(request);
    },
    get answer() {
      const message = `You sent ${JSON.stringify(seen.headers)} with ${CLIENT.id} and ${CLIENT.secret}`;
      return { status, headers, body: JSON.stringify({ status, code: 'bad.request', message, contextId: message }) };
    },
  });
  return { stage, write, echo, keep, output, lines, seen, onTheWire, heartbeat };
}

function isQuery({ path }: { readonly path: string }): boolean {
  return path.endsWith('/details/query');
}

/** In every form in which it may turn up. */
function formsOf(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    JSON.stringify(secret).slice(1, -1),
  ];
}

test('no secret, no token and no header is in any output at log.level trace, whatever goes well or wrong; and every line is as documented', async (t) => {
  const { stage, write, echo, keep, output, lines, seen, onTheWire, heartbeat } = await staged(t);
  const run = (args: readonly string[], env = {}) => keep(stage.run(args, env));
  t.is((await run(['setup'])).code, 0);

  // A proxy with a password that is not there, a wrong secret, a bus that is closed to us, a configuration
  // that cannot be used.
  const elsewhere = join(dirname(stage.configFile), 'elsewhere.json');
  await writeFile(
    elsewhere,
    JSON.stringify({ poller: { name: 'other' }, genesys: { region: 'us-east-1' }, log: { level: 'trace' } }),
  );
  const behindProxy = run(['once', '--config', elsewhere], {
    HTTPS_PROXY: 'http://somebody:pr0xy-passw0rd@127.0.0.1:9',
  });
  const wrong = 'Wr0ng-s3cret-that-nobody-may-see';
  t.is((await run(['once'], { GENESYS_CLIENT_SECRET: wrong })).code, 1);
  stage.bus.faults.denied.add('PutEvents');
  t.is((await run(['once'])).code, 1);
  stage.bus.faults.none();
  stage.bus.faults.next(
    { kind: 'entries', code: 'InternalFailure', which: (_entry, index) => index === 0 },
    { kind: 'throttle' },
  );
  const broken = join(dirname(stage.configFile), 'broken.yaml');
  await writeFile(broken, `{genesys: {clientSecret: ${CLIENT.secret}, region: }`);
  for (const command of ['once', 'run', 'health']) t.is((await run([command, '--config', broken])).code, 78);

  // Refused, throttled, broken, in ways that come back with what was sent; then a reload that fails, and one
  // that succeeds.
  const daemon = stage.start(['run']);
  const ended = keep(daemon.ended);
  const next = (event: string) => {
    const from = daemon.lines.length;
    return daemon.line((line) => line.event === event && daemon.lines.indexOf(line) >= from);
  };
  await daemon.line(({ event, caughtUp }) => event === 'cycle.completed' && caughtUp === true);
  stage.simulator.faults.add(echo(401), echo(400));
  await next('cycle.failed');
  const drop: Fault = { on: isQuery, trouble: { kind: 'drop' } };
  stage.simulator.faults.add(echo(403), echo(429, { 'retry-after': '1' }), echo(503), drop);
  await next('cycle.recovered');
  stage.simulator.revokeTokens();
  await next('genesys.reauthenticated');
  const withSecret = `https://${CLIENT.id}:${CLIENT.secret}@api.example`;
  await write({ genesys: { clientSecrets: CLIENT.secret, apiUrl: withSecret } });
  await next('config.rejected');
  await write({ eventBridge: { concurrency: 2 } });
  await next('config.reloaded');
  await run(['health']);
  output.push(await readFile(heartbeat, 'utf8'));
  daemon.process.kill('SIGTERM');
  t.is((await ended).code, 0);
  t.is((await behindProxy).code, 1);

  // What was to be hidden did go over the wire.
  const headers = [basic(CLIENT.id, CLIENT.secret), basic(CLIENT.id, wrong)];
  for (const header of headers) t.true(onTheWire.has(header));
  // A token may be granted to a cycle that has failed meanwhile: it is never used.
  const used = [...seen.tokens].filter((token) => onTheWire.has(token));
  t.true(used.length >= 3, `${used.length} of ${seen.tokens.size} tokens`);

  const all = output.join('\n');
  t.regex(all, /\[secret\]/, 'an echo was printed, without its secrets');
  const secrets = [
    CLIENT.secret,
    wrong,
    'pr0xy-passw0rd',
    ...Object.values(AWS),
    ...headers,
    ...seen.tokens,
    CLIENT.id,
  ];
  for (const form of secrets.flatMap(formsOf)) t.false(all.includes(form), form);
  t.notRegex(all, /\b(basic|bearer) \w/i);

  t.true(
    lines.some(({ event }) => event === 'genesys.request'),
    'trace tells every request',
  );
  t.deepEqual([...new Set(lines.flatMap(undocumented))], []);
  for (const line of lines) {
    const isCycle =
      /^cycle\.(completed|failed|interrupted)$/.test(line.event) ||
      (line.event === 'cycle.recovered' && 'repeats' in line);
    t.is('_aws' in line, isCycle, line.event);
    if (isCycle) t.deepEqual(emfProblems(line), []);
  }
});
