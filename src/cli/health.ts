import { heartbeatFileOf } from '../config/heartbeat-file.ts';
import { readTextFile } from '../config/text-file.ts';
import { type Health, judgeHeartbeat } from '../observability/health.ts';
import { print } from './terminal.ts';

/**
 * Says in one line whether the poller on this host works, by its heartbeat file: no network, no port, no
 * secrets. Resolves to the exit code: 0 while it works or waits for an upstream that is down, 1 when it does
 * neither.
 */
export async function health(options: {
  readonly config?: string | undefined;
  readonly file?: string | undefined;
}): Promise<number> {
  const file = options.file ?? heartbeatFileOf({ file: options.config, env: process.env });
  const { status, why } = judgeFile(file);
  print(`${status}: ${why}`);
  return status === 'stale' ? 1 : 0;
}

function judgeFile(file: string): Health {
  const heartbeat = readTextFile(file);
  return heartbeat.text === undefined
    ? { status: 'stale', why: `the heartbeat file ${file} ${heartbeat.problem}` }
    : judgeHeartbeat(heartbeat.text, Date.now());
}
