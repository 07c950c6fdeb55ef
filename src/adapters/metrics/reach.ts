/** What is older is not read any more, ms. */
export const REACH = 10 * 60_000;
/** After a span of the store's clock ends, so that what was on its way into it has arrived, ms. */
export const GRACE = 1_000;
