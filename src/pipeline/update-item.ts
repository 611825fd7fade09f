import type { RequestContext } from '../ports/request-context.ts';
import type { PollerItem } from '../ports/state-store.ts';

/**
 * Reads a value, computes the next one, and writes it if no other host has written since; otherwise repeats.
 * If `next` returns the stored value, nothing is written. Resolves to the stored value.
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
