import { createHash } from 'node:crypto';
import { Failure } from '../domain/failure.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import type { Organisation } from '../domain/organisation.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { TokenOwner } from '../ports/token-owner.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';

/** Needs no permission of the client. */
const REQUEST = { method: 'GET', path: '/api/v2/tokens/me' } as const;
/**
 * Genesys, or a gateway in front of it, does not answer this request from this client. It would not answer a
 * repeat either.
 */
const REFUSALS: ReadonlySet<string> = new Set(['genesys.permission', 'genesys.rejected']);

/**
 * Asks Genesys which organisation the token belongs to. If Genesys refuses, only the API's host and a hash of
 * the client ID are known.
 */
export class GenesysTokenOwner implements TokenOwner {
  private readonly client: GenesysClient;
  private readonly fingerprint: string;

  constructor(options: { readonly client: GenesysClient; readonly apiUrl: string; readonly clientId: string }) {
    this.client = options.client;
    const hash = createHash('sha256').update(options.clientId).digest('hex');
    this.fingerprint = `${new URL(options.apiUrl).host} ${hash}`;
  }

  async organisation(context: RequestContext): Promise<Organisation> {
    return { id: await this.id(context), client: this.fingerprint };
  }

  private async id(context: RequestContext): Promise<string | undefined> {
    let answer: unknown;
    try {
      answer = await this.client.request(REQUEST, context);
    } catch (error) {
      if (error instanceof Failure && REFUSALS.has(error.code)) return undefined;
      throw error;
    }
    const id = textOf(fieldsOf(fieldsOf(answer)?.organization)?.id);
    // An answer with other content is not a refusal: the next one may name the organisation.
    if (id === undefined) throw notAsExpected(`${REQUEST.method} ${REQUEST.path}`, 'it names no organisation');
    return id;
  }
}
