import test from 'ava';
import { planProbes } from '../../src/cli/check/plan-probes.ts';
import { oldestPublishable } from '../../src/domain/dedup-history.ts';
import { load } from '../support/config-file.ts';
import { testContext } from '../support/request-context.ts';

const HOUR = 3_600_000;

function memoryOf(settings: string) {
  const config = load(`genesys: { region: eu-central-1 }\n${settings}`);
  const probe = planProbes(config, {}).find(({ id }) => id === 'dedup.ttl');
  return probe?.run(testContext());
}

const streams = (conversations: string, reconciliation: string, more = '') =>
  `streams: { conversations: { ${conversations} }, reconciliation: { ${reconciliation} } ${more} }`;

test('the shipped settings remember longer than anything is read back', async (t) => {
  t.deepEqual(await memoryOf(''), {
    outcome: 'passed',
    found:
      '7d, of which a day is margin; what is up to 102h old is read by reconciliation (horizon 3d, a day for the lag of the data lake, horizonEvery 6h); what is up to 2d old is read by the live query (lookback 2d); what is up to 6m old is read by the live streams (settle 1m, overlap 5m)',
  });
});

test('a memory that the lag of the data lake uses up is a warning: what reconciliation reads is too old', async (t) => {
  const finding = await memoryOf(`${streams('lookback: 12h', 'horizon: 12h')}\ndedup: { ttl: 36h }`);
  t.is(finding?.outcome, 'warning');
  t.is(
    finding?.found,
    '36h, of which a day is margin: what is older than 12h is not published (tooOld); what is up to 42h old is read by reconciliation (horizon 12h, a day for the lag of the data lake, horizonEvery 6h)',
  );
  t.regex(finding?.remedy ?? '', /^Set dedup\.ttl to 66h or more/);
  // The lake lags half a day or more, so all that it has is older than that.
  const now = Date.parse('2026-11-20T10:00:00.000Z');
  const ttl = 36 * HOUR;
  t.is(oldestPublishable(0, now, [{ from: 0, ttl }]), now - 12 * HOUR);
});

test('the remedy of a warning is enough, and less is not', async (t) => {
  for (const [settings, ttl, less] of [
    [streams('lookback: 12h', 'horizon: 12h'), '66h', '65h'],
    [streams('lookback: 2d', 'horizon: 5d'), '174h', '173h'],
    [streams('lookback: 2d', 'horizon: 2h, horizonEvery: 5h'), '3d', undefined],
    [streams('lookback: 12h, settle: 1d', 'enabled: false, horizon: 1h'), '2885m', '2884m'],
  ] as const) {
    t.is((await memoryOf(`${settings}\ndedup: { ttl: ${ttl} }`))?.outcome, 'passed', ttl);
    if (!less) continue;
    const finding = await memoryOf(`${settings}\ndedup: { ttl: ${less} }`);
    t.not(finding?.outcome, 'passed', less);
    t.true(finding?.remedy?.includes(`Set dedup.ttl to ${ttl} `), finding?.remedy);
  }
});

test('live streams that settle later than what is published would publish nothing: that is a failure', async (t) => {
  const finding = await memoryOf(`${streams('lookback: 12h, settle: 1d', 'horizon: 12h')}\ndedup: { ttl: 36h }`);
  t.is(finding?.outcome, 'failed');
  t.true(finding?.found.includes('the live streams (settle 1d, overlap 5m)'));
});

test('a stream that is switched off needs no memory', async (t) => {
  const memory = `${streams('lookback: 12h', 'enabled: false, horizon: 12h')}\ndedup: { ttl: 36h }`;
  t.is((await memoryOf(memory))?.outcome, 'passed');
  const lakeOnly = streams(
    'enabled: false, lookback: 12h, settle: 1d',
    'horizon: 12h',
    ', eventLog: { enabled: false }',
  );
  const finding = await memoryOf(`${lakeOnly}\ndedup: { ttl: 36h }`);
  t.is(finding?.outcome, 'warning');
  t.false(finding?.found.includes('live'));
});
