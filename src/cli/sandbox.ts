import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../config/duration.ts';
import { CONVERSATIONS, RECONCILIATION } from '../domain/streams.ts';
import { supportsColour } from '../lib/colour.ts';
import { handleSignals } from '../lib/process-signals.ts';
import { ALWAYS, Digest } from '../report/digest.ts';
import { logLineOf } from '../report/log-line.ts';
import { DatabaseMissing } from '../sandbox/aws/database.ts';
import type { ArrivedEvent } from '../sandbox/aws/local-bus.ts';
import { DaemonProcess } from '../sandbox/daemon-process.ts';
import { SandboxOutput } from '../sandbox/sandbox-output.ts';
import { expectation, HISTORY, type Services, startServices } from '../sandbox/services.ts';
import { type BusType, sandboxConfig, sandboxEnvironment } from '../sandbox/settings.ts';
import { judgeDelivery } from '../sandbox/verdict.ts';
import { Watch } from '../sandbox/watch.ts';
import { assertWritable, writePage } from './report-page.ts';
import { notice } from './terminal.ts';

/**
 * The program that runs here: the daemon is the same one, started again. Where this module is says nothing of
 * it in a bundle.
 */
const [, MAIN = ''] = process.argv;
/** The end of a run without new calls, so that those on the line can end, milliseconds. */
const WIND_DOWN = 26_000;
/** The end of a run without kills: a lease must expire, and what was missed is read; milliseconds. */
const CALM = 9_000;
/**
 * A stream this far behind at the end has not done its work, milliseconds. The lake alone is some ten seconds
 * late.
 */
const FAR_BEHIND = 30_000;
/** Time that a slow machine gets beyond the end while it is far behind, milliseconds. */
const EXTENSION = 600_000;

/**
 * The whole system on this machine: a simulated Genesys Cloud with a day of history, an embedded DynamoDB and
 * a local event bus, and between them the real daemon, as a process of its own, through the real SDKs. It
 * ends after `for` milliseconds, or earlier once every call has ended and is published. Ctrl-C ends it in
 * order. Resolves to the exit code: 0 only if nothing was lost and the daemon kept up.
 */
export async function sandbox(options: {
  readonly for: number;
  readonly seed: number;
  /** Kill the daemon with SIGKILL again and again, at this interval in milliseconds. */
  readonly killEvery?: number | undefined;
  /** Which kind of bus the daemon publishes on. */
  readonly bus: BusType;
  /** Where to put the page that `report` makes of the daemon's log. */
  readonly report?: string | undefined;
  readonly version: string;
}): Promise<number> {
  if (options.report !== undefined) assertWritable(options.report);
  const output = new SandboxOutput({
    write: (text) => process.stdout.write(text),
    colour: supportsColour(),
  });
  const startedAt = Date.now();
  const origin = startedAt - HISTORY;
  const services = await start(options.seed);
  if (!services) return 1;
  const { world, bus, addresses, close } = services;
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-'));
  const configFile = join(folder, 'sandbox.json');
  const config = sandboxConfig(addresses, origin, options.bus, options.killEvery !== undefined);
  writeFileSync(configFile, JSON.stringify(config, undefined, 2));
  const env = sandboxEnvironment(addresses);

  output.heading('genesys-eventbridge-poller: the sandbox');
  output.line(`  simulated Genesys Cloud   ${addresses.apiUrl}`);
  output.line(`  its login                 ${addresses.loginUrl}`);
  output.line(`  embedded DynamoDB         ${addresses.dynamoDb}`);
  output.line(`  local event bus           ${addresses.eventBridge} (${options.bus})`);
  output.line(
    `  world ${options.seed}: 25 hours of history to catch up with, then 120 calls a minute, much shortened\n`,
  );

  const watch = new Watch(output, bus.arrived);
  const digest = new Digest(ALWAYS, startedAt);
  const daemon = new DaemonProcess({
    main: MAIN,
    configFile,
    env,
    onLine(line) {
      watch.see(line);
      const entry = logLineOf(line, '');
      if (entry) digest.take(entry, '');
    },
    onDeath: (how) => {
      watch.kills++;
      daemon.start();
      output.note(`the daemon died (${how}) and was started again, process ${daemon.pid}`);
    },
  });
  // However this process ends: the reader of its output may be gone.
  process.once('exit', () => {
    daemon.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await runSetup(configFile, env);
  daemon.start();
  output.note(`the daemon is process ${daemon.pid}; kill -9 it if you like`);
  output.note(
    `ends after ${formatDuration(options.for)} with a verdict; --for 1h lets it run on, Ctrl-C ends it cleanly`,
  );
  const killer = options.killEvery === undefined ? undefined : setInterval(() => daemon.kill(), options.killEvery);

  const interrupt = onInterrupt();
  const before = (rest: number) => Math.max(options.for - rest, options.for / 2);
  await Promise.race([interrupt.happened, delay(before(WIND_DOWN))]);
  world.stopNewCalls(Date.now());
  output.note('no new calls from here on; waiting for those on the line to end');
  await Promise.race([interrupt.happened, delay(before(CALM) - before(WIND_DOWN))]);
  clearInterval(killer);
  const end = interrupt.happenedAt === undefined ? startedAt + options.for : interrupt.happenedAt + WIND_DOWN;
  const isFarBehind = () => watch.watermark() < Math.min(world.finalAt(), Date.now() - FAR_BEHIND);
  await watch.until(() => watch.watermark() >= world.finalAt() || Date.now() >= end + (isFarBehind() ? EXTENSION : 0));
  const hasFailed = isFarBehind();
  if (hasFailed) output.note(`the daemon is more than ${formatDuration(FAR_BEHIND)} behind at the end`);
  const exitCode = await daemon.stop();
  if (exitCode !== 0) output.note(`the daemon ended with exit code ${exitCode}`);
  interrupt.release();

  const expected = expectation(world, { origin, logOrigin: watch.logOrigin, until: watch.watermark() });
  const verdict = judgeDelivery(expected, bus.arrived);
  output.summary(verdict, {
    seconds: (Date.now() - startedAt) / 1000,
    ...foundBy(bus.arrived),
    known: watch.known,
    suppressed: options.bus === 'v2' ? bus.suppressed.length : undefined,
    kills: watch.kills,
    lag: watch.lag(),
    genesysRequests: watch.genesysRequests,
    putEventsCalls: bus.calls,
  });
  await close();
  if (options.report !== undefined) {
    writePage(digest, options.report, options.version);
    output.line(`\n  the run as a page: ${options.report}`);
  }
  return verdict.lost.length + verdict.invented.length === 0 && exitCode === 0 && !hasFailed ? 0 : 1;
}

/** Undefined, and a sentence on standard error, where the optional database is not installed. */
async function start(seed: number): Promise<Services | undefined> {
  try {
    return await startServices(seed);
  } catch (error) {
    if (!(error instanceof DatabaseMissing)) throw error;
    notice(`genesys-poller: ${error.message}`);
    return undefined;
  }
}

/** How many events each of the two looks at conversations has found. */
function foundBy(arrived: readonly ArrivedEvent[]): { readonly live: number; readonly reconciled: number } {
  const streams = arrived.map(({ detail }) => (JSON.parse(detail) as { metadata: { stream: string } }).metadata.stream);
  const count = (wanted: string) => streams.filter((stream) => stream === wanted).length;
  return { live: count(CONVERSATIONS), reconciled: count(RECONCILIATION) };
}

async function runSetup(configFile: string, env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'setup', '--config', configFile], { env, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`setup ended with exit code ${code}`);
}

/** The first Ctrl-C asks for the end, the second one leaves at once. */
function onInterrupt() {
  const { promise, resolve } = promiseWithResolvers();
  const interrupt = { happened: promise, happenedAt: undefined as number | undefined, release: () => {} };
  interrupt.release = handleSignals(() => {
    if (interrupt.happenedAt !== undefined) process.exit(1);
    interrupt.happenedAt = Date.now();
    resolve();
  });
  return interrupt;
}

function promiseWithResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
