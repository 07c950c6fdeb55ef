import type { KubernetesObject } from './kubernetes-object.js';

const groups = ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'extensions.istio.io'];

/** Sends every write of an Istio object past istiod's validation; `caBundle` is base64. */
export function validatingWebhook(caBundle: string): KubernetesObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'istio-validator' },
    webhooks: [
      {
        name: 'validation.istio.io',
        clientConfig: { url: 'https://localhost:15017/validate', caBundle },
        rules: [
          { apiGroups: groups, apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*'] },
        ],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}
