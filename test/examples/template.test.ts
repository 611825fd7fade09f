import test, { type ExecutionContext } from 'ava';
import { SCHEMA } from '../../src/config/schema.ts';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { stackOf } from '../deploy/support/cloudformation.ts';
import { type EventPattern, matches } from '../support/event-pattern.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { consumerOf, VARIANTS, type VariantName } from './support/consumers.ts';
import { eventsOf } from './support/events.ts';
import { clientFor, createRecords, TEMPLATE } from './support/tables.ts';

const stack = stackOf(TEMPLATE, { CrmUrl: 'https://crm.example/calls' });
const [EVENT] = eventsOf('dispositionSet', 1);

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: string;
}
const ROLE: readonly Statement[] = stack.Role?.Properties.Policies[0].PolicyDocument.Statement;

/** What the role allows on a resource. */
function allowedOn(resource: string): readonly string[] {
  return ROLE.filter(({ Resource }) => Resource === resource)
    .flatMap(({ Action }) => Action)
    .toSorted();
}

/** The actions that a consumer calls when all goes well, when a copy comes, and when the CRM fails. */
async function calledBy(t: ExecutionContext, variant: VariantName): Promise<readonly string[]> {
  const database = await startDatabase();
  t.teardown(database.close);
  const proxy = await startFaultProxy(database.url);
  t.teardown(proxy.close);
  const table = await createRecords(clientFor(t, database.url));
  const { deliver } = consumerOf(variant, clientFor(t, proxy.url), table);
  if (!EVENT) throw new Error('no event');
  t.deepEqual(
    [await deliver(EVENT, 'effectFails'), await deliver(EVENT), await deliver(EVENT)],
    ['refused', 'handled', 'handled'],
  );
  t.deepEqual([...new Set(proxy.passed.map(({ body }) => body.TableName))], [table]);
  return [...new Set(proxy.passed.map(({ operation }) => `dynamodb:${operation}`))].sort();
}

for (const variant of Object.keys(VARIANTS) as VariantName[]) {
  test(`the role allows on the records what a consumer calls, and nothing else: ${variant}`, async (t) => {
    t.deepEqual(
      await calledBy(t, variant),
      allowedOn('arn:aws:dynamodb:REGION:ACCOUNT:table/genesys-dispositions-records'),
    );
  });
}

test('besides it may write its log and to its queue, and every statement names one resource', (t) => {
  t.deepEqual(allowedOn('arn:aws:sqs:REGION:ACCOUNT:genesys-dispositions-dead-letters'), ['sqs:SendMessage']);
  const logs = 'arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/genesys-dispositions:*';
  t.deepEqual(allowedOn(logs), ['logs:CreateLogStream', 'logs:PutLogEvents']);
  t.is(ROLE.length, 3);
  t.true(ROLE.every(({ Resource }) => !Resource.replace(/:\*$/, '').includes('*')));
});

test('the rule hands over the dispositions of campaign calls, and nothing else', (t) => {
  const pattern: EventPattern = stack.Rule?.Properties.EventPattern;
  t.true(matches(pattern, EVENT));
  t.false(matches(pattern, eventsOf('contactDialed', 1)[0]));
  t.false(matches(pattern, { ...EVENT, source: 'someone.else' }));
  const { outboundCampaignId, ...data } = EVENT?.detail.data ?? {};
  t.false(matches(pattern, { ...EVENT, detail: { ...EVENT?.detail, data } }));
  const ofOne = (CampaignId: string): EventPattern => stackOf(TEMPLATE, { CampaignId }).Rule?.Properties.EventPattern;
  t.true(matches(ofOne(String(outboundCampaignId)), EVENT));
  t.false(matches(ofOne('another'), EVENT));
});

test('bus and source are the defaults of the poller', (t) => {
  t.is(stack.Rule?.Properties.EventBusName, SCHEMA.eventBridge.bus.default);
  t.deepEqual(stack.Rule?.Properties.EventPattern.source, [SCHEMA.eventBridge.source.default]);
});

test('what cannot be handed over and what cannot be handled comes to one queue, which is an alarm', (t) => {
  const queue = 'arn:aws:sqs:REGION:ACCOUNT:genesys-dispositions-dead-letters';
  const [target] = stack.Rule?.Properties.Targets ?? [];
  t.is(target.Arn, 'arn:aws:lambda:REGION:ACCOUNT:function:genesys-dispositions');
  t.is(target.DeadLetterConfig.Arn, queue);
  t.is(stack.Function?.Properties.DeadLetterConfig.TargetArn, queue);
  const [statement] = stack.DeadLettersPolicy?.Properties.PolicyDocument.Statement ?? [];
  const rule = 'arn:aws:events:REGION:ACCOUNT:rule/BUS/genesys-dispositions';
  t.like(statement, { Resource: queue, Principal: { Service: 'events.amazonaws.com' }, Action: ['sqs:SendMessage'] });
  t.deepEqual(statement.Condition, { ArnEquals: { 'aws:SourceArn': rule } });
  t.is(stack.Invocation?.Properties.SourceArn, rule);
  const alarm = stack.Unhandled?.Properties;
  t.deepEqual(alarm.Dimensions, [{ Name: 'QueueName', Value: stack.DeadLetters?.Properties.QueueName }]);
  t.is(alarm.AlarmActions, undefined);
  const topic = 'arn:aws:sns:REGION:ACCOUNT:alarms';
  t.deepEqual(stackOf(TEMPLATE, { AlarmTopicArn: topic }).Unhandled?.Properties.AlarmActions, [topic]);
});

test('what a crash has left in progress may be claimed by the time that Lambda tries again', (t) => {
  t.true(stack.Function?.Properties.Timeout < 60);
});

test('the records expire by themselves, and do not go with the stack', (t) => {
  t.like(stack.Records?.Properties, {
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: 'false' },
  });
  for (const name of ['Records', 'DeadLetters']) {
    t.like(stack[name], { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  }
  t.is(stack.Logs?.Properties.RetentionInDays, 30);
});
