import type { ClusterClient } from './cluster-client.js';
import { gatewayName, namespace, publicHost, serviceHost } from './shop-objects.js';

const apiVersion = 'networking.istio.io/v1';

/** A VirtualService of the user's own in front of the shop, with settings that Tidegate has no part in. */
export class UserRoot {
  /** What it does with each request that its rules are for, whoever answers. */
  static readonly settings = {
    rewrite: { uri: '/' },
    timeout: '0.5s',
    headers: { request: { set: { 'x-shop': 'eu' } }, response: { set: { 'x-served': 'by-hand' } } },
  };
  /** Which requests his rules are for; what else there is goes to his `stable` subset. */
  uri: object = { prefix: '/shop/' };
  readonly ref = { apiVersion, kind: 'VirtualService', metadata: { name: 'storefront', namespace } };

  constructor(private readonly cluster: ClusterClient) {}

  /** Subsets of the user's own, and all requests to his `stable` one, as before he ever heard of Tidegate. */
  async plain(): Promise<void> {
    const subsets = [{ name: 'stable', labels: { version: 'v1' } }];
    await this.cluster.apply({
      apiVersion,
      kind: 'DestinationRule',
      metadata: { name: 'storefront', namespace },
      spec: { host: serviceHost, subsets },
    });
    await this.#write([this.#rule({}, { route: [toStable()] })]);
  }

  /** Rules that name delegates, those for callers with these claims first. */
  async delegating(audiences: readonly { readonly claims: object; readonly to: string }[], to: string) {
    const told = audiences.map(({ claims, to: name }) => this.#rule({ headers: claims }, delegateTo(name)));
    await this.#write([...told, this.#rule({}, delegateTo(to))]);
  }

  async remove(): Promise<void> {
    await this.cluster.delete(this.ref);
  }

  #rule(match: object, way: object): object {
    return { match: [{ uri: this.uri, ...match }], ...UserRoot.settings, ...way };
  }

  async #write(rules: readonly object[]): Promise<void> {
    const http = [...rules, { route: [toStable()] }];
    await this.cluster.apply({ ...this.ref, spec: { hosts: [publicHost], gateways: [gatewayName], http } });
  }
}

function toStable(): object {
  return { destination: { host: serviceHost, subset: 'stable' } };
}

function delegateTo(name: string): object {
  return { delegate: { name, namespace } };
}
