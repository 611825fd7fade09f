import test from 'ava';
import { proveLogin, RECOVERY_MS } from '../../src/app/service.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysClient } from '../../src/genesys/client.ts';
import { ServiceManager } from '../../src/observability/service-manager.ts';
import type { Assignments } from '../../src/observability/systemd-notify.ts';
import { stuckFailure, watched } from '../../src/pipeline/watchdog.ts';
import { observe } from '../support/cycle-reports.ts';
import { ManualClock } from '../support/manual-clock.ts';

const refused = new Failure({
  code: 'genesys.credentials',
  what: 'Genesys refused the login',
  why: 'no',
  remedy: 'Look',
});

/** A service that writes down what it hears, and a Genesys that lets in the nth attempt. */
function bench(success: number) {
  const heard: string[] = [];
  const clock = new ManualClock();
  const stop = new AbortController();
  let attempts = 0;
  const genesys = (): GenesysClient => ({
    answerTime: () => 0,
    request: async () => undefined,
    now: async ({ signal }) => {
      attempts++;
      if (attempts < success) throw refused;
      signal.throwIfAborted();
      return 0;
    },
  });
  const service = {
    loggedIn: () => void heard.push('in'),
    loginFailed: (why: string) => void heard.push(why),
  };
  return { heard, clock, stop, genesys, service, prove: () => proveLogin(service, genesys, clock, stop.signal) };
}

test('a login that succeeds is reported, once', async (t) => {
  const { prove, heard, clock } = bench(1);
  await prove();
  t.deepEqual(heard, ['in']);
  t.deepEqual(clock.slept, []);
});

test('one that fails is tried again, at growing intervals, and the reason is reported each time', async (t) => {
  const { prove, heard, clock } = bench(4);
  await prove();
  const why = 'Genesys refused the login: no. Look';
  t.deepEqual(heard, [why, why, why, 'in']);
  t.true((clock.slept[2] ?? 0) > (clock.slept[0] ?? 0));
});

test('a stop ends the attempts, during a login and between two', async (t) => {
  const during = bench(2);
  during.service.loginFailed = () => {
    during.stop.abort(new Error('stop'));
    return undefined;
  };
  await during.prove();
  t.deepEqual(during.heard, []);

  const stopped = bench(1);
  const client = stopped.genesys();
  const genesys = () => ({
    ...client,
    now: async () => {
      stopped.stop.abort();
      throw refused;
    },
  });
  await proveLogin(stopped.service, genesys, stopped.clock, stopped.stop.signal);
  t.deepEqual(stopped.heard, []);
});

test('what hangs is cancelled, and its lease released, before the watchdog of systemd kills the process', async (t) => {
  const allowedMs = 20 * 60_000;
  const clock = new ManualClock(undefined, { autoAdvance: false });
  const messages: Assignments[] = [];
  const notifier = { send: (message: Assignments) => void messages.push(message) };
  const service = new ServiceManager({ notifier, clock, watchdog: true, recoveryMs: RECOVERY_MS });
  service.start(['conversations'], () => allowedMs);
  service.loggedIn();
  observe(service, { stream: 'conversations', outcome: 'acquired' });
  const killedAt = clock.monotonic() + Number(messages.at(-1)?.WATCHDOG_USEC) / 1_000;

  let stuckAt = Number.POSITIVE_INFINITY;
  const work = watched(() => new Promise<never>(() => undefined), {
    ...{ clock, allowed: () => allowedMs, abort: new AbortController().signal },
    ...{ cancel: () => undefined, stuck: () => stuckFailure('conversations') },
  }).catch(() => {
    stuckAt = clock.monotonic();
  });
  await clock.advance(2 * allowedMs);
  await work;
  // The release is not waited for any longer than the lease lasts.
  t.true(stuckAt + parseDuration(SCHEMA.lease.duration.default) < killedAt, `${stuckAt}, ${killedAt}`);
});
