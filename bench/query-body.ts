/** What the poller sends to the details query, as far as a simulated Genesys goes by it. */
export interface QueryBody {
  readonly interval: string;
  readonly paging: { readonly pageNumber: number; readonly pageSize: number };
  readonly conversationFilters?: readonly Filter[];
  readonly segmentFilters?: readonly Filter[];
}

interface Filter {
  readonly predicates: readonly { readonly dimension: string; readonly value: string }[];
}

/** From and to, epoch milliseconds. */
export type Span = readonly [number, number];

/** The interval that a dimension is to lie in; undefined if that is not asked for. */
export function spanOf(dimension: string, filters: readonly Filter[] = []): Span | undefined {
  const value = filters[0]?.predicates.find((predicate) => predicate.dimension === dimension)?.value;
  const [from, to] = (value ?? '').split('/').map((text) => Date.parse(text));
  return from === undefined || to === undefined ? undefined : [from, to];
}
