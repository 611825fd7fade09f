import { pollAllOnce } from '../app/once.ts';
import { systemClock } from '../lib/system-clock.ts';

/** Polls every enabled stream until it is caught up. Resolves to the exit code: 1 if any stream was not. */
export async function once(options: { readonly config?: string | undefined }): Promise<number> {
  return (await pollAllOnce({ file: options.config, env: process.env }, systemClock)) ? 0 : 1;
}
