import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a process reports of itself when it ends (usage.cjs). CPU time in milliseconds, memory in bytes. */
export interface Used {
  /** When its first query to Genesys went out, since the process started; absent if none did. */
  readonly firstQuery?: { readonly ms: number; readonly cpu: number };
  readonly cpu: number;
  readonly peakRss: number;
}

/** Node's option that makes a process write that to the file of BENCH_USAGE. */
export const REPORTS_USAGE = `--require=${fileURLToPath(new URL('./usage.cjs', import.meta.url))}`;

/** Runs `node` with these arguments to its end. */
export async function usedBy(args: readonly string[]): Promise<Used> {
  const folder = await mkdtemp(join(tmpdir(), 'genesys-poller-usage-'));
  try {
    const file = join(folder, 'usage.json');
    const env = { PATH: process.env.PATH, BENCH_USAGE: file };
    const child = spawn(process.execPath, [REPORTS_USAGE, ...args], { env, stdio: 'ignore' });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
    return JSON.parse(await readFile(file, 'utf8'));
  } finally {
    await rm(folder, { recursive: true });
  }
}
