import { guardSchema } from '../../dist/src/domain/guard.js';

/** Share of the new arm, requests a second in all, bad share. */
export const CASES = [0.01, 0.05, 0.5].flatMap((split) =>
  [10, 100, 1_000].flatMap((rate) => [0.001, 0.01].map((share) => ({ split, rate, share }))),
);

export const DAY = 17_280;

/** A guard of which only the margin was said, as one has to. */
const { margin, phi, alpha, minEvents } = guardSchema.parse({
  key: 'errors',
  source: 'prometheus',
  template: 'envoy',
  margin: 1.2,
});

/** What the goals are stated for, and what is shipped. */
export const SETTINGS = {
  stated: { margin: 1, phi: 1, alpha, minEvents },
  shipped: { margin, phi, alpha, minEvents },
};

/** A setting as rows name it. */
export const named = (name, { margin: r0, phi: scatter } = SETTINGS[name]) =>
  `${name} (margin ${r0}, phi ${scatter})`;

export const titleOf = ({ split, rate, share }) => `${split * 100} % of ${rate}/s, ${share * 100} % bad`;
