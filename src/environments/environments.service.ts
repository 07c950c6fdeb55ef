import { Injectable } from '@nestjs/common';
import { actorOf, type Principal } from '../auth/principal.js';
import { ChangeService, type Outcome, type WriteInput } from '../changes/change.service.js';
import { type Environment, type Settings, settingsSchema } from '../domain/environment.js';
import { REGISTRY } from '../domain/image.js';
import { isReservedName, labelSchema } from '../domain/key.js';
import { planChange } from '../domain/plan-change.js';
import { Problem, type UserError } from '../domain/problem.js';
import { Store } from '../ports/store.js';

export type PresentedEnvironment = Environment &
  Omit<Settings, 'key' | 'description'> & { readonly revision: number };
export type EnvironmentPayload = Pick<Outcome, 'revision' | 'userErrors' | 'warnings'> & {
  readonly environment: PresentedEnvironment | null;
};

const UNSET: Settings = settingsSchema.parse({});

@Injectable()
export class EnvironmentsService {
  constructor(
    private readonly store: Store,
    private readonly changes: ChangeService,
  ) {}

  async list(): Promise<PresentedEnvironment[]> {
    const { documents } = await this.store.image(REGISTRY);
    return Promise.all(documents.list('environment').map(({ value }) => this.#present(value)));
  }

  async find(key: string): Promise<PresentedEnvironment | null> {
    const { documents } = await this.store.image(REGISTRY);
    const environment = documents.value('environment', key);
    return environment === undefined ? null : this.#present(environment);
  }

  async create(
    principal: Principal,
    input: { readonly key: string; readonly description?: string | null; readonly reason: string },
  ): Promise<EnvironmentPayload> {
    const fault = keyFault(input.key);
    if (fault !== null) return { revision: null, userErrors: [fault], warnings: [], environment: null };
    const description = input.description ?? '';
    try {
      const { revision } = await this.store.createEnvironment(input.key, description, {
        edits: [{ kind: 'settings', key: 'environment', value: { ...UNSET, description } }],
        expected: { 'settings/environment': 0 },
        actor: actorOf(principal),
        reason: input.reason,
      });
      return { revision, userErrors: [], warnings: [], environment: await this.find(input.key) };
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'DUPLICATE_KEY') throw error;
      return { revision: null, userErrors: error.errors, warnings: [], environment: null };
    }
  }

  /** Edits the settings document of an environment. */
  async set(
    principal: Principal,
    input: WriteInput,
    edit: (settings: Settings) => unknown,
  ): Promise<EnvironmentPayload> {
    const { revision, userErrors, warnings } = await this.changes.write(principal, input, (image, now) => {
      const standing = image.documents.value('settings', 'environment');
      const value = edit(standing ?? UNSET);
      const mode = standing === undefined ? 'create' : 'update';
      const proposal = { kind: 'settings', key: 'environment', value, mode, field: '' } as const;
      return planChange(image, [proposal], { now, actor: principal.token });
    });
    return { revision, userErrors, warnings, environment: await this.find(input.environment) };
  }

  async #present(environment: Environment): Promise<PresentedEnvironment> {
    const { documents, revision } = await this.store.image(environment.key);
    const { identity, webhooks } = documents.value('settings', 'environment') ?? UNSET;
    return { ...environment, identity, webhooks, revision };
  }
}

function keyFault(key: string): UserError | null {
  const parsed = labelSchema.safeParse(key);
  if (parsed.success) return null;
  const code = isReservedName(key) ? 'RESERVED_NAME' : 'INVALID_KEY';
  return { field: 'key', message: `The key of an environment ${parsed.error.issues[0]?.message}.`, code };
}
