/** What a counter rose by between two scrapes or pushes, `start` and `at` (epoch ms). */
export interface Increment {
  readonly start: number;
  readonly at: number;
  readonly value: number;
}
