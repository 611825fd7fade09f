import type { Log } from '../ports/log.ts';
import { remark } from './terminal.ts';

/** The log of a command whose standard output belongs to its result: what goes wrong is on standard error. */
export const REMARKS: Log = {
  debug() {},
  info() {},
  warn: (_event, msg) => remark(msg),
  error: (_event, msg) => remark(msg),
};
