import test from 'ava';
import { BusDoubt } from '../../src/pipeline/bus-doubt.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;
const MANY = Array.from({ length: 83 }, (_, n) => `event ${n}`);

function bench() {
  const clock = new ManualClock();
  const doubt = new BusDoubt(clock);
  /** One request and its answer, with nothing in between. */
  const answer = (taken: readonly string[], unclear: readonly string[]) =>
    [...doubt.judge({ taken, unclear }, doubt.mark()).values()].join();
  return { clock, doubt, answer };
}

test('what a breaking bus took just before is no evidence: it was sent before the first refusal', (t) => {
  const { doubt } = bench();
  const [before, broken] = [doubt.mark(), doubt.mark()];
  doubt.judge({ taken: [], unclear: ['a'] }, broken);
  doubt.judge({ taken: MANY, unclear: [] }, before);
  for (let n = 0; n < 3; n++) {
    t.deepEqual([...doubt.judge({ taken: [], unclear: ['a'] }, doubt.mark()).values()], ['bus']);
  }
});

test('an entry that is taken after all shows that the bus was at fault: the evidence about the others begins anew', (t) => {
  const { answer } = bench();
  for (let n = 0; n < 5; n++) answer([], ['a', 'b', 'c']);
  t.is(answer(['a', 'b'], ['c']), 'bus');
  t.is(answer(['d'], ['c']), 'unproven');
  t.is(answer([], ['c']), 'entry');
});

test('a bus that is repaired bit by bit costs no event', (t) => {
  const { answer } = bench();
  for (let n = 0; n < 20; n++) answer([], MANY);
  for (let left = 80; left >= 0; left -= 10) {
    const causes = answer(MANY.slice(left, left + 10), MANY.slice(0, left));
    t.notRegex(causes, /entry/);
  }
});

test('a bus that refuses everything costs one dead letter a day at most', (t) => {
  const { clock, answer } = bench();
  let left = [...MANY];
  for (let hours = 0; hours < 72; hours++) {
    const causes = answer([], left).split(',');
    left = left.filter((_, index) => causes[index] !== 'entry');
    clock.pause(HOUR);
  }
  t.is(left.length, MANY.length - 2);
});

test('two flawed events in a quiet hour are condemned once two others are taken', (t) => {
  const { answer } = bench();
  t.is(answer([], ['a', 'b']), 'bus,bus');
  t.is(answer(['c'], ['a', 'b']), 'bus,bus');
  t.is(answer(['d'], ['a', 'b']), 'entry,entry');
});

test('an entry in doubt that is met no more does not stand in the way of a single one for longer than two hours', (t) => {
  const { clock, answer } = bench();
  answer([], ['gone', 'a']);
  clock.pause(HOUR);
  t.is(answer([], ['a']), 'bus');
  clock.pause(HOUR);
  t.is(answer([], ['a']), 'entry');
});

test('a condemned entry that is refused again, without neighbours, holds nothing up a second time', (t) => {
  const { answer } = bench();
  t.is(answer(['b'], ['a']), 'unproven');
  t.is(answer([], ['a']), 'unproven');
  t.is(answer([], ['a']), 'entry');
  t.is(answer([], ['a']), 'entry');
});

test('a condemned entry is no evidence against the bus', (t) => {
  const { clock, answer } = bench();
  for (let n = 0; n < 3; n++) answer(['b'], ['a']);
  t.is(answer([], ['a', 'c']), 'entry,bus');
  clock.pause(2 * HOUR);
  t.is(answer([], ['a', 'c']), 'entry,entry');
});

test('a condemned entry that is taken after all is doubted like any other when it is refused later', (t) => {
  const { answer } = bench();
  for (let n = 0; n < 3; n++) answer(['b'], ['a']);
  answer(['a'], []);
  t.is(answer([], ['a']), 'bus');
});
