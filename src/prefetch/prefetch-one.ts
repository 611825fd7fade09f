/**
 * Yields what a source yields while the source already works on the next element. One element is fetched
 * ahead, never more.
 *
 * `open` gets a signal that aborts with the given one, and when the consumer stops before the end. The source
 * must then end soon. When the iteration is over, nothing of the source runs any more.
 */
export async function* prefetchOne<T>(
  open: (signal: AbortSignal) => AsyncGenerator<T, void, void>,
  signal: AbortSignal,
): AsyncGenerator<T, void, void> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const source = open(controller.signal);
  let next = ahead(source);
  try {
    for (;;) {
      const element = await next;
      if (element.done) return;
      next = ahead(source);
      yield element.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    controller.abort(new Error('the consumer has left'));
    await Promise.allSettled([next]);
    await source.return();
  }
}

/** The consumer meets a rejection when it comes for the element; until then it is not unhandled. */
function ahead<T>(source: AsyncGenerator<T, void, void>): Promise<IteratorResult<T, void>> {
  const next = source.next();
  next.catch(() => undefined);
  return next;
}
