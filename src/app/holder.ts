import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Names this process among all that may hold a lease. The random part tells apart two processes that have the same ID in
 * two containers of one host name. What polls has no prefix.
 */
export function holderId(prefix?: 'operator'): string {
  const name = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  return prefix === undefined ? name : `${prefix}:${name}`;
}
