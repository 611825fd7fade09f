/** An event pattern of an EventBridge rule, as far as the documentation makes use of them. */
export type EventPattern = { readonly [name: string]: EventPattern | readonly Condition[] };
type Condition =
  | string
  | { readonly prefix: string }
  | { readonly exists: boolean }
  | { readonly 'anything-but': string | readonly string[] };

/**
 * Whether a rule with this pattern gets the event (EventBridge User Guide, "Comparison operators"): every
 * member of the pattern has to match, by one of its conditions, or by one of its values where the event has a
 * list. Any other condition is an Error.
 */
export function matches(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([name, expected]) => {
    const value = (event as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (!Array.isArray(expected)) return matches(expected as EventPattern, value);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return (expected as readonly Condition[]).some((condition) => values.some((one) => meets(condition, one)));
  });
}

function meets(condition: Condition, value: unknown): boolean {
  if (typeof condition === 'string') return value === condition;
  if ('exists' in condition) return (value !== undefined) === condition.exists;
  if ('prefix' in condition) return typeof value === 'string' && value.startsWith(condition.prefix);
  if (!('anything-but' in condition)) throw new Error(`unknown condition: ${JSON.stringify(condition)}`);
  // What is not there is not anything.
  return value !== undefined && ![condition['anything-but']].flat().includes(String(value));
}
