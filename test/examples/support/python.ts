import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { GenesysEvent } from '../../../src/schema/events.ts';
import { FAKE_ACCESS } from '../../support/aws.ts';
import { type Delivered, type Mishap, TIME_LEFT } from './consumers.ts';

const DRIVER = fileURLToPath(new URL('driver.py', import.meta.url));
const CONSUMER = fileURLToPath(new URL('../../../examples/consumer/python', import.meta.url));

/** Why consumer.py cannot be run on this machine; undefined if it can. */
export const cannotRunPython =
  spawnSync('python3', ['-c', 'import boto3']).status === 0
    ? undefined
    : 'there is no Python with boto3 on this machine';

/**
 * An instance of consumer.py: a process that handles one delivery after the other, and is started anew when
 * it has died.
 */
export interface PythonInstance {
  deliver(event: GenesysEvent, mishap?: Mishap, leftMs?: number): Promise<Delivered>;
  /** What the last delivery returned or raised. */
  readonly last: string;
  close(): void;
}

/** `effect` hears of every effect, by its key. */
export function pythonInstance(
  options: { readonly url: string; readonly records: string; readonly attempts: string },
  effect: (key: string) => void,
): PythonInstance {
  let child: ChildProcess | undefined;
  let answered: (delivered: Delivered) => void = () => undefined;
  let last = '';
  const start = () => {
    const { accessKeyId, secretAccessKey } = FAKE_ACCESS.credentials;
    const started = spawn('python3', [DRIVER, CONSUMER, options.url, options.records, options.attempts], {
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, PYTHONDONTWRITEBYTECODE: '1' },
        ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        AWS_DEFAULT_REGION: FAKE_ACCESS.region,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: started.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { effect?: string; outcome?: string; error?: string };
      if (said.effect !== undefined) return effect(said.effect);
      last = said.outcome ?? said.error ?? '';
      answered(said.error === undefined ? 'handled' : 'refused');
    });
    // After its last line has been read.
    started.once('close', () => {
      child = undefined;
      answered('crashed');
    });
    return started;
  };
  return {
    get last() {
      return last;
    },
    deliver: (event, mishap = 'none', leftMs = TIME_LEFT) =>
      new Promise((resolve) => {
        answered = resolve;
        child ??= start();
        child.stdin?.write(`${JSON.stringify({ event, mishap, leftMs })}\n`);
      }),
    close: () => void child?.kill(),
  };
}
