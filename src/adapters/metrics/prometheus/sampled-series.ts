/** One series and its samples, oldest first; times in epoch ms. Values are as they stand: NaN and ±Inf too. */
export interface SampledSeries {
  readonly labels: { readonly [name: string]: string };
  readonly samples: readonly { readonly at: number; readonly value: number }[];
}
