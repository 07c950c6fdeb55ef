import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { actorOf } from '../auth/principal.js';
import { ChangeService, expectedOf, type Outcome, type WriteInput } from '../changes/change.service.js';
import { requestDigest } from '../changes/request-digest.js';
import { writeFaults } from '../changes/write-faults.js';
import { type Environment, environmentSchema, type Settings, settingsSchema } from '../domain/environment.js';
import { type Image, REGISTRY } from '../domain/image.js';
import { issueErrors } from '../domain/issue-errors.js';
import { isMendable } from '../domain/mendable.js';
import { planChange } from '../domain/plan-change.js';
import { Problem, type UserError } from '../domain/problem.js';
import { Store } from '../ports/store.js';
import type { ConfirmStoreEmptyInput, CreateEnvironmentInput } from '../schema.types.js';

export type PresentedEnvironment = Environment &
  Omit<Settings, 'key' | 'description'> & { readonly revision: number; readonly settingsRevision: number };
export type EnvironmentPayload = Pick<Outcome, 'revision' | 'userErrors' | 'warnings'> & {
  readonly environment: PresentedEnvironment | null;
};

const UNSET: Settings = settingsSchema.parse({});

/** Environments are entries of the registry; their settings are a document of their own. */
@Injectable()
export class EnvironmentsService {
  constructor(
    private readonly store: Store,
    private readonly changes: ChangeService,
  ) {}

  async list(): Promise<PresentedEnvironment[]> {
    const { documents } = await this.store.image(REGISTRY);
    const all = documents.list('environment');
    return Promise.all(all.map(async ({ key, value }) => present(value, await this.store.image(key))));
  }

  async find(key: string): Promise<PresentedEnvironment | null> {
    const { documents } = await this.store.image(REGISTRY);
    const environment = documents.value('environment', key);
    return environment === undefined ? null : present(environment, await this.store.image(key));
  }

  /** Creates an environment with its settings unset. What is wrong comes back; of what was asked before, the first answer. */
  async create(caller: Caller, input: CreateEnvironmentInput): Promise<EnvironmentPayload> {
    const raw = { key: input.key, description: input.description ?? '' };
    const parsed = environmentSchema.safeParse(raw);
    if (!parsed.success) return refused(issueErrors(parsed.error.issues, ''));
    const faults = writeFaults(input);
    if (faults.length > 0) return refused(faults);
    try {
      const revision = input.dryRun === true ? null : await this.#create(caller, parsed.data, input);
      const environment = await this.find(input.key);
      if (revision !== null) return { revision, userErrors: [], warnings: [], environment };
      return environment === null ? foreseen(parsed.data) : refused([duplicate(input.key)]);
    } catch (error) {
      if (error instanceof Problem && isMendable(error.code)) return refused(error.errors);
      throw error;
    }
  }

  async #create(caller: Caller, environment: Environment, input: CreateEnvironmentInput): Promise<number> {
    const { key, description } = environment;
    const actor = actorOf(caller);
    const { revision } = await this.store.createEnvironment(key, description, {
      edits: [{ kind: 'settings', key: 'environment', value: { ...UNSET, description } }],
      expected: { 'settings/environment': 0 },
      actor,
      reason: input.reason,
      ...(input.idempotencyKey == null
        ? {}
        : {
            idempotency: {
              key: `${actor}:${input.idempotencyKey}`,
              input: requestDigest(caller.operation, input),
            },
          }),
    });
    return revision;
  }

  /** Edits the settings document of an environment. */
  async set(
    caller: Caller,
    input: WriteInput,
    edit: (settings: Settings) => unknown,
  ): Promise<EnvironmentPayload> {
    const { documents } = await this.store.image(REGISTRY);
    const standing = documents.value('environment', input.environment);
    const { revision, userErrors, warnings, image } = await this.changes.write(caller, input, (read, now) => {
      const settings = read.documents.value('settings', 'environment');
      const value = edit(settings ?? UNSET);
      const mode = settings === undefined ? 'create' : 'update';
      const proposal = { kind: 'settings', key: 'environment', value, mode, field: '' } as const;
      const expected = expectedOf('settings/environment', input);
      return planChange(read, [proposal], { now, actor: actorOf(caller), expected });
    });
    if (userErrors.length > 0 || standing === undefined) return { ...refused(userErrors), warnings };
    return { revision, userErrors, warnings, environment: present(standing, image) };
  }

  async confirmEmpty(
    caller: Caller,
    { environment, reason }: ConfirmStoreEmptyInput,
  ): Promise<{ readonly userErrors: readonly UserError[] }> {
    const userErrors = writeFaults({ reason });
    if (userErrors.length > 0) return { userErrors };
    await this.store.confirmEmpty(environment ?? undefined, { actor: actorOf(caller), reason });
    return { userErrors };
  }
}

function present(environment: Environment, { documents, revision }: Image): PresentedEnvironment {
  const settings = documents.get('settings', 'environment');
  const { identity, visitors, webhooks, versionTemplates } = settings?.value ?? UNSET;
  return {
    ...environment,
    identity,
    visitors,
    webhooks,
    versionTemplates,
    revision,
    settingsRevision: settings?.revision ?? 0,
  };
}

function foreseen(environment: Environment): EnvironmentPayload {
  const { identity, visitors, webhooks, versionTemplates } = UNSET;
  const unset = { identity, visitors, webhooks, versionTemplates };
  const made = { ...environment, ...unset, revision: 1, settingsRevision: 1 };
  return { revision: null, userErrors: [], warnings: [], environment: made };
}

function refused(userErrors: readonly UserError[]): EnvironmentPayload {
  return { revision: null, userErrors, warnings: [], environment: null };
}

function duplicate(key: string): UserError {
  const message = `There is an environment "${key}" already; take another key`;
  return { field: 'key', message, code: 'DUPLICATE_KEY' };
}
