import type { Organisation } from '../domain/organisation.ts';
import type { RequestContext } from './request-context.ts';

/** Tells which organisation the client of this process belongs to. */
export interface TokenOwner {
  /** Rejects with a Failure (`genesys.*`), or with the call's signal's reason. */
  organisation(context: RequestContext): Promise<Organisation>;
}
