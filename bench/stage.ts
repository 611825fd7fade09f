import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DynamoDbReport } from './stubs/dynamo-db.ts';
import type { EventBridgeReport } from './stubs/event-bridge.ts';
import type { GenesysOptions, GenesysReport } from './stubs/genesys.ts';
import { REPORTS_USAGE, type Used } from './used-by.ts';

/** What went over the wire since the stage was set. */
export interface Reports {
  readonly genesys: GenesysReport;
  readonly dynamoDb: DynamoDbReport;
  readonly eventBridge: EventBridgeReport;
}

/** A process that has ended. */
export interface Ended {
  /** How long it lived, milliseconds. */
  readonly ms: number;
  readonly used: Used;
  /**
   * Resident memory every quarter of a second, bytes; empty where the system does not tell (it is read from
   * /proc).
   */
  readonly rss: readonly number[];
}

/** The three services, each a process of its own, and what runs between them. */
export interface Stage {
  reports(): Promise<Reports>;
  /** Runs `node` with these arguments to its end; after `stopAfter` milliseconds it gets a SIGTERM. */
  run(args: readonly string[], options?: { readonly stopAfter?: number; env?: Record<string, string> }): Promise<Ended>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly world: GenesysOptions;
  /** Before every answer of DynamoDB and EventBridge, milliseconds. */
  readonly awsLatency?: number;
  /** Merged over the sections of the configuration. */
  readonly config?: Readonly<Record<string, object>>;
}

/** As the systemd unit and the image start it. */
const NODE_OPTIONS = '--max-old-space-size=256 --max-semi-space-size=4';
const SAMPLE_EVERY = 250;

export async function setStage({ world, awsLatency = 0, config = {} }: StageOptions): Promise<Stage> {
  const genesys = startStub<GenesysReport>('genesys', world);
  const dynamoDb = startStub<DynamoDbReport>('dynamo-db', { latency: awsLatency });
  const eventBridge = startStub<EventBridgeReport>('event-bridge', { latency: awsLatency });
  const stubs = [genesys, dynamoDb, eventBridge];
  const folder = await mkdtemp(join(tmpdir(), 'genesys-poller-bench-'));
  const file = join(folder, 'config.json');
  const url = await genesys.url;
  await writeFile(file, JSON.stringify(configuration(url, world.from, config)));
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_OPTIONS,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_DYNAMODB: await dynamoDb.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: await eventBridge.url,
    GENESYS_CLIENT_ID: 'bench',
    GENESYS_CLIENT_SECRET: 'bench',
    GENESYS_POLLER_CONFIG: file,
    BENCH_GENESYS_URL: url,
    BENCH_USAGE: join(folder, 'usage.json'),
  };
  return {
    async reports() {
      return {
        genesys: await genesys.report(),
        dynamoDb: await dynamoDb.report(),
        eventBridge: await eventBridge.report(),
      };
    },
    run: (args, options) => runToEnd(args, { ...env, ...options?.env }, options?.stopAfter),
    async close() {
      for (const stub of stubs) stub.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** One stream alone, everything else as it is unless set; the source's own limit is not what is measured. */
function configuration(url: string, from: number, sections: Readonly<Record<string, object>>): object {
  const conversations = { startFrom: new Date(from).toISOString() };
  const { streams = {}, ...others } = sections;
  return {
    genesys: { loginUrl: url, apiUrl: url, requestsPerMinute: 300 },
    streams: { conversations, reconciliation: { enabled: false }, eventLog: { enabled: false }, ...streams },
    ...others,
  };
}

function startStub<T>(name: string, options: object) {
  const module = fileURLToPath(new URL(`./stubs/${name}.ts`, import.meta.url));
  // The SDK would tell of the Node versions of years to come.
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const child = fork(module, [JSON.stringify(options)], { execArgv: ['--import=tsx'], env });
  const said = <R>(member: string): Promise<R> =>
    new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`the stub ${name} has ended`));
      child.once('exit', onExit);
      child.once('message', (message: Record<string, R>) => {
        child.off('exit', onExit);
        resolve(message[member] as R);
      });
    });
  return {
    url: said<string>('url'),
    report(): Promise<T> {
      const report = said<T>('report');
      child.send('report');
      return report;
    },
    close: () => child.disconnect(),
  };
}

async function runToEnd(
  args: readonly string[],
  env: Readonly<Record<string, string>> & { readonly BENCH_USAGE: string },
  stopAfter?: number,
): Promise<Ended> {
  const startedAt = Date.now();
  const child = spawn(process.execPath, [REPORTS_USAGE, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const timer = stopAfter === undefined ? undefined : setTimeout(() => child.kill('SIGTERM'), stopAfter);
  const memory = watchMemory(child);
  const code = await ended;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}:\n${said}`);
  const ms = Date.now() - startedAt;
  return { ms, rss: await memory, used: JSON.parse(await readFile(env.BENCH_USAGE, 'utf8')) };
}

async function watchMemory(child: ChildProcess): Promise<readonly number[]> {
  const rss: number[] = [];
  for (; child.exitCode === null; await delay(SAMPLE_EVERY)) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? [];
    if (kilobytes !== undefined) rss.push(Number(kilobytes) * 1_024);
  }
  return rss;
}
