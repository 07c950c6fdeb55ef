import { Histogram } from 'prom-client';
import type { Refusal } from '../auth/identity-verifier.js';
import { Tally } from './tally.js';

/** By whom a request was told apart. Closed: it is a metric's label. */
export type Outcome =
  | 'user' // a token that was checked
  | 'visitor' // the anonymous id in a cookie of ours
  | 'issued' // an anonymous id that was issued now
  | 'nobody' // no one that is known: no bucket
  | 'no-host' // no route has the host
  | 'fault'; // a fault of ours: no bucket

/** What the edge counts, in prom-client's default registry. */
export const edgeFigures = {
  decisions: new Tally<Outcome>(
    'tidegate_edge_decisions_total',
    'Decisions of the edge, by whom the request was told apart by.',
  ),
  tokens: new Tally<'remembered' | 'checked' | Refusal>(
    'tidegate_edge_tokens_total',
    "Users' tokens that came to the edge: remembered, checked anew, or why they proved nothing.",
  ),
  duration: new Histogram({
    name: 'tidegate_edge_decision_seconds',
    help: 'Own time of a decision of the edge, the wait for a token to be checked included.',
    buckets: [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
  }),
} as const;
