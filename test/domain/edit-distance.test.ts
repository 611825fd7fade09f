import test from 'ava';
import { didYouMean, editDistance, nearestName } from '../../src/domain/edit-distance.ts';

const DISTANCES: readonly [from: string, to: string, distance: number, promise: string][] = [
  ['eu-west-1', 'eu-west-1', 0, 'the same text is no step away'],
  ['', '', 0, 'nothing is no step away from nothing'],
  ['', 'abc', 3, 'each letter is inserted'],
  ['abc', '', 3, 'each letter is dropped'],
  ['eu-wst-1', 'eu-west-1', 1, 'one letter is missing'],
  ['eu-weest-1', 'eu-west-1', 1, 'one letter is too many'],
  ['eu-wast-1', 'eu-west-1', 1, 'one letter is wrong'],
  ['eu-wets-1', 'eu-west-1', 2, 'two letters are swapped'],
  ['kitten', 'sitting', 3, 'two are wrong and one is missing'],
  ['abcd', 'bcda', 2, 'dropping and inserting is nearer than replacing'],
  ['flaw', 'lawn', 2, 'the shorter way goes by what both have in the middle'],
];

for (const [from, to, distance, promise] of DISTANCES) {
  test(`from “${from}” to “${to}” ${promise}: ${distance}`, (t) => {
    t.is(editDistance(from, to), distance);
    t.is(editDistance(to, from), distance);
  });
}

test('the nearest name is suggested, whatever the case, up to a third of the letters', (t) => {
  const names = ['dispositionSet', 'queueEntered', 'queueExited'];
  t.is(didYouMean('DISPOSITIONSET', names), ': did you mean dispositionSet?');
  t.is(didYouMean('dispositonset', names), ': did you mean dispositionSet?');
  t.is(didYouMean('queueExit', names), ': did you mean queueExited?');
  t.is(didYouMean('callStarted', names), '');
  t.is(didYouMean('anything', []), '');
});

test('near are two letters of a short text, a third of a longer one; of equals the first is taken', (t) => {
  const by = (distance: number) => () => distance;
  t.is(nearestName(['a', 'b'], by(2), 3), 'a');
  t.is(nearestName(['a'], by(3), 8), undefined);
  t.is(nearestName(['a'], by(3), 9), 'a');
  t.is(nearestName(['a'], by(4), 9), undefined);
});
