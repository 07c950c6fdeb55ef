/** Share of the new arm, requests a second in all, bad share. */
export const CASES = [0.01, 0.05, 0.5].flatMap((split) =>
  [10, 100, 1_000].flatMap((rate) => [0.001, 0.01].map((share) => ({ split, rate, share }))),
);

export const DAY = 17_280;

/** What the goals are stated for, and what is shipped. */
export const SETTINGS = { stated: { margin: 1, phi: 1 }, shipped: { margin: 1.2, phi: 2 } };

export const titleOf = ({ split, rate, share }) => `${split * 100} % of ${rate}/s, ${share * 100} % bad`;
