import { z } from 'zod';
import type { Identity } from './environment.js';
import { labelSchema } from './key.js';

const kubernetesLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label of at most 63 characters');

/**
 * A gateway that is to ask the edge: a name for it, namespace and labels of its pods, and the name of the extension provider
 * in Istio's MeshConfig that stands for the edge. `checkTokens`: whether the gateway checks tokens of the environment's
 * issuer too, which rules by claims need.
 */
export const edgeSetupSchema = z.strictObject({
  name: labelSchema,
  namespace: kubernetesLabel,
  selector: z
    .record(z.string().min(1).max(317), z.string().max(63))
    .refine(
      (labels) => Object.keys(labels).length > 0,
      'must have a label: without one, every pod would ask',
    ),
  provider: kubernetesLabel,
  checkTokens: z.boolean().default(true),
});

/** A gateway's set-up in one environment, with the identity setting of that. */
export interface EdgeSetup extends z.output<typeof edgeSetupSchema> {
  readonly environment: string;
  readonly identity: Identity | null;
}
