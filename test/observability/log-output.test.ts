import { openSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { LogOutput, type LostLines, standardOutput } from '../../src/observability/log-output.ts';
import { Fifo } from '../support/fifo.ts';

const NEVER = new Promise(() => undefined);
const MAX_WAITING_BYTES = 100_000;

/** An output to a named pipe; `lines` are those that its reader has got. */
function piped() {
  const fifo = new Fifo();
  const lost: LostLines[] = [];
  const output = new LogOutput({
    fd: fifo.writer('nonblocking'),
    longestWaiting: MAX_WAITING_BYTES,
    onFlowing: (some) => {
      lost.push(some);
      output.write(`lost ${some.lines}\n`);
    },
  });
  let text = '';
  return {
    fifo,
    lost,
    output,
    /** Reads until it has seen what it waits for. */
    async readUntil(done: (text: string) => boolean): Promise<readonly string[]> {
      for (text += fifo.read(); !done(text); text += fifo.read()) await turn();
      return text.split('\n').slice(0, -1);
    },
  };
}

const line = (number: number) => `line ${String(number).padStart(6, '0')} ${'x'.repeat(180)}\n`;
const whole = /^line \d{6} x{180}$|^lost \d+$/;

test('a reader that stops reading holds nothing up: what waits has a bound, and each line over it is counted once', async (t) => {
  const { output, lost, readUntil, fifo } = piped();
  t.teardown(() => fifo.close());
  for (let number = 0; number < 3_000; number++) {
    output.write(line(number));
    if (number % 100 === 0) await turn();
  }
  t.deepEqual(lost, [], 'reported before a reader could hear of it');

  const lines = await readUntil((text) => text.includes('lost '));
  output.write(line(3_000));
  const all = await readUntil((text) => text.includes('line 003000'));
  t.deepEqual(
    all.filter((one) => !whole.test(one)),
    [],
    'a line was torn',
  );
  const numbers = all.filter((one) => one.startsWith('line')).map((one) => Number(one.slice(5, 11)));
  t.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  );
  const dropped = lost.reduce((sum, some) => sum + some.lines, 0);
  t.is(numbers.length + dropped, 3_001);
  t.true(dropped > 1_000 && lines.length > 500, `${dropped} dropped`);
  t.true(lost.every(({ error }) => error === undefined));
});

test('a reader that has gone, and one that comes later: the process goes on, and the new reader sees what is missing', async (t) => {
  const { output, lost, readUntil, fifo } = piped();
  t.teardown(() => fifo.close());
  fifo.leave();
  for (let number = 0; number < 2_000; number++) {
    output.write(line(number));
    if (number % 100 === 0) await turn();
  }
  fifo.attach();
  const lines = await readUntil((text) => text.includes('lost '));
  t.is(lines[0], line(0).trimEnd());
  t.is(lost.length, 1);
  t.is(lost[0]?.error, 'EPIPE');
  t.is(Number(lost[0]?.lines) + lines.filter((one) => one.startsWith('line')).length, 2_000);
});

test('a full disk drops lines and throws nothing', async (t) => {
  const lost: LostLines[] = [];
  const output = new LogOutput({
    fd: openSync('/dev/full', 'w'),
    longestWaiting: MAX_WAITING_BYTES,
    onFlowing: (some) => lost.push(some),
  });
  for (let number = 0; number < 2_000; number++) {
    output.write(line(number));
    if (number % 100 === 0) await turn();
  }
  await output.close(NEVER);
  t.deepEqual(lost, []);
});

test('closing waits for a slow reader until it has every line', async (t) => {
  const { output, readUntil, fifo } = piped();
  t.teardown(() => fifo.close());
  const filling = fifo.fill();
  for (let number = 0; number < 400; number++) output.write(line(number));
  let isClosed = false;
  const closed = output.close(NEVER).then(() => {
    isClosed = true;
  });
  await turn();
  t.false(isClosed);
  const lines = await readUntil((text) => text.includes('line 000399'));
  await closed;
  t.is(lines.length, 400);
  t.is(lines[0], filling + line(0).trimEnd());
});

test('closing gives up when its signal aborts, and writes nothing afterwards', async (t) => {
  const { output, fifo } = piped();
  t.teardown(() => fifo.close());
  const filling = fifo.fill();
  output.write(line(1));
  await output.close(Promise.resolve());
  output.write(line(2));
  await output.close(NEVER);
  t.is(fifo.read(), filling);
});

test('an output to which nothing was written closes at once', async (t) => {
  const { output, fifo } = piped();
  t.teardown(() => fifo.close());
  await output.close(NEVER);
  t.is(fifo.read(), '');
});

test('a terminal gets an open file that does not block, and its own one where that cannot be had', (t) => {
  const opened: unknown[] = [];
  const open = (...asked: unknown[]) => {
    opened.push(asked[0]);
    return 17;
  };
  t.is(standardOutput({ isTTY: true }, open), 17);
  t.deepEqual(opened, ['/dev/fd/1']);
  t.is(
    standardOutput({ isTTY: true }, () => {
      throw new Error('EACCES');
    }),
    1,
  );
  t.is(standardOutput({ isTTY: false }, open), 1);
});
