/*
 * Loaded into a process of the program (`--import`): its wall clock differs from the host's by the milliseconds in the file that
 * CLOCK_OFFSET_FILE names. The monotonic clock and all timers stay as they are, as where NTP or an operator sets the clock.
 */
import { readFileSync } from 'node:fs';

/** How often the file is looked at, milliseconds. */
const LOOK_EVERY = 20;
const file = process.env.CLOCK_OFFSET_FILE;
const HostDate = globalThis.Date;
let offset = 0;

setInterval(() => {
  offset = Number(readFileSync(file, 'utf8'));
}, LOOK_EVERY).unref();

globalThis.Date = class extends HostDate {
  constructor(...args) {
    if (args.length === 0) super(HostDate.now() + offset);
    else super(...args);
  }
  static now() {
    return HostDate.now() + offset;
  }
};
