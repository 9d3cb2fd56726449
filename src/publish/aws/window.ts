/**
 * How many uploads run at the same time: grows by one with each window's worth of successes, halves when the service
 * asks for less (additive increase, multiplicative decrease, as TCP's window).
 */
export interface WindowLimits {
  readonly first: number;
  readonly most: number;
}

export class Window {
  private width: number;
  private active = 0;
  private readonly waiting: (() => void)[] = [];
  /** Uploads that began before the last halving say nothing new. */
  private halvedAt = 0;
  private entered = 0;
  private widest = 0;

  constructor(private readonly limits: WindowLimits) {
    this.width = limits.first;
  }

  /** Uploads that may run now. */
  get limit(): number {
    return Math.floor(this.width);
  }

  /** The most that ran at the same time. */
  get mostActive(): number {
    return this.widest;
  }

  /** Waits for a place. @returns The number of the entry. */
  async enter(): Promise<number> {
    while (this.active >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.active++;
    this.widest = Math.max(this.widest, this.active);
    return ++this.entered;
  }

  leave(): void {
    this.active--;
    this.width = Math.min(this.limits.most, this.width + 1 / this.width);
    for (const next of this.waiting.splice(0)) next();
  }

  /** @param entry Of the upload that was told to slow down. */
  slowDown(entry: number): void {
    if (entry <= this.halvedAt) return;
    this.width = Math.max(1, this.width / 2);
    this.halvedAt = this.entered;
  }
}
