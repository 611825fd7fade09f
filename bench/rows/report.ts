import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../program.ts';
import type { Row } from '../row.ts';

const MB = 1_000_000;
/** A month and a half of a poller with two streams, every 15 seconds. */
const LOG_MB = Number(process.env.BENCH_LOG_MB ?? 1_000);
/** Milliseconds between two lines. */
const INTERVAL = 7_500;
/** How often the size of the process is looked at, milliseconds. */
const LOOK_EVERY = 50;

/**
 * A large log read from a file: how long that takes, and with how much memory, beside that of a tenth of the
 * log.
 */
export async function report(program: Program): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-bench-'));
  try {
    const small = await measured(program, folder, LOG_MB / 10);
    const large = await measured(program, folder, LOG_MB);
    const size = `${LOG_MB.toLocaleString('en')} MB`;
    return [
      { what: `report of a log of ${size}`, unit: 's', digits: 1, runs: [large.seconds], bound: { atMost: 60 } },
      { what: 'its resident memory at its peak', unit: 'MB', runs: [large.peak / MB], bound: { below: 256 } },
      { what: 'the same, of a tenth of the log', unit: 'MB', runs: [small.peak / MB] },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measured(program: Program, folder: string, megabytes: number) {
  const file = join(folder, `${megabytes}.log`);
  await writeLog(file, megabytes * MB);
  const startedAt = performance.now();
  const out = join(folder, 'report.html');
  const child = spawn(process.execPath, [program.main, 'report', file, '--out', out], { stdio: 'ignore' });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid) ?? 0);
  }, LOOK_EVERY);
  const [code] = await once(child, 'exit');
  clearInterval(look);
  if (code !== 0) throw new Error(`report ended with exit code ${code}`);
  return { seconds: (performance.now() - startedAt) / 1_000, peak };
}

/** Bytes; undefined once the process has ended. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}

/** Lines of cycles with their metrics: the longest of those that come often. */
async function writeLog(file: string, bytes: number): Promise<void> {
  const output = createWriteStream(file);
  let time = Date.parse('2026-09-01T00:00:00Z');
  for (let n = 0, written = 0; written < bytes; n++, time += INTERVAL) {
    const text = `${lineOf(time, n)}\n`;
    written += text.length;
    if (!output.write(text)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'close');
}

const METRICS = ['completedCycles', 'failedCycles', 'published', 'deadLettered', 'genesysThrottled', 'lagSeconds'];

function lineOf(time: number, n: number): string {
  const published = n % 90;
  const figures = {
    conversations: 100,
    derived: 1_000,
    duplicates: 1_000 - published,
    tooOld: 0,
    tooLate: 0,
    published,
  };
  const calls = {
    suppressed: 0,
    deadLettered: 0,
    genesysRequests: 3,
    genesysThrottled: 0,
    putEventsCalls: 9,
    dynamoCalls: 5,
  };
  const iso = (ago: number) => new Date(time - ago).toISOString();
  return JSON.stringify({
    level: 'info',
    time: iso(0),
    poller: 'default',
    event: 'cycle.completed',
    stream: n % 2 === 0 ? 'conversations' : 'event-log',
    ...{ windowStart: iso(360_000), windowEnd: iso(60_000), watermark: iso(60_000), lagSeconds: 60 + (n % 7) },
    ...{ ...figures, ...calls, durationMs: 400 + (n % 300), caughtUp: true },
    ...{ completedCycles: 1, failedCycles: 0 },
    _aws: {
      Timestamp: time,
      CloudWatchMetrics: [
        {
          Namespace: 'GenesysPoller',
          Dimensions: [['poller', 'stream']],
          Metrics: METRICS.map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    msg: `Published ${published} events of conversations`,
  });
}
