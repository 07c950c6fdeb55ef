import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { ChangeService, type Outcome } from '../changes/change.service.js';
import { givenFields } from '../changes/fields.js';
import { type EdgeSetup, extensionProviders, requireEdgeGateway } from '../domain/edge-setup.js';
import type { EventKind } from '../domain/event-kind.js';
import type { Image } from '../domain/image.js';
import { type Plan, refuse } from '../domain/plan.js';
import { type EdgeView, Mesh } from '../ports/mesh.js';
import { Problem } from '../domain/problem.js';
import { Store } from '../ports/store.js';
import type { EdgeGatewayInput, InstallEdgeInput, UninstallEdgeInput } from '../schema.types.js';

export type PresentedEdge = EdgeView & { readonly extensionProviders: string };
type Written = Pick<Outcome, 'revision' | 'userErrors' | 'warnings'>;
export type InstallPayload = Written & { readonly edge: PresentedEdge | null };
export type UninstallPayload = Written & { readonly removed: readonly string[] };

/** Installs the edge at gateways. No document is kept of that: the mesh shows it, and the history who did it and why. */
@Injectable()
export class GatewayEdgesService {
  constructor(
    private readonly store: Store,
    private readonly changes: ChangeService,
    private readonly mesh: Mesh,
  ) {}

  async show(environment: string, gateway: EdgeGatewayInput): Promise<PresentedEdge> {
    const setup = setupOf(await this.store.image(environment), gateway);
    return present(setup, await this.mesh.edge('show', setup));
  }

  async install(caller: Caller, input: InstallEdgeInput): Promise<InstallPayload> {
    const { revision, userErrors, warnings } = await this.changes.write(caller, input, async (image) => {
      const setup = setupOf(image, input.gateway);
      if (input.dryRun !== true && input.providerIsConfigured !== true) return unconfirmed(setup);
      await this.#place(input.dryRun === true ? 'rehearse' : 'apply', setup);
      return told('install', setup);
    });
    const edge = userErrors.length > 0 ? null : await this.show(input.environment, input.gateway);
    return { revision, userErrors, warnings, edge };
  }

  async uninstall(caller: Caller, input: UninstallEdgeInput): Promise<UninstallPayload> {
    let removed: readonly string[] = [];
    const { name, namespace } = input;
    // Neither of the others says which objects they are.
    const gateway = { name, namespace, selector: { any: 'any' }, provider: 'any' };
    const { revision, userErrors, warnings } = await this.changes.write(caller, input, async (image) => {
      const setup = setupOf(image, gateway, '');
      const { objects } = await this.mesh.edge('rehearse-remove', setup);
      removed = objects.filter(({ state }) => state !== 'missing').map((object) => object.name);
      if (input.dryRun !== true) await this.mesh.edge('remove', setup);
      return told('uninstall', setup);
    });
    return { revision, userErrors, warnings, removed: userErrors.length > 0 ? [] : removed };
  }

  /** Where the gateway's namespace doesn't exist, the error names its field. */
  async #place(act: 'rehearse' | 'apply', setup: EdgeSetup): Promise<void> {
    try {
      await this.mesh.edge(act, setup);
    } catch (error) {
      if (!(error instanceof Problem) || !NO_NAMESPACE.test(error.message)) throw error;
      throw new Problem(error.code, error.message, { field: 'gateway.namespace', cause: error });
    }
  }
}

/** As the API server puts it. */
const NO_NAMESPACE = /namespaces "[^"]+" not found/;

function setupOf(
  { scope, documents }: Image,
  gateway: Partial<EdgeGatewayInput>,
  field = 'gateway',
): EdgeSetup {
  const identity = documents.value('settings', 'environment')?.identity ?? null;
  return { ...requireEdgeGateway(givenFields(gateway), field), environment: scope, identity };
}

/** Nothing but the history is to be written. */
function told(kind: EventKind, { name, namespace, provider }: EdgeSetup): Plan {
  const evidence = { gateway: `${namespace}/${name}`, ...(kind === 'install' ? { provider } : {}) };
  const event = { kind, subject: 'settings/environment', evidence } as const;
  return { errors: [], warnings: [], commit: { edits: [], expected: {}, event } };
}

function unconfirmed({ provider }: EdgeSetup): Plan {
  const message = `A gateway refuses every request (403) where MeshConfig lacks the provider "${provider}". See to it that it is there, then send providerIsConfigured: true.`;
  return refuse([{ field: 'providerIsConfigured', message, code: 'INVALID_INPUT' }]);
}

function present(setup: EdgeSetup, view: EdgeView): PresentedEdge {
  return { ...view, extensionProviders: extensionProviders(setup) };
}
