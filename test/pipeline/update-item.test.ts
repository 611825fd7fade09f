import test from 'ava';
import { updateItem } from '../../src/pipeline/update-item.ts';
import type { PollerItem } from '../../src/ports/state-store.ts';
import { testContext } from '../support/request-context.ts';

/** An item that other hosts write to, each once, between a reading of this one and its writing. */
function contested(stored: number | undefined, ...others: readonly number[]) {
  let value = stored;
  let version = 0;
  const written: number[] = [];
  const left = [...others];
  const item: PollerItem<number> = {
    async read() {
      const seen = value === undefined ? undefined : { value, version };
      const other = left.shift();
      if (other !== undefined) {
        value = other;
        version++;
      }
      return seen;
    },
    async write(next, over) {
      if (over !== (value === undefined ? undefined : version)) return 'refused';
      value = next;
      version++;
      written.push(next);
      return 'written';
    },
  };
  return { item, written };
}

test('what is stored is replaced by what is made of it', async (t) => {
  const { item, written } = contested(1);
  t.is(await updateItem(item, (stored = 0) => stored + 10, testContext()), 11);
  t.deepEqual(written, [11]);
});

test('what another host stored in between is not overwritten: the next value is made of that', async (t) => {
  const { item, written } = contested(undefined, 5, 7);
  t.is(await updateItem(item, (stored = 0) => stored + 10, testContext()), 17);
  t.deepEqual(written, [17]);
});

test('nothing is written where what is stored may stay', async (t) => {
  const { item, written } = contested(1);
  t.is(await updateItem(item, (stored = 0) => stored, testContext()), 1);
  t.deepEqual(written, []);
});
