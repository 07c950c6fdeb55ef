import { z } from 'zod';
import type { Identity } from './environment.js';
import { issueErrors } from './issue-errors.js';
import { labelSchema } from './key.js';
import { Problem } from './problem.js';
import { rawFault } from './raw-faults.js';

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

/** A gateway's set-up as given below `field`. Throws INVALID_INPUT, INVALID_KEY, RESERVED_NAME, TOO_LARGE. */
export function requireEdgeGateway(given: unknown, field: string): z.output<typeof edgeSetupSchema> {
  const fault = rawFault(given, field);
  const parsed = edgeSetupSchema.safeParse(given);
  if (fault === null && parsed.success) return parsed.data;
  const errors = fault === null ? issueErrors(parsed.error?.issues ?? [], field) : [fault];
  const [first] = errors;
  throw new Problem(first?.code ?? 'INVALID_INPUT', first?.message ?? 'It is no set-up.', { field, errors });
}

/** What Istio's MeshConfig must have for it, as YAML. Service and port are examples: they are not known here. */
export function extensionProviders({ provider }: Pick<EdgeSetup, 'provider'>): string {
  return `extensionProviders:
  - name: ${provider}
    envoyExtAuthzGrpc:
      service: tidegate-edge.tidegate.svc.cluster.local # your Service in front of the edge
      port: 9002 # its port, which leads to TIDEGATE_EDGE_PORT
      timeout: 0.25s
      failOpen: true
`;
}
