import test from 'ava';
import { noState } from '../../src/app/placeholders.ts';
import { type StreamDependencies, stallTrackersOf, streamOf } from '../../src/app/streams.ts';
import { Failure } from '../../src/domain/failure.ts';
import { scriptedClient } from '../genesys/support/scripted-client.ts';
import { load } from '../support/config-file.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';

const HOUR = 3_600_000;
const WINDOW = { start: Date.parse('2026-11-20T09:00:00.000Z'), end: Date.parse('2026-11-20T10:00:00.000Z') };

for (const name of ['conversations', 'event-log'] as const) {
  test(`the hour of ${name} outlasts a reload, which makes the stream anew`, async (t) => {
    const clock = new ManualClock('2026-11-20T10:00:00.000Z');
    const log = recordedLog();
    const { client } = scriptedClient(() => ({ totalHits: 5_000, total: 5_000 }));
    const config = load('genesys: { region: eu-central-1 }');
    const parts: StreamDependencies = { config, genesys: client, state: noState(() => undefined), clock, log };
    const stallTrackers = stallTrackersOf(clock);
    const read = async (given: StreamDependencies) => {
      for await (const page of streamOf(name, given).read(WINDOW, testContext())) t.deepEqual(page, []);
    };
    await t.throwsAsync(read({ ...parts, stallTrackers }), { instanceOf: Failure });
    await clock.sleep(HOUR);
    await t.throwsAsync(read(parts), { instanceOf: Failure }, 'another process begins another hour');
    await read({ ...parts, stallTrackers });
    t.like(log.lines.at(-1), { event: 'gap.detected', stream: name });
  });
}
