import test from 'ava';
import { SinkDoubt } from '../../src/pipeline/sink-doubt.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;
const MANY = Array.from({ length: 83 }, (_, n) => `event ${n}`);

function bench() {
  const clock = new ManualClock();
  const doubt = new SinkDoubt(clock);
  /** One request and its answer, with nothing in between. */
  const answer = (taken: readonly string[], unclear: readonly string[]) =>
    [...doubt.judge({ taken, unclear }, doubt.mark()).values()].join();
  return { clock, doubt, answer };
}

test('what a breaking sink took just before is no evidence: it was sent before the first refusal', (t) => {
  const { doubt } = bench();
  const [before, broken] = [doubt.mark(), doubt.mark()];
  doubt.judge({ taken: [], unclear: ['a'] }, broken);
  doubt.judge({ taken: MANY, unclear: [] }, before);
  for (let n = 0; n < 3; n++) {
    t.deepEqual([...doubt.judge({ taken: [], unclear: ['a'] }, doubt.mark()).values()], ['sink']);
  }
});

test('a refusal that was on its way when the sink mended creates no dead letter: the entry is sent again', (t) => {
  const { doubt, answer } = bench();
  const refused = MANY.slice(0, 10);
  for (let cycles = 0; cycles < 5; cycles++) answer([], refused);
  const [beforeMending, afterMending] = [doubt.mark(), doubt.mark()];
  doubt.judge({ taken: MANY.slice(10, 30), unclear: [] }, afterMending);
  const causes = doubt.judge({ taken: [], unclear: refused }, beforeMending);
  t.deepEqual(new Set(causes.values()), new Set(['unproven']));
  t.is(answer(refused, []), '');
});

test('an entry at fault is refused again after that, and is condemned however much is in flight beside it', (t) => {
  const { doubt, answer } = bench();
  for (let cycles = 0; cycles < 5; cycles++) answer([], ['a']);
  const inFlight = doubt.mark();
  doubt.judge({ taken: MANY, unclear: [] }, inFlight);
  t.deepEqual([...doubt.judge({ taken: [], unclear: ['a'] }, inFlight).values()], ['unproven']);
  const again = doubt.mark();
  doubt.judge({ taken: MANY, unclear: [] }, doubt.mark());
  t.deepEqual([...doubt.judge({ taken: [], unclear: ['a'] }, again).values()], ['entry']);
});

test('an entry that is taken after all shows that the sink was at fault: the evidence about the others begins anew', (t) => {
  const { answer } = bench();
  for (let n = 0; n < 5; n++) answer([], ['a', 'b', 'c']);
  t.is(answer(['a', 'b'], ['c']), 'sink');
  t.is(answer(['d'], ['c']), 'unproven');
  t.is(answer([], ['c']), 'entry');
});

test('a sink that is repaired bit by bit costs no event', (t) => {
  const { answer } = bench();
  for (let n = 0; n < 20; n++) answer([], MANY);
  for (let left = 80; left >= 0; left -= 10) {
    const causes = answer(MANY.slice(left, left + 10), MANY.slice(0, left));
    t.notRegex(causes, /entry/);
  }
});

test('a sink that refuses everything costs one dead letter a day at most', (t) => {
  const { clock, answer } = bench();
  let left = [...MANY];
  for (let hours = 0; hours < 72; hours++) {
    const causes = answer([], left).split(',');
    left = left.filter((_, index) => causes[index] !== 'entry');
    clock.pause(HOUR);
  }
  t.is(left.length, MANY.length - 2);
});

test('two bad events in a quiet hour are given up once two others are taken', (t) => {
  const { answer } = bench();
  t.is(answer([], ['a', 'b']), 'sink,sink');
  t.is(answer(['c'], ['a', 'b']), 'sink,sink');
  t.is(answer(['d'], ['a', 'b']), 'entry,entry');
});

test('an entry in doubt that is met no more does not stand in the way of a single one for longer than two hours', (t) => {
  const { clock, answer } = bench();
  answer([], ['gone', 'a']);
  clock.pause(HOUR);
  t.is(answer([], ['a']), 'sink');
  clock.pause(HOUR);
  t.is(answer([], ['a']), 'entry');
});

test('an entry that was given up and is refused again without neighbours holds nothing up a second time', (t) => {
  const { answer } = bench();
  t.is(answer(['b'], ['a']), 'unproven');
  t.is(answer([], ['a']), 'unproven');
  t.is(answer([], ['a']), 'entry');
  t.is(answer([], ['a']), 'entry');
});

test('an entry that was given up is no evidence against the sink', (t) => {
  const { clock, answer } = bench();
  for (let n = 0; n < 3; n++) answer(['b'], ['a']);
  t.is(answer([], ['a', 'c']), 'entry,sink');
  clock.pause(2 * HOUR);
  t.is(answer([], ['a', 'c']), 'entry,entry');
});

test('an entry that was given up and is taken after all is doubted like any other when it is refused later', (t) => {
  const { answer } = bench();
  for (let n = 0; n < 3; n++) answer(['b'], ['a']);
  answer(['a'], []);
  t.is(answer([], ['a']), 'sink');
});
