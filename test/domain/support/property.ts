import type { ExecutionContext } from 'ava';
import fc from 'fast-check';

/**
 * Checks a property. Inside it assert with node:assert, not with `t`: only then is the failure fast-check's,
 * with the seed and the smallest counterexample, instead of the first assertion that failed on the way there.
 */
export function holds<Ts>(
  t: ExecutionContext,
  property: fc.IPropertyWithHooks<Ts>,
  parameters?: fc.Parameters<Ts>,
): void {
  fc.assert(property, { numRuns: 300, ...parameters });
  t.pass();
}

/**
 * Counts how often the interesting cases came up, so that a property cannot hold merely because its generator
 * never produced them.
 */
export class Census {
  private readonly counts: Record<string, number> = {};

  saw(what: string, times: number | boolean = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + Number(times);
  }

  /** Fails unless each of these came up at least so often. */
  atLeast(t: ExecutionContext, expected: Readonly<Record<string, number>>): void {
    for (const [what, times] of Object.entries(expected)) {
      const seen = this.counts[what] ?? 0;
      t.true(seen >= times, `the generator is too tame: ${what} came up ${seen} times, expected at least ${times}`);
    }
  }
}
