/**
 * Which Genesys organisation a client belongs to. The name of a poller prefixes its state, and two
 * organisations under one name would move each other's checkpoints: so a name belongs to the organisation
 * that used it first.
 */
export interface Organisation {
  /** As Genesys tells it; undefined where it does not tell this client. */
  readonly id: string | undefined;
  /**
   * Host of the API and hash of the client ID. A client belongs to one organisation for as long as it exists.
   */
  readonly client: string;
}

/** The organisation that a name is bound to, and every client that was seen to be of it. */
export interface Binding {
  readonly id: string | undefined;
  readonly clients: readonly string[];
}

type Judgement =
  /** The same organisation. `learnt` is what is to be stored, where something is new. */
  | { readonly kind: 'same'; readonly learnt?: Binding }
  /** Both IDs are known, and differ. */
  | { readonly kind: 'other'; readonly boundTo: string; readonly id: string }
  /**
   * Nothing in common, but no two IDs that differ either: a client of this organisation, or of another one.
   */
  | { readonly kind: 'unknown' };

/**
 * Whether a name that is bound so belongs to this organisation. The ID decides where both have one: a client
 * that took another one's place is recognised by it. Else the client itself decides, and what it proves is
 * kept, so that the next one may be recognised.
 */
export function judgeBinding(bound: Binding | undefined, { id, client }: Organisation): Judgement {
  if (!bound) return { kind: 'same', learnt: { id, clients: [client] } };
  const isKnown = bound.clients.includes(client);
  if (bound.id !== undefined && id !== undefined && bound.id !== id) {
    return { kind: 'other', boundTo: bound.id, id };
  }
  const isSame = isKnown || (bound.id !== undefined && bound.id === id);
  if (!isSame) return { kind: 'unknown' };
  if (isKnown && (id === undefined || bound.id !== undefined)) return { kind: 'same' };
  const clients = isKnown ? bound.clients : [...bound.clients, client].slice(-MAX_CLIENTS);
  return { kind: 'same', learnt: { id: bound.id ?? id, clients } };
}

/** Two hosts may use two clients while one takes the other's place; older ones are of no use. */
const MAX_CLIENTS = 10;
