/** Numbers, durations and times as they stand on the page. All times are UTC. */

const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function number(value: number): string {
  return NUMBER.format(value);
}

const STEPS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** A duration in its largest unit, with at most a decimal: `41 min`. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  const [length, unit] = STEPS.find(([one]) => Math.abs(seconds) >= one) ?? [1, 's'];
  return `${NUMBER.format(seconds / length)} ${unit}`;
}

/** `2026-11-29 09:12:00`. */
export function time(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}
