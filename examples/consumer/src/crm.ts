import type { GenesysEvent } from 'genesys-eventbridge-poller/events';

/** What a call came to, as a CRM wants to know it. */
export interface CallResult {
  readonly conversationId: string;
  readonly campaignId: string | undefined;
  readonly contactId: string | undefined;
  readonly agentId: string | undefined;
  /** The ID of the wrap-up code. */
  readonly disposition: string;
  /** Its name, where the poller could look it up. */
  readonly dispositionName: string | undefined;
  /** When the agent was done, ISO 8601: of two dispositions of one conversation, this says which is the later. */
  readonly at: string;
}

/** What the CRM answers. */
export interface Receipt {
  readonly reference: string;
}

/** The effect of this consumer. Yours goes here. */
export interface Crm {
  /**
   * Rejects if the CRM did not take it. Called again with the same key after a crash that came between it and the record: a CRM
   * that honours the key then does nothing, and only then is "at least once" as good as "once".
   */
  report(result: CallResult, idempotencyKey: string): Promise<Receipt>;
}

/** The result in an event. */
export function callResultOf({ detail: { data, names } }: GenesysEvent<'dispositionSet'>): CallResult {
  return {
    conversationId: data.conversationId,
    campaignId: data.outboundCampaignId,
    contactId: data.outboundContactId,
    agentId: data.agentId,
    disposition: data.disposition,
    dispositionName: names?.disposition,
    at: data.timestamp,
  };
}

/** A CRM that takes results by HTTP, and knows keys in the way that has become usual. */
export class HttpCrm implements Crm {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async report(result: CallResult, idempotencyKey: string): Promise<Receipt> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify(result),
      // Well within the function's own time, so that a CRM that hangs is a failure and not a crash.
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`the CRM answered ${response.status}`);
    const { reference } = (await response.json()) as { readonly reference: unknown };
    return { reference: String(reference) };
  }
}
