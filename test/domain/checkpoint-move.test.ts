import test from 'ava';
import { judgeMove } from '../../src/domain/checkpoint-move.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-20T10:00:00Z');
const at = (time: string) => Date.parse(`2026-11-${time}Z`);
const STORED = { watermark: at('20T09:00:00'), origin: at('01T00:00:00') };
const HISTORY = [{ from: 0, ttl: 7 * DAY }];
const judge = (to: number) => judgeMove(STORED, to, NOW, HISTORY);

test('moving back needs no --allow-gap', (t) => {
  t.deepEqual(judge(at('20T08:00:00')), { kind: 'back' });
});

test('back past the deduplication period says from where on events are published', (t) => {
  const oldest = at('14T10:00:00');
  t.deepEqual(judge(oldest), { kind: 'back' });
  t.deepEqual(judge(oldest - 1), { kind: 'back', unpublishable: oldest });
  t.deepEqual(judge(STORED.origin), { kind: 'back', unpublishable: oldest });
});

test('back past what a longer dedup.ttl cannot bring back says so too', (t) => {
  const from = at('16T00:00:00');
  const history = [
    { from: 0, ttl: 2 * DAY },
    { from, ttl: 30 * DAY },
  ];
  t.deepEqual(judgeMove(STORED, from, NOW, history), { kind: 'back' });
  t.deepEqual(judgeMove(STORED, from - 1, NOW, history), { kind: 'back', unpublishable: from });
});

test('forward is a gap with two ends, even of a millisecond', (t) => {
  const gap = { start: STORED.watermark, end: STORED.watermark + 1 };
  t.deepEqual(judge(STORED.watermark + 1), { kind: 'forward', gap });
  t.deepEqual(judge(NOW), { kind: 'forward', gap: { start: STORED.watermark, end: NOW } });
});

test('to where it stands is no move', (t) => {
  t.deepEqual(judge(STORED.watermark), { kind: 'none' });
});

test('the future and the time before the origin are refused', (t) => {
  t.deepEqual(judge(NOW + 1), { kind: 'future' });
  t.deepEqual(judge(STORED.origin - 1), { kind: 'beforeOrigin', origin: STORED.origin });
});

test('without a checkpoint the stream begins there, however long ago, but not in the future', (t) => {
  t.deepEqual(judgeMove(undefined, 0, NOW, HISTORY), { kind: 'first' });
  t.deepEqual(judgeMove(undefined, NOW + 1, NOW, HISTORY), { kind: 'future' });
});
