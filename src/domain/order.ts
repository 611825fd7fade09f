/**
 * The order of a list of times. `open`: they do not tell, since there are fewer than two different ones.
 * `mixed`: they are in neither order.
 */
export type Order = 'open' | 'ascending' | 'descending' | 'mixed';

export function orderOf(times: readonly number[]): Order {
  const steps = times.slice(1).map((time, index) => Math.sign(time - (times[index] ?? time)));
  const rises = steps.includes(1);
  const falls = steps.includes(-1);
  if (rises && falls) return 'mixed';
  return rises ? 'ascending' : falls ? 'descending' : 'open';
}

/** The order of two lists that are parts of one. */
export function commonOrder(a: Order, b: Order): Order {
  if (a === 'open' || a === b) return b;
  return b === 'open' ? a : 'mixed';
}
