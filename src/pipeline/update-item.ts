import type { RequestContext } from '../ports/request-context.ts';
import type { PollerItem } from '../ports/state-store.ts';

/**
 * Reads a value and writes what `next` makes of it, until no other host has come in between. Where `next`
 * returns what is stored, nothing is written. Resolves to what is then stored.
 */
export async function updateItem<T>(
  item: PollerItem<T>,
  next: (stored: T | undefined) => T,
  context: RequestContext,
): Promise<T> {
  for (;;) {
    const stored = await item.read(context);
    const value = next(stored?.value);
    if (value === stored?.value) return value;
    if ((await item.write(value, stored?.version, context)) === 'written') return value;
  }
}
