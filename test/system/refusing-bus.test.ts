import test from 'ava';
import type { BusFault } from '../../src/sandbox/aws/bus-faults.ts';
import { setStage } from '../support/stage.ts';

const every = (code: string) => ({ kind: 'entries', code, which: () => true }) as const satisfies BusFault;

// The other codes are the publisher's tests.
for (const fault of [every('KMSDisabledException'), { kind: 'refuse', code: 'ValidationException' } as const]) {
  test(`a bus that takes some events and then refuses all (${fault.code}) costs none: no dead letter, and the checkpoint stays`, async (t) => {
    const stage = await setStage();
    t.teardown(stage.close);
    await stage.run(['setup']);
    stage.bus.faults.always((context) => (context > 3 ? fault : undefined));
    const refused = await stage.run(['once']);
    t.is(refused.code, 1);
    const failed = refused.lines.find(({ event }) => event === 'cycle.failed');
    t.like(failed, { code: 'bus.rejected', deadLettered: 0 });
    t.true(Number(failed?.published) > 0, 'it refused from the start');
    t.is((await stage.run(['dead-letters', 'list'])).stdout, '');

    stage.bus.faults.none();
    t.is((await stage.run(['once'])).code, 0);
    const { lost, repeated } = stage.verdict();
    t.deepEqual({ lost, repeated }, { lost: [], repeated: 0 });
  });
}
