import { Failure } from '../domain/failure.ts';
import { type Binding, judgeBinding, type Organisation } from '../domain/organisation.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { PollerItem } from '../ports/state-store.ts';
import type { TokenOwner } from '../ports/token-owner.ts';
import { updateItem } from './update-item.ts';

export interface Ownership {
  /** `poller.name`. */
  readonly poller: string;
  readonly owner: TokenOwner;
  readonly item: PollerItem<Binding>;
}

/**
 * Demands that the name of the poller belongs to the organisation of its client, before anything is done
 * under that name. The first organisation to use a name binds it. Rejects with a Failure:
 * `organisation.mismatch`, `organisation.unknown`, or that of a dependency.
 */
export async function assertOwnership({ poller, owner, item }: Ownership, context: RequestContext): Promise<void> {
  const organisation = await owner.organisation(context);
  await updateItem(item, (bound) => bindingOf(poller, bound, organisation), context);
}

/**
 * For what binds nothing, such as `check`: resolves to what it says of the name. Rejects like
 * `assertOwnership`.
 */
export async function describeOwnership({ poller, owner, item }: Ownership, context: RequestContext): Promise<string> {
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
  switch (judgement.kind) {
    case 'same':
      return judgement.learnt ?? bound ?? { id: organisation.id, clients: [organisation.client] };
    case 'other':
      throw mismatch(poller, judgement.boundTo, judgement.id);
    case 'unknown':
      throw unknown(poller, bound, organisation);
  }
}

function mismatch(poller: string, boundTo: string, id: string): Failure {
  return new Failure({
    code: 'organisation.mismatch',
    what: `poller.name ${poller} belongs to another Genesys organisation in these tables`,
    why: `it belongs to the organisation ${boundTo}, and this client is of the organisation ${id}`,
    remedy: `Give this poller a poller.name of its own. If it is the same organisation after all, ${removal(poller)}`,
    fields: { organisation: id, boundTo },
  });
}

/** May pass by itself: a gateway may have answered in place of Genesys, or the next answer tells more. */
function unknown(poller: string, bound: Binding | undefined, { id }: Organisation): Failure {
  const isRefused = id === undefined;
  return new Failure({
    code: 'organisation.unknown',
    what: `It is not known whether poller.name ${poller} belongs to the organisation of this OAuth client`,
    why: isRefused
      ? 'other clients have used it, and Genesys, or a gateway in its place, refuses GET /api/v2/tokens/me to this one'
      : 'other clients have used it, and Genesys has not disclosed their organisation',
    remedy: `${isRefused ? 'If it lasts, check what answers at genesys.apiUrl. ' : ''}If this client is of the same organisation, ${removal(poller)}; else give this poller a poller.name of its own`,
    fields: { organisation: id ?? null, boundTo: bound?.id ?? null },
  });
}

function removal(poller: string): string {
  return `remove the item with pk ${poller} and sk organisation from the state table`;
}
