import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import test, { type ExecutionContext } from 'ava';
import { setUp } from '../../src/aws/setup.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { metricsDocument } from '../../src/observability/emf.ts';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { cannotAsk, startDynamoDbLocal } from '../aws/support/dynamodb-local.ts';
import { localClients } from '../support/aws.ts';
import { setStage } from '../support/stage.ts';
import { type Resource, stackOf } from './support/cloudformation.ts';

const CONNECTIONS = new URL('../../deploy/aws/genesys-poller.yaml', import.meta.url);
const MONITORING = new URL('../../deploy/aws/genesys-poller-monitoring.yaml', import.meta.url);
const TABLES = ['StateTable', 'DedupTable'];
const BUS_ARN = 'arn:aws:events:eu-west-1:111122223333:event-bus/theirs';

/**
 * Creates a table as CloudFormation would, through the SDK; of what a local database does not know, nothing.
 */
async function createTable(client: DynamoDBClient, { Properties }: Resource, timeToLive: boolean): Promise<void> {
  const { TimeToLiveSpecification, PointInTimeRecoverySpecification: _, ...table } = Properties;
  await client.send(new CreateTableCommand(table));
  const status = async () => (await client.send(new DescribeTableCommand(table))).Table?.TableStatus;
  while ((await status()) !== 'ACTIVE');
  if (TimeToLiveSpecification && timeToLive) {
    await client.send(new UpdateTimeToLiveCommand({ TableName: table.TableName, TimeToLiveSpecification }));
  }
}

/** The poller once over tables of the template, beside a bus of its name. */
async function pollOver(t: ExecutionContext, url: string, timeToLive: boolean) {
  const clients = localClients({ dynamoDb: url });
  t.teardown(clients.close);
  const stack = stackOf(CONNECTIONS);
  for (const name of TABLES) await createTable(clients.dynamoDb, stack[name] as Resource, timeToLive);
  const stage = await setStage({ buses: [stack.Bus?.Properties.Name] });
  t.teardown(stage.close);
  const ended = await stage.run(['once'], { AWS_ENDPOINT_URL_DYNAMODB: url });
  t.is(ended.code, 0, ended.stdout + ended.stderr);
  const { lost, repeated, delivered } = stage.verdict();
  t.deepEqual({ lost, repeated }, { lost: [], repeated: 0 });
  t.true(delivered > 500);
  const steps = await setUp({
    ...{
      clients,
      stateTable: stack.StateTable?.Properties.TableName,
      dedupTable: stack.DedupTable?.Properties.TableName,
    },
    ...{ dryRun: true, clock: systemClock, signal: new AbortController().signal },
  });
  // What setup would create is what the template creates.
  t.deepEqual(
    steps.map(({ action, remedy }) => [action, timeToLive ? remedy : undefined]),
    TABLES.map(() => ['exists', undefined]),
  );
  return clients.dynamoDb;
}

test('the poller loses nothing on the tables of the template', async (t) => {
  const database = await startDatabase();
  t.teardown(database.close);
  await pollOver(t, database.url, false);
});

if (cannotAsk) {
  test.skip(`Amazon's DynamoDB Local is not asked: ${cannotAsk}`, (t) => t.pass());
} else {
  test("nor on Amazon's own DynamoDB Local, where IDs expire", async (t) => {
    const database = await startDynamoDbLocal();
    t.teardown(database.close);
    const client = await pollOver(t, database.url, true);
    const { TableName } = stackOf(CONNECTIONS).DedupTable?.Properties ?? {};
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    t.like(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  });
}

test('tables and bus are named as the poller looks for them', (t) => {
  const { StateTable, DedupTable, Bus } = stackOf(CONNECTIONS);
  t.is(StateTable?.Properties.TableName, SCHEMA.dynamoDb.stateTable.default);
  t.is(DedupTable?.Properties.TableName, SCHEMA.dynamoDb.dedupTable.default);
  t.is(Bus?.Properties.Name, SCHEMA.eventBridge.bus.default);
});

test('state can be brought back, and no table goes by mistake', (t) => {
  const stack = stackOf(CONNECTIONS);
  t.like(stack.StateTable?.Properties, { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } });
  for (const name of TABLES) {
    t.like(stack[name], { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    t.like(stack[name]?.Properties, { DeletionProtectionEnabled: true, BillingMode: 'PAY_PER_REQUEST' });
  }
});

test('an archive is made on demand, a bus unless there is one', (t) => {
  t.is(stackOf(CONNECTIONS).Archive, undefined);
  t.like(stackOf(CONNECTIONS, { ArchiveDays: 30 }).Archive?.Properties, { RetentionDays: 30 });
  const existing = stackOf(CONNECTIONS, { ExistingBusArn: BUS_ARN, ArchiveDays: 30 });
  t.is(existing.Bus, undefined);
  t.is(existing.Archive, undefined);
  t.true(JSON.stringify(existing.DaemonPolicy).includes(BUS_ARN));
});

/** Every metric that a cycle's line carries, by name, as telemetry makes them. */
function emitted(): readonly string[] {
  const everything = new Proxy({}, { get: () => 1 });
  const members = metricsDocument('N', 0, everything) as {
    readonly _aws: {
      readonly CloudWatchMetrics: readonly [{ readonly Metrics: readonly { readonly Name: string }[] }];
    };
  };
  return members._aws.CloudWatchMetrics[0].Metrics.map(({ Name }) => Name);
}

const ALARMS = [
  'NoCycles',
  'NoEventLogCycles',
  'NoReconciliation',
  'Lag',
  'FailedCycles',
  'DeadLetters',
  'GenesysThrottles',
  'TablesThrottle',
];

test('alarms and dashboard speak of metrics that the poller makes, by the dimensions that it gives them', (t) => {
  const known = emitted();
  t.true(known.includes('completedCycles') && known.includes('lagSeconds'));
  const text = JSON.stringify(stackOf(MONITORING));
  const named = [
    ...[...text.matchAll(/"MetricName":"(\w+)"/g)],
    ...[
      ...text.matchAll(
        /SELECT \w+\((\w+)\) FROM SCHEMA\(\\"GenesysPoller\\", poller, stream\) WHERE poller = 'default'/g,
      ),
    ],
    ...[...text.matchAll(/\{\\+"GenesysPoller\\+",poller,stream\} poller=\\+"default\\+" MetricName=\\+"(\w+)\\+"/g)],
  ].map(([, name]) => name ?? '');
  const ofDynamo = ['ReadThrottleEvents', 'WriteThrottleEvents'];
  t.deepEqual(
    named.filter((name) => !known.includes(name) && !ofDynamo.includes(name)),
    [],
  );
  t.is(named.length, text.match(/MetricName|SELECT /g)?.length ?? 0);
});

function alarmsOf(stack: ReturnType<typeof stackOf>): readonly string[] {
  return Object.keys(stack).filter((name) => stack[name]?.Type.endsWith('Alarm'));
}

test('a silent poller is an alarm, and silence is nothing to the others', (t) => {
  const stack = stackOf(MONITORING);
  t.deepEqual(alarmsOf(stack), ALARMS);
  for (const name of ALARMS) {
    t.is(stack[name]?.Properties.TreatMissingData, name.startsWith('No') ? 'breaching' : 'notBreaching', name);
  }
});

test('CloudWatch evaluates no alarm over more than a day, nor a query over more than three hours', (t) => {
  for (const { Type, Properties } of Object.values(stackOf(MONITORING, { SilentPeriods: 288 }))) {
    if (!Type.endsWith('Alarm')) continue;
    const period =
      Properties.Period ??
      Math.max(...Properties.Metrics.map((one: Metric) => one.Period ?? one.MetricStat?.Period ?? 0));
    t.true(period * Properties.EvaluationPeriods <= (Properties.MetricName ? 86_400 : 10_800), Properties.AlarmName);
  }
});
interface Metric {
  readonly Period?: number;
  readonly MetricStat?: { readonly Period: number };
}

test('the dashboard shows every alarm that there is, and no other', (t) => {
  const off = { WithConversations: 'false', WithEventLog: 'false', WithReconciliation: 'false' };
  for (const parameters of [{}, off]) {
    const stack = stackOf(MONITORING, parameters);
    const names = alarmsOf(stack).map((name) => stack[name]?.Properties.AlarmName);
    const [widget] = JSON.parse(stack.Dashboard?.Properties.DashboardBody).widgets;
    const shown: readonly string[] = widget.properties.alarms;
    t.deepEqual(
      shown.map((arn) => arn.replace(/^.*:alarm:/, '')),
      names,
    );
  }
});

test('a stream that is not polled is not missed, and alarms go to the topic that is named', (t) => {
  const switches = {
    WithConversations: 'NoCycles',
    WithEventLog: 'NoEventLogCycles',
    WithReconciliation: 'NoReconciliation',
  };
  for (const [parameter, alarm] of Object.entries(switches)) {
    const without = ALARMS.filter((name) => name !== alarm);
    t.deepEqual(alarmsOf(stackOf(MONITORING, { [parameter]: 'false' })), without, parameter);
  }
  t.is(stackOf(MONITORING).NoCycles?.Properties.AlarmActions, undefined);
  const topic = 'arn:aws:sns:REGION:ACCOUNT:alarms';
  const stack = stackOf(MONITORING, { AlarmTopicArn: topic });
  for (const name of ALARMS) t.deepEqual(stack[name]?.Properties.AlarmActions, [topic], name);
});
