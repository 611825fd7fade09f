import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program, Sides } from '../program.ts';
import type { Row } from '../row.ts';
import { usedBy } from '../used-by.ts';

const MB = 1_000_000;
/** A month and a half of a poller with two streams, every 15 seconds. */
const LOG_MB = Number(process.env.BENCH_LOG_MB ?? 1_000);
/** Milliseconds between two lines. */
const INTERVAL = 7_500;
const RUNS = 3;
const PARSE_ONLY = fileURLToPath(new URL('../parse-only.mjs', import.meta.url));

/** By how much the memory of all of the log may exceed that of a tenth of it. */
const GROWTH_TOLERANCE = 1.25;

/**
 * A large log read from a file: how much CPU time that takes beside parsing its lines and nothing else, and
 * how much memory beside that of a tenth of the log.
 */
export async function report({ program }: Sides): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-bench-'));
  try {
    const [part, parsed]: [Measured[], number[]] = [[], []];
    const small = await writeLog(folder, LOG_MB / 10);
    for (let run = 0; run < RUNS; run++) {
      part.push(await measured(program, folder, small));
      parsed.push((await usedBy([PARSE_ONLY, small])).cpu / 1_000);
    }
    const large = await measured(program, folder, await writeLog(folder, LOG_MB));
    const size = `${LOG_MB.toLocaleString('en')} MB`;
    return [
      {
        what: `report of a log of ${LOG_MB / 10} MB, CPU`,
        unit: 's',
        digits: 1,
        runs: part.map(({ cpu }) => cpu),
        against: { name: 'JSON.parse of its lines', runs: parsed },
        bound: { atMost: 2.5 },
      },
      { what: `report of a log of ${size}, on the clock`, unit: 's', digits: 1, runs: [large.seconds] },
      { what: 'its resident memory at its peak', unit: 'MB', runs: [large.peak / MB], bound: { atMost: 256 } },
      {
        what: 'the same, by that of a tenth of the log',
        unit: '',
        digits: 2,
        runs: [large.peak / Math.max(...part.map(({ peak }) => peak))],
        bound: { atMost: GROWTH_TOLERANCE },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Measured {
  readonly seconds: number;
  /** Seconds. */
  readonly cpu: number;
  /** Bytes. */
  readonly peak: number;
}

async function measured({ main }: Program, folder: string, file: string): Promise<Measured> {
  const out = join(folder, 'report.html');
  const startedAt = performance.now();
  const { cpu, peakRss } = await usedBy([main, 'report', file, '--out', out]);
  return { seconds: (performance.now() - startedAt) / 1_000, cpu: cpu / 1_000, peak: peakRss };
}

/** Lines of cycles with their metrics: the longest of those that come often. */
async function writeLog(folder: string, megabytes: number): Promise<string> {
  const file = join(folder, `${megabytes}.log`);
  const bytes = megabytes * MB;
  const output = createWriteStream(file);
  let time = Date.parse('2026-09-01T00:00:00Z');
  for (let n = 0, written = 0; written < bytes; n++, time += INTERVAL) {
    const text = `${lineOf(time, n)}\n`;
    written += text.length;
    if (!output.write(text)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'close');
  return file;
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
    windowStart: iso(360_000),
    windowEnd: iso(60_000),
    watermark: iso(60_000),
    lagSeconds: 60 + (n % 7),
    ...figures,
    ...calls,
    durationMs: 400 + (n % 300),
    caughtUp: true,
    completedCycles: 1,
    failedCycles: 0,
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
