import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { type LocalBus, startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { startGenesys } from '../../src/sandbox/genesys/server.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/sandbox/genesys/simulator.ts';
import { createWorld, type World, type WorldOptions } from '../../src/sandbox/genesys/world.ts';
import { expectation } from '../../src/sandbox/services.ts';
import { CLIENT, sandboxEnvironment, V2_BUS } from '../../src/sandbox/settings.ts';
import { judgeDelivery, type Verdict } from '../../src/sandbox/verdict.ts';
import { demandDocumented } from './documented.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const HOUR = 3_600_000;
const SECOND = 1_000;
/** Of the stage's configuration, milliseconds. */
const SETTLE = SECOND;
const OVERLAP = 30 * SECOND;

/** What a process has written, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output, as the JSON lines it consists of. */
  readonly lines: readonly Line[];
}
export type Line = Readonly<Record<string, unknown>> & { readonly event: string; readonly msg: string };

/** A running process of the built program. */
export interface Running {
  readonly process: ChildProcess;
  readonly lines: readonly Line[];
  readonly ended: Promise<Ended>;
  /**
   * Resolves with the first line, past or to come, that the test is waiting for; rejects if the process ends
   * before.
   */
  line(matches: (line: Line) => boolean): Promise<Line>;
}

export interface StageOptions {
  readonly world?: Partial<WorldOptions>;
  /** Permissions that the Genesys client lacks. */
  readonly deny?: readonly string[];
  /** The Genesys client, where it is to have a name and a secret of its own. */
  readonly client?: { readonly id: string; readonly secret: string };
  /** The data lake and its jobs. */
  readonly jobs?: NonNullable<SimulatorOptions['jobs']>;
  /** How far the clock of Genesys is ahead, milliseconds. */
  readonly dateAhead?: () => number;
  /** Called with every request to Genesys and its answer. */
  readonly observe?: NonNullable<SimulatorOptions['observe']>;
  /** Merged over the top-level sections of the configuration. */
  readonly config?: Readonly<Record<string, object>>;
  readonly env?: Readonly<Record<string, string>>;
  /** As whom the program runs, where not as the test itself; only root may choose. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Buses that exist from the start. */
  readonly buses?: readonly string[];
}

/** The built program between real services on this machine. */
export interface Stage {
  readonly world: World;
  readonly simulator: Simulator;
  readonly bus: LocalBus;
  readonly configFile: string;
  /** The environment of a poller that is to lose its lease: its lease lasts only three seconds. */
  readonly shortLease: Readonly<Record<string, string>>;
  /** Where the database listens. */
  readonly dynamoDb: string;
  /** What the processes of the program have for their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a command to its end. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** The world against the bus. */
  verdict(): Verdict;
  /**
   * Lets every call come to its end. Resolves when the poller has read past that and nothing is missing, or
   * when it ought to have found all: what shows late is found within `settle` and two overlaps.
   */
  windDown(poller: Running): Promise<void>;
  close(): Promise<void>;
}

/** A world of six hours that stands still: every call is over, and nothing changes any more. */
export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const startedAt = Date.now();
  const client = options.client ?? CLIENT;
  const historyMs = options.world?.historyMs ?? 6 * HOUR;
  const world = createWorld({
    seed: 11,
    now: Date.now,
    startAt: startedAt - 600_000,
    historyMs,
    historyPerMinute: 0.3,
    callsPerMinute: 0,
    pace: 0.02,
    emailMs: [2_000, 8_000],
    ...options.world,
  });
  if (options.world?.callsPerMinute === undefined) world.stopNewCalls(startedAt - 600_000);
  const simulator = createSimulator({
    world,
    now: Date.now,
    clientId: client.id,
    clientSecret: client.secret,
    ...(options.deny && { deny: options.deny }),
    ...(options.jobs && { jobs: options.jobs }),
    ...(options.dateAhead && { dateAhead: options.dateAhead }),
    ...(options.observe && { observe: options.observe }),
  });
  const genesys = await startGenesys({ simulator });
  const database = await startDatabase();
  const bus = await startLocalBus({
    buses: options.buses ?? [],
    v2Buses: [V2_BUS],
    onArrival: (event) => demandDocumented(event),
  });
  const origin = startedAt - 600_000 - historyMs;
  const folder = await mkdtemp(join(tmpdir(), 'genesys-poller-test-'));
  const configFile = join(folder, 'config.json');
  const config = configuration(genesys, origin, options.config);
  await writeFile(configFile, JSON.stringify(config));
  const shortLeaseFile = join(folder, 'short-lease.json');
  await writeFile(shortLeaseFile, JSON.stringify({ ...config, lease: { duration: '3s' } }));
  const environment = {
    PATH: process.env.PATH ?? '',
    ...sandboxEnvironment({ ...genesys, dynamoDb: database.url, eventBridge: bus.url }),
    GENESYS_CLIENT_ID: client.id,
    GENESYS_CLIENT_SECRET: client.secret,
    ...options.env,
  };
  const running = new Set<ChildProcess>();
  const verdict = () => judgeDelivery(expectation(world, { origin }), bus.arrived);

  const start: Stage['start'] = (args, env = {}) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { ...environment, GENESYS_POLLER_CONFIG: configFile, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options.user,
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return follow(child);
  };
  return {
    world,
    simulator,
    bus,
    configFile,
    shortLease: { GENESYS_POLLER_CONFIG: shortLeaseFile },
    dynamoDb: database.url,
    environment,
    start,
    run: (args, env) => start(args, env).ended,
    verdict,
    async windDown(poller) {
      world.stopNewCalls(Date.now());
      const finalAt = world.finalAt();
      await poller.line(({ event, watermark }) => {
        const reached = event === 'cycle.completed' ? Date.parse(String(watermark)) : Number.NaN;
        return reached >= finalAt + SETTLE + 2 * OVERLAP || (reached >= finalAt && verdict().lost.length === 0);
      });
    },
    async close() {
      for (const child of running) child.kill('SIGKILL');
      await Promise.all([genesys.close(), database.close(), bus.close(), rm(folder, { recursive: true })]);
    },
  };
}

function configuration(
  { loginUrl, apiUrl }: { readonly loginUrl: string; readonly apiUrl: string },
  origin: number,
  { poller, ...sections }: Readonly<Record<string, object>> = {},
): object {
  return {
    // What is in flight may take its time on a busy machine.
    poller: { name: 'stage', schedule: '* * * * * *', shutdownTimeout: '1h', ...poller },
    genesys: { loginUrl, apiUrl },
    streams: {
      conversations: {
        startFrom: new Date(origin).toISOString(),
        settle: `${SETTLE}ms`,
        overlap: `${OVERLAP}ms`,
        maxWindow: '20m',
      },
      reconciliation: { enabled: false },
      eventLog: { enabled: false },
    },
    // A busy machine does not lose it.
    lease: { duration: '1m' },
    ...sections,
  };
}

function follow(child: ChildProcess): Running {
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (text.startsWith('{"')) lines.push(JSON.parse(text) as Line);
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr, lines }));
  });
  return {
    process: child,
    lines,
    ended,
    line: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(matches);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`ended without the awaited line:\n${stdout}${stderr}`)));
        look();
      }),
  };
}
