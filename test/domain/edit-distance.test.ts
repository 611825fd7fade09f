import test from 'ava';
import { editDistance } from '../../src/domain/edit-distance.ts';

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
