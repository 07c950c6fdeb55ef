import { type ProxyRequest, readMesh } from '../golden/mesh-reader.js';
import { GATEWAY, PUBLIC_HOST, SERVICE } from './checkout.js';

/** A request as it comes to the gateway (with the claims of a token that it has checked) or to a sidecar. */
export type MeshRequest = Pick<ProxyRequest, 'headers' | 'claims'>;

const PLACES = {
  gateway: { gateway: GATEWAY, host: PUBLIC_HOST },
  mesh: { gateway: 'mesh', host: SERVICE },
} as const;

/** What the files mesh has written of the story's route, read as Istio would. */
export class MeshFile {
  /** Revision that the table was made from. */
  readonly revision: number;
  readonly #send: ReturnType<typeof readMesh>;

  constructor(text: string) {
    this.#send = readMesh(text);
    this.revision = Number(/tidegate\.io\/revision: \S+\.(\d+)"?$/m.exec(text)?.[1]);
  }

  /** The version that a request goes to: `random` where weights decide, `nowhere` where nothing matches. */
  version(place: keyof typeof PLACES, request: MeshRequest): string {
    const destinations = this.#send({ ...PLACES[place], ...request }) ?? [];
    if (destinations.length > 1) return 'random';
    return destinations[0]?.labels['version'] ?? 'nowhere';
  }
}
