import type { Derivation } from './event.ts';
import { recordId } from './identity.ts';

/**
 * Derives. If that throws, the whole record is malformed: one unforeseen record must not stop its stream.
 */
export function deriveSafely(
  derive: (record: unknown) => Derivation | undefined,
  record: unknown,
): Derivation | undefined {
  try {
    return derive(record);
  } catch (error) {
    return { events: [], malformed: [{ id: recordId(record), reason: `deriving failed: ${String(error)}`, record }] };
  }
}
