/** A goal that holds up to `limit`; in CI up to `asserted`, which noise of a shared machine can't reach. */
export const atMost = (limit, asserted = limit * 1.5) => ({
  text: `≤ ${limit}`,
  asserted,
  ok: (figure) => figure <= limit,
  okInCi: (figure) => figure <= asserted,
});

/** A goal that holds from `limit` on; in CI from `asserted` on. */
export const atLeast = (limit, asserted = limit / 1.5) => ({
  text: `≥ ${limit}`,
  asserted,
  ok: (figure) => figure >= limit,
  okInCi: (figure) => figure >= asserted,
});

const NO_GOAL = { text: null, asserted: null, ok: () => null, okInCi: () => null };

/**
 * One row of a suite. `value` and `reference` are in `unit`; `ratio` is value ÷ reference unless given. The goal is
 * about the ratio where there is one, else about the value.
 */
export function row({ reference = null, goal = NO_GOAL, ratio, ...rest }) {
  const share = ratio ?? (reference === null ? null : rest.value / reference);
  const judged = share ?? rest.value;
  return {
    ...rest,
    reference,
    ratio: share,
    goal: goal.text,
    ok: goal.ok(judged),
    asserted: goal.asserted,
    okInCi: goal.okInCi(judged),
  };
}
