import type { Tables } from '../../app/tables.ts';
import { lookUpIdentity, NO_EVENT, tryWritingIds } from '../../aws/access.ts';
import { arnOf } from '../../aws/arn.ts';
import type { AwsClients } from '../../aws/clients.ts';
import { isKnownRegion, nearestRegions } from '../../aws/regions.ts';
import { dedupShape, type SetupStep, stateShape } from '../../aws/setup.ts';
import { setUpTable, type TableShape } from '../../aws/setup-table.ts';
import { type TargetBus, targetBus } from '../../aws/sink.ts';
import type { Config } from '../../config/config.ts';
import type { SinkEntry } from '../../domain/envelope.ts';
import { Failure } from '../../domain/failure.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { EntryResult } from '../../domain/outcome.ts';
import { describeRoute } from '../../lib/proxy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RequestContext } from '../../ports/request-context.ts';
import type { Probe, ProbeOutcome } from './probe.ts';

/** A name that no stream has: its state is never written. */
const NO_STREAM = 'check';

/** What the poller needs of AWS, tested by calls that change nothing. */
export function awsProbes(config: Config, { aws: clients, state, dedup }: Tables, clock: Clock): readonly Probe[] {
  const { stateTable, dedupTable } = config.dynamoDb;
  const { bus, source } = config.eventBridge;
  const target = targetBus(config.eventBridge, clients, clock);
  const needs = ['aws.credentials'];
  const client = clients.dynamoDb;
  /** What the probes learn of where the tables are. */
  const here: { region?: string; account?: string | undefined } = {};
  const shapeOf = (shape: TableShape) => (context: RequestContext) =>
    unlessDenied('dynamodb:DescribeTable and dynamodb:DescribeTimeToLive', async () => {
      const step = await setUpTable(shape, { client, dryRun: true, clock, signal: context.signal });
      here.account ??= step.account;
      return stepOutcome(step);
    });
  return [
    { id: 'aws.credentials', tests: 'AWS region and credentials', run: () => identity(clients, stateTable, here) },
    { id: 'table.state', tests: `table ${stateTable}`, needs, run: shapeOf(stateShape(stateTable)) },
    {
      id: 'table.state.access',
      tests: `dynamodb:GetItem and UpdateItem on ${stateTable}`,
      needs: [...needs, 'table.state'],
      async run(context) {
        // An update with a condition that cannot hold, and then a look at what is not there.
        await state.fenceCheckpoint(NO_STREAM, 0, context);
        return passed('allowed; tried with an update whose condition cannot hold');
      },
    },
    { id: 'table.dedup', tests: `table ${dedupTable}`, needs, run: shapeOf(dedupShape(dedupTable)) },
    {
      id: 'table.dedup.access',
      tests: `dynamodb:BatchGetItem and BatchWriteItem on ${dedupTable}`,
      needs: [...needs, 'table.dedup'],
      async run(context) {
        await dedup.read([NO_EVENT], context);
        await tryWritingIds({ client, table: dedupTable, clock }, context);
        return passed('allowed; tried by deleting an ID that is not there');
      },
    },
    {
      id: 'bus',
      tests: `bus ${bus}`,
      needs,
      run: async (context) => {
        const elsewhere = placeOutcome(bus, here);
        if (elsewhere?.outcome === 'failed') return elsewhere;
        const look = async () => {
          const finding = stepOutcome(await target.setUp({ dryRun: true, signal: context.signal }));
          return elsewhere ? { ...finding, found: `${finding.found}; ${elsewhere.found}` } : finding;
        };
        return unlessDenied('events:DescribeEventBus', look, () => target.bus.ready?.(context));
      },
    },
    {
      id: 'bus.putEvents',
      tests: `events:PutEvents on ${bus}`,
      needs: [...needs, 'bus'],
      run: (context) => tryPutting(target, unacceptable(source, clock.now()), context),
    },
    { id: 'aws.hosts', tests: 'connection to AWS', run: async () => hostsOutcome(clients) },
  ];
}

async function identity(clients: AwsClients, table: string, here: { region?: string }): Promise<ProbeOutcome> {
  const { region, source, expiration } = await lookUpIdentity(clients.dynamoDb, table);
  here.region = region;
  const until = expiration ? `, good until ${formatInstant(expiration.getTime())}` : '';
  const typo = isKnownRegion(region)
    ? ''
    : ` (no known region: a typo? The nearest names are ${nearestRegions(region).join(', ')})`;
  return passed(`region ${region}${typo}, credentials found in ${source}${until}`);
}

/** Undefined for a bus that is named without an ARN, or is where the tables are. */
function placeOutcome(bus: string, here: { region?: string; account?: string | undefined }): ProbeOutcome | undefined {
  const place = arnOf(bus);
  if (!place) return undefined;
  if (here.region !== undefined && place.region !== here.region) {
    return {
      outcome: 'failed',
      found: `its ARN names the region ${place.region}, and this host uses ${here.region}`,
      remedy: `Set AWS_REGION=${place.region}, or name a bus of ${here.region}; a rule can forward events to another region`,
    };
  }
  if (here.account === undefined || place.account === here.account) return undefined;
  return passed(`in the account ${place.account}; the tables are in ${here.account}`);
}

/** The hosts that the probes before have asked. */
function hostsOutcome({ hosts }: AwsClients): ProbeOutcome {
  if (hosts.size === 0) return { outcome: 'skipped', found: 'no host was asked' };
  return passed([...hosts].map(([host, route]) => describeRoute(route, host)).join(', '));
}

/**
 * Without TTL a table can be used all the same; with other keys it cannot, and then has no billing to speak
 * of.
 */
function stepOutcome({ action, detail, remedy, billing, account }: SetupStep): ProbeOutcome {
  if (action !== 'exists') {
    return {
      outcome: 'failed',
      found: 'there is none',
      remedy: 'Run `genesys-poller setup`, or correct the name or AWS_REGION',
    };
  }
  const owner = account === undefined ? undefined : `account ${account}`;
  const found = [detail, billing, owner].filter((part) => part !== undefined).join('; ');
  if (remedy === undefined) return passed(found);
  return { outcome: 'failed', found, remedy, standsAlone: billing !== undefined };
}

/**
 * Skips instead of failing where the actions are needed by this test and not by the poller. `asPoller` is what
 * the poller itself asks, and rejects if it needs them too.
 */
async function unlessDenied(
  actions: string,
  test: () => Promise<ProbeOutcome>,
  asPoller: () => Promise<void> | undefined = () => undefined,
): Promise<ProbeOutcome> {
  try {
    return await test();
  } catch (error) {
    if (!(error instanceof Failure) || !/^(table|bus)\.denied$/.test(error.code)) throw error;
    await asPoller();
    return { outcome: 'skipped', found: `not allowed to look (${actions}), which the poller itself does not need` };
  }
}

/**
 * An entry that EventBridge refuses for itself, after it has looked whether the call is allowed: its detail
 * is not JSON (PutEvents answers MalformedDetail). Source and type are real ones, since a policy may ask for
 * them.
 */
function unacceptable(source: string, now: number): SinkEntry {
  const eventType = 'conversationStarted';
  const data = { eventType, timestamp: formatInstant(now) } as const;
  const event = { id: NO_STREAM, eventType, timestamp: now, data } as const;
  return { event, source, detail: 'genesys-poller check: not JSON, to be refused' };
}

async function tryPutting({ tryRefused }: TargetBus, entry: SinkEntry, context: RequestContext): Promise<ProbeOutcome> {
  if (!tryRefused) {
    return { outcome: 'skipped', found: 'a v2 bus cannot be tried without publishing; the first event will tell' };
  }
  return putOutcome(await tryRefused(entry, context));
}

function putOutcome(result: EntryResult | undefined): ProbeOutcome {
  if (result && 'reason' in result) {
    const [code] = /^(MalformedDetail|InvalidArgument)\b/.exec(result.reason) ?? [];
    if (code) return passed(`allowed; EventBridge refused the malformed test entry, as expected (${code})`);
    return { outcome: 'failed', found: result.reason, remedy: remedyOf(result) };
  }
  return {
    outcome: 'failed',
    found: 'an entry whose Detail is not JSON was accepted',
    remedy: 'What answers there is not EventBridge: check AWS_ENDPOINT_URL_EVENTBRIDGE and AWS_ENDPOINT_URL',
  };
}

function remedyOf(result: EntryResult): string {
  if (result.status === 'stopped') return result.failure.remedy;
  if (result.status === 'unclear') return result.remedy;
  return 'Try again; if it lasts, look at the quotas and the health of EventBridge in this region';
}

function passed(found: string): ProbeOutcome {
  return { outcome: 'passed', found };
}
