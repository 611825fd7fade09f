import { Failure } from '../domain/failure.ts';
import { type Binding, judgeBinding, type Organisation } from '../domain/organisation.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type PollerItem, settle } from '../ports/state-store.ts';
import type { TokenOwner } from '../ports/token-owner.ts';

export interface Ownership {
  /** `poller.name`. */
  readonly poller: string;
  readonly owner: TokenOwner;
  readonly item: PollerItem<Binding>;
}

/**
 * Demands that the name of the poller belongs to the organisation of its client, before anything is done
 * under that name. The first organisation to use a name binds it. Rejects with a Failure:
 * `organisation.mismatch`, or that of a dependency.
 */
export async function demandOwnership({ poller, owner, item }: Ownership, context: RequestContext): Promise<void> {
  const organisation = await owner.organisation(context);
  await settle(item, (bound) => bindingOf(poller, bound, organisation), context);
}

/**
 * For what binds nothing, such as `check`: resolves to what it says of the name. Rejects like
 * `demandOwnership`.
 */
export async function lookAtOwnership({ poller, owner, item }: Ownership, context: RequestContext): Promise<string> {
  const organisation = await owner.organisation(context);
  const bound = (await item.read(context))?.value;
  bindingOf(poller, bound, organisation);
  const whose = organisation.id === undefined ? 'of this client' : organisation.id;
  return bound
    ? `it belongs to the organisation ${whose}`
    : `not used yet; the organisation ${whose} will be its owner`;
}

function bindingOf(poller: string, bound: Binding | undefined, organisation: Organisation): Binding {
  const judgement = judgeBinding(bound, organisation);
  if (judgement.kind !== 'same') throw mismatch(poller, bound, organisation);
  return judgement.learnt ?? bound ?? { id: organisation.id, clients: [organisation.client] };
}

function mismatch(poller: string, bound: Binding | undefined, { id }: Organisation): Failure {
  const why =
    bound?.id !== undefined && id !== undefined
      ? `it belongs to the organisation ${bound.id}, and this client is of the organisation ${id}`
      : 'it belongs to other clients, and Genesys does not tell whether this one is of the same organisation';
  return new Failure({
    code: 'organisation.mismatch',
    what: `poller.name ${poller} belongs to another Genesys organisation in these tables`,
    why,
    remedy: `Give this poller a poller.name of its own. If it is the same organisation after all, remove the item with pk ${poller} and sk organisation from the state table`,
    facts: { organisation: id ?? null, boundTo: bound?.id ?? null },
  });
}
