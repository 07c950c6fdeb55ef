import { Counter } from 'prom-client';

/** What the evaluation side counts, in prom-client's default registry. */
export const evaluationMetrics = {
  userTokensRefused: new Counter({
    name: 'tidegate_user_tokens_refused_total',
    help: "Users' tokens that proved nothing, by reason; the evaluation went on without verified attributes.",
    labelNames: ['environment', 'why'] as const,
  }),
  verifiedDropped: new Counter({
    name: 'tidegate_verified_dropped_total',
    help: 'Contexts whose "verified" was dropped because nobody entitled vouched for it.',
    labelNames: ['environment'] as const,
  }),
  countsDropped: new Counter({
    name: 'tidegate_counts_dropped_total',
    help: 'Counts from SDKs that named no known flag, variant, rule or event.',
    labelNames: ['environment'] as const,
  }),
} as const;
