/** What one request to the sink may hold. */
export interface BatchLimits {
  readonly entries: number;
  /** Sum of the sizes of all entries. */
  readonly bytes: number;
}

/**
 * Fills requests in order: each takes entries until the next one would exceed either limit.
 *
 * `rest` is the last request where more could still be added to it. `tooLarge` are the entries that no
 * request can hold.
 */
export function fillBatches<T>(
  entries: readonly T[],
  limits: BatchLimits,
  sizeOf: (entry: T) => number,
): { readonly full: readonly (readonly T[])[]; readonly rest: readonly T[]; readonly tooLarge: readonly T[] } {
  const full: T[][] = [];
  const tooLarge: T[] = [];
  let open: T[] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = sizeOf(entry);
    if (bytes > limits.bytes) {
      tooLarge.push(entry);
      continue;
    }
    if (open.length === limits.entries || size + bytes > limits.bytes) {
      full.push(open);
      open = [];
      size = 0;
    }
    open.push(entry);
    size += bytes;
  }
  if (open.length === limits.entries) {
    full.push(open);
    open = [];
  }
  return { full, rest: open, tooLarge };
}
