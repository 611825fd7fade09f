import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ExecutionContext } from 'ava';
import type { SentEntry } from '../../src/sandbox/aws/put-events.ts';
import { localClients } from './aws.ts';
import { type Stage, setStage } from './stage.ts';

/** A line of `dead-letters list --json`. */
interface Listed {
  readonly id: string;
  readonly stream: string;
  readonly kind: string;
  readonly reason: string;
  readonly attempts: number;
}

/** A caught-up poller to which the bus has refused three events, one of them an `agentAlerted`. */
export async function withDeadLetters(t: ExecutionContext): Promise<Stage & { list(): Promise<readonly Listed[]> }> {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  t.is((await stage.run(['setup'])).code, 0);
  const refused = new Set<string>();
  stage.bus.faults.always(() => ({
    kind: 'entries',
    code: 'MalformedDetail',
    which: ({ DetailType = '' }: SentEntry) => {
      const isOne =
        ['agentAlerted', 'dispositionSet', 'conversationEnded'].includes(DetailType) && !refused.has(DetailType);
      if (isOne) refused.add(DetailType);
      return isOne;
    },
  }));
  t.is((await stage.run(['once'])).code, 0);
  stage.bus.faults.none();
  const list = async () => {
    const { stdout, code } = await stage.run(['dead-letters', 'list', '--json']);
    t.is(code, 0);
    return stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Listed);
  };
  return { ...stage, list };
}

/** A dead letter of the stream conversations that is written by hand. */
export async function putDeadLetter(
  t: ExecutionContext,
  stage: Stage,
  {
    id,
    kind = 'event',
    content,
    at = '2026-11-20T10:00:00.000Z',
  }: { readonly id: string; readonly kind?: string; readonly content: string; readonly at?: string },
): Promise<void> {
  const text = (value: string) => ({ S: value });
  const time = text(at);
  const client = localClients({ dynamoDb: stage.dynamoDb });
  t.teardown(() => client.close());
  const Item = {
    ...{ pk: text('stage#conversations'), sk: text(`dead-letter#${at}#${id}`), id: text(id) },
    ...{ time, firstSeenAt: time, lastSeenAt: time, kind: text(kind), content: text(content) },
  };
  await client.dynamoDb.send(new PutItemCommand({ TableName: 'GenesysPollerState', Item }));
}
