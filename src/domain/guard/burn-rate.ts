/** How many times faster than allowed an error budget is spent: `(bad/total) / (1 − slo)`; `slo` in (0, 1). 0 without traffic. Google, "The Site Reliability Workbook", ch. 5. */
export function burnRate(bad: number, total: number, slo: number): number {
  return total === 0 ? 0 : bad / total / (1 - slo);
}
