import { parseAllDocuments } from 'yaml';

/** A request as it comes to a gateway (with the claims of a token that it has checked) or to a sidecar. */
export interface MeshRequest {
  readonly headers: { readonly [name: string]: string };
  readonly claims?: { readonly [name: string]: unknown };
}

interface StringMatch {
  readonly exact?: string;
  readonly regex?: string;
}
type Conditions = { readonly [name: string]: StringMatch };
interface Rule {
  readonly match?: readonly { readonly headers?: Conditions; readonly withoutHeaders?: Conditions }[];
  readonly route: readonly { readonly destination: { readonly subset: string }; readonly weight?: number }[];
}
interface MeshObject {
  readonly kind: string;
  readonly metadata: { readonly annotations: { readonly [name: string]: string } };
  readonly spec: { readonly gateways: readonly string[]; readonly http: readonly Rule[] };
}

/** What the files mesh has written of one route, read as Istio would. */
export class MeshFile {
  /** Revision that the table was made from. */
  readonly revision: number;
  readonly #services: readonly MeshObject[];

  constructor(text: string) {
    const objects = [...parseAllDocuments(text)].map((document) => document.toJS() as MeshObject);
    this.#services = objects.filter(({ kind }) => kind === 'VirtualService');
    const [first] = objects;
    this.revision = Number(first?.metadata.annotations['tidegate.io/revision']?.split('.').at(-1));
  }

  /** The version that a request goes to; `random` where weights decide. First match wins. */
  version(place: 'gateway' | 'mesh', request: MeshRequest): string {
    const service = this.#services.find(({ spec }) => spec.gateways.includes('mesh') === (place === 'mesh'));
    const rule = service?.spec.http.find(
      ({ match }) => match === undefined || match.some((one) => holds(one, request)),
    );
    if (rule === undefined) return 'nowhere';
    const [first, ...others] = rule.route;
    return others.length > 0 ? 'random' : (first?.destination.subset ?? '').replace(/^tg-/, '');
  }
}

function holds(
  {
    headers = {},
    withoutHeaders = {},
  }: { readonly headers?: Conditions; readonly withoutHeaders?: Conditions },
  request: MeshRequest,
): boolean {
  const matches = ([name, match]: [string, StringMatch]): boolean =>
    valuesOf(name, request).some((value) => matchesText(match, value));
  return Object.entries(headers).every(matches) && !Object.entries(withoutHeaders).some(matches);
}

/** A list claim matches when any element does. */
function valuesOf(name: string, { headers, claims = {} }: MeshRequest): readonly string[] {
  const claim = /^@request\.auth\.claims\.(.+)$/.exec(name)?.[1];
  const value = claim === undefined ? headers[name] : claims[claim];
  return value === undefined ? [] : [value].flat().map(String);
}

function matchesText({ exact, regex }: StringMatch, text: string): boolean {
  if (exact !== undefined) return text === exact;
  return regex === undefined || new RegExp(`^(?:${regex})$`).test(text);
}
