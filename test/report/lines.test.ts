import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readLines } from '../../src/report/lines.ts';

/** Reads these bytes in chunks of this size. */
async function read(bytes: Buffer, size: number, longest = 100) {
  let tooLong = 0;
  let damaged = 0;
  const lines: string[] = [];
  const options = { onTooLong: () => tooLong++, onDamaged: () => damaged++, longest };
  for await (const some of readLines(chunks(bytes, size), options)) lines.push(...some);
  return { lines, tooLong, damaged };
}

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer, void, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const TEXT = 'one\ntwö\n\nlast without an end';
for (const size of [1, 2, 3, 7, 1_000]) {
  test(`lines come whole out of chunks of ${size} bytes`, async (t) => {
    t.deepEqual(await read(Buffer.from(TEXT), size), { lines: TEXT.split('\n'), tooLong: 0, damaged: 0 });
  });

  test(`a line that is too long is skipped and counted, in chunks of ${size} bytes`, async (t) => {
    const text = `before\n${'x'.repeat(101)}\nafter\n${'y'.repeat(100)}\n${'z'.repeat(250)}`;
    const { lines, tooLong } = await read(Buffer.from(text), size);
    t.deepEqual(lines, ['before', 'after', 'y'.repeat(100)]);
    t.is(tooLong, 2);
  });
}

test('gzip is recognised by its bytes, several members one after the other too', async (t) => {
  const bytes = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
  for (const size of [2, 5, 1_000]) t.deepEqual((await read(bytes, size)).lines, ['one', 'two']);
});

test('a gzip file that is cut off is read up to the cut', async (t) => {
  const text = Array.from({ length: 500 }, (_, n) => `line ${n} ${Math.sin(n)}`).join('\n');
  const { lines, damaged } = await read(gzipSync(text).subarray(0, 4_000), 1_000);
  t.is(damaged, 1);
  t.true(lines.length > 10);
  t.is(lines[3], text.split('\n')[3]);
});

test('a source that cannot be read is an error', async (t) => {
  async function* failing(): AsyncGenerator<Buffer, void, void> {
    yield Buffer.from('one\n');
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  }
  const options = { onTooLong: () => undefined, onDamaged: () => undefined };
  await t.throwsAsync(
    async () => {
      for await (const _ of readLines(failing(), options));
    },
    { code: 'EIO' },
  );
});

test('an empty source yields no lines', async (t) => {
  t.deepEqual((await read(Buffer.from(''), 10)).lines, []);
});
