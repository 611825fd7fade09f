import { type Answer, type Asked, awsJson, optionsOf, type Stub, serve } from './stub.ts';

export interface EventBridgeReport {
  readonly putEvents: number;
  readonly describes: number;
  readonly entries: number;
  /** Entries whose ID had come before. */
  readonly repeated: number;
}

const MAX_ENTRIES = 10;
const ID = /"metadata":\{"id":"([0-9a-f]{64})"/;

/** A bus that takes everything and remembers the IDs of what it took. */
class EventBridgeStub implements Stub {
  private readonly seen = new Set<string>();
  private putEvents = 0;
  private describes = 0;
  private entries = 0;
  private repeated = 0;

  answer({ headers, body }: Asked): Answer {
    if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
      this.describes++;
      return awsJson('1.1', { Name: 'bench', Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/bench' });
    }
    const { Entries } = JSON.parse(body) as { readonly Entries: readonly { readonly Detail: string }[] };
    if (Entries.length > MAX_ENTRIES) throw new Error(`${Entries.length} entries in one PutEvents call`);
    this.putEvents++;
    for (const { Detail } of Entries) this.take(ID.exec(Detail)?.[1]);
    return awsJson('1.1', { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: String(this.entries) })) });
  }

  report(): EventBridgeReport {
    const { putEvents, describes, entries, repeated } = this;
    return { putEvents, describes, entries, repeated };
  }

  private take(id: string | undefined): void {
    if (id === undefined) throw new Error('an entry without a deduplication ID');
    this.entries++;
    if (this.seen.has(id)) this.repeated++;
    this.seen.add(id);
  }
}

serve(new EventBridgeStub(), optionsOf<{ readonly latency?: number }>().latency ?? 0);
