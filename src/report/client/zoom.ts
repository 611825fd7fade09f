/** The period that all plots show, epoch milliseconds. */
export class Zoom {
  private readonly whole: readonly [number, number];
  private readonly shortest: number;
  private readonly listeners: (() => void)[] = [];
  from: number;
  to: number;

  /** `shortest` is the shortest period that is worth looking at, milliseconds. */
  constructor(from: number, to: number, shortest: number) {
    this.whole = [from, to];
    this.shortest = shortest;
    this.from = from;
    this.to = to;
  }

  get isWhole(): boolean {
    return this.from === this.whole[0] && this.to === this.whole[1];
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  set(from: number, to: number): void {
    const middle = (from + to) / 2;
    const half = Math.max(to - from, this.shortest) / 2;
    const next = [Math.max(this.whole[0], middle - half), Math.min(this.whole[1], middle + half)] as const;
    if (next[0] === this.from && next[1] === this.to) return;
    [this.from, this.to] = next;
    for (const listener of this.listeners) listener();
  }

  reset(): void {
    this.set(...this.whole);
  }

  /** Half the period, or twice, about its middle. */
  by(factor: number): void {
    const middle = (this.from + this.to) / 2;
    const half = ((this.to - this.from) / 2) * factor;
    this.set(middle - half, middle + half);
  }

  /** Half a period earlier (-1) or later (1), as far as the log reaches. */
  move(direction: 1 | -1): void {
    const span = this.to - this.from;
    const wanted = (direction * span) / 2;
    const step = Math.max(this.whole[0] - this.from, Math.min(this.whole[1] - this.to, wanted));
    this.set(this.from + step, this.to + step);
  }
}
