const REFUSED = /cannot \w+ resource "([a-z]+)(?:\/[a-z]+)?"/;
/** Which file of ours gives the rights on a resource. */
const GIVEN_BY: { readonly [resource: string]: string } = {
  virtualservices: 'rbac.yaml',
  destinationrules: 'rbac.yaml',
  endpointslices: 'rbac.yaml',
  pods: 'rbac.yaml',
  deployments: 'rbac-discovery.yaml',
  services: 'rbac-discovery.yaml',
  horizontalpodautoscalers: 'rbac-discovery.yaml',
  envoyfilters: 'rbac-edge.yaml',
  authorizationpolicies: 'rbac-edge.yaml',
  requestauthentications: 'rbac-edge.yaml',
};

/** The words of an API server that refuses for want of a right, with the file that gives it; other words unchanged. */
export function withRightsNamed(words: string): string {
  const file = GIVEN_BY[REFUSED.exec(words)?.[1] ?? ''];
  return file === undefined
    ? words
    : `${words.replace(/\.$/, '')}; apply deploy/${file}, which gives that right`;
}
