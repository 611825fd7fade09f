import test from 'ava';
import { readUpTo } from '../../src/domain/progress.ts';

const CHECKPOINT = { watermark: 1_000, updatedAt: 5_000 };

test('a stream has been read up to where its latest cycle ended', (t) => {
  t.is(readUpTo(CHECKPOINT, { at: 6_000, watermark: 2_000 }), 2_000);
  t.is(readUpTo(CHECKPOINT, { at: 5_000, watermark: 2_000 }), 2_000);
});

test('a checkpoint that was written after that cycle has the last word', (t) => {
  t.is(readUpTo(CHECKPOINT, { at: 4_999, watermark: 2_000 }), 1_000);
});

test('a cycle never puts a stream behind its checkpoint', (t) => {
  t.is(readUpTo(CHECKPOINT, { at: 6_000, watermark: 500 }), 1_000);
});

test('without a cycle, or with one that does not say, it is the checkpoint', (t) => {
  t.is(readUpTo(CHECKPOINT, undefined), 1_000);
  t.is(readUpTo(CHECKPOINT, { at: 6_000 }), 1_000);
});
