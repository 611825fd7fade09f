import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { add, type Figures, figuresOf, noFigures } from './figures.ts';
import { SCENARIOS } from './scenario.ts';
import { simulate } from './simulation.ts';

/** What a process of the fleet reports: figures since its last report, or the seed that broke a promise. */
export type Report = { readonly figures: Figures } | { readonly failed: number };

type Kind = keyof typeof SCENARIOS;

/** Seeds between two reports. */
const PORTION = 500;

/**
 * Works through every `stride`-th of the seeds in [from, to) in scenarios of this kind, and reports to the
 * parent process.
 */
export async function workThrough(kind: Kind, from: number, to: number, stride: number): Promise<void> {
  // Failures are thrown by the thousand, and their stacks are not read.
  Error.stackTraceLimit = 0;
  let figures = noFigures();
  const report = (message: Report) => new Promise<void>((resolve) => process.send?.(message, () => resolve()));
  let seed = from;
  process.once('uncaughtException', (error) => {
    console.error(error);
    void report({ failed: seed }).then(() => process.exit(1));
  });
  for (; seed < to; seed += stride) {
    const outcome = await simulate(SCENARIOS[kind](seed));
    if (outcome.violation) {
      await report({ failed: seed });
      return;
    }
    add(figures, figuresOf(outcome));
    if (figures.runs < PORTION && seed + stride < to) continue;
    await report({ figures });
    figures = noFigures();
  }
}

/**
 * Works through the seeds in [from, to) on all cores. Resolves to the figures, and to the first seed that
 * broke a promise and came to our knowledge, if one did.
 */
export async function runInParallel(
  kind: Kind,
  from: number,
  to: number,
  onProgress: (sum: Figures) => void,
): Promise<{ readonly figures: Figures; readonly failed?: number }> {
  const figures = noFigures();
  const script = fileURLToPath(new URL('./simulate.ts', import.meta.url));
  const stride = Math.min(availableParallelism(), to - from);
  let failed: number | undefined;

  const children: ChildProcess[] = [];
  const work = (offset: number) =>
    new Promise<void>((resolve, reject) => {
      const child = fork(script, ['--portion', kind, String(from + offset), String(to), String(stride)], {
        // Most of what a run allocates does not outlive it.
        execArgv: ['--import=tsx', '--max-semi-space-size=64'],
      });
      children.push(child);
      child.on('message', (report: Report) => {
        if ('failed' in report) {
          failed ??= report.failed;
          for (const other of children) other.kill();
        } else {
          add(figures, report.figures);
          onProgress(figures);
        }
      });
      child.on('exit', (code) =>
        code === 0 || failed !== undefined ? resolve() : reject(new Error(`a worker ended with ${code}`)),
      );
    });
  await Promise.all(Array.from({ length: stride }, (_, offset) => work(offset)));
  return failed === undefined ? { figures } : { figures, failed };
}
