import { Inject } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { authorize } from '../auth/authorize.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { actorOf } from '../auth/principal.js';
import { Requires } from '../auth/requires.js';
import { ChangeService, type Outcome, type WriteInput } from '../changes/change.service.js';
import { foreignRoutes } from '../changes/foreign-routes.js';
import { SOURCE_SETUP } from '../changes/source-setup.js';
import { type Image, REGISTRY } from '../domain/image.js';
import { type Connection, paginate, type PageInput } from '../domain/page.js';
import type { Plan } from '../domain/plan.js';
import type { PlanOptions } from '../domain/plan-change.js';
import {
  planCancel,
  planReschedule,
  planSchedule,
  type ScheduleRequest,
} from '../domain/schedule/plan-schedule.js';
import { scheduleProposals } from '../domain/schedule/schedule-proposals.js';
import {
  type ScheduledEdit,
  scheduleOf,
  schedules,
  type ScheduleStatus,
} from '../domain/schedule/scheduled-change.js';
import type { SourceSetup } from '../domain/source-setup.js';
import { Store } from '../ports/store.js';
import type {
  CancelScheduledChangeInput,
  RescheduleChangeInput,
  ScheduleChangeInput,
  ScheduledEditInput,
} from '../schema.types.js';
import { type PresentedSchedule, presentSchedule } from './presented-schedule.js';

type SchedulePayload = Pick<Outcome, 'revision' | 'userErrors' | 'warnings'> & {
  readonly scheduledChange: PresentedSchedule | null;
};

@Resolver()
export class ScheduleResolver {
  constructor(
    private readonly changes: ChangeService,
    private readonly store: Store,
    @Inject(SOURCE_SETUP) private readonly setup: SourceSetup,
  ) {}

  @Requires('viewer')
  @Query('scheduledChanges')
  async scheduledChanges(
    @Args('environment') environment: string,
    @Args('status') status: ScheduleStatus | null,
    @Args() page: PageInput,
  ): Promise<Connection<PresentedSchedule>> {
    const all = schedules(await this.store.image(environment)).map(({ change }) => presentSchedule(change));
    return paginate(
      all.filter((change) => status == null || change.status === status),
      page,
    );
  }

  @Requires('editor')
  @Mutation('scheduleChange')
  scheduleChange(
    @CurrentCaller() caller: Caller,
    @Args('input') input: ScheduleChangeInput,
  ): Promise<SchedulePayload> {
    return this.#keep(caller, input, planSchedule);
  }

  @Requires('editor')
  @Mutation('rescheduleChange')
  rescheduleChange(
    @CurrentCaller() caller: Caller,
    @Args('input') input: RescheduleChangeInput,
  ): Promise<SchedulePayload> {
    return this.#keep(caller, input, planReschedule);
  }

  @Requires('editor')
  @Mutation('cancelScheduledChange')
  cancelScheduledChange(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CancelScheduledChangeInput,
  ): Promise<SchedulePayload> {
    return payloadOf(
      input.key,
      this.changes.write(caller, input, (image, now) => planCancel(image, input.key, now)),
    );
  }

  /** Settings need the role that setting them does, also where somebody else has scheduled them. */
  #keep(
    caller: Caller,
    input: WriteInput & (ScheduleChangeInput | RescheduleChangeInput),
    plan: (image: Image, request: ScheduleRequest, options: PlanOptions) => Plan,
  ): Promise<SchedulePayload> {
    const { environment, key } = input;
    return payloadOf(
      key,
      this.changes.write(caller, input, async (image, now) => {
        const request = { ...requestOf(caller, input), byMadeAt: await this.#madeAt(caller) };
        const edits = request.changes ?? scheduleOf(image, key)?.change.changes ?? [];
        if (edits.some(({ kind }) => kind === 'settings')) authorize(caller, { role: 'admin', environment });
        const others = await foreignRoutes(this.store, image, scheduleProposals(image, edits));
        return plan(image, request, { now, actor: actorOf(caller), others, setup: this.setup });
      }),
    );
  }

  async #madeAt({ token }: Caller): Promise<string> {
    const { documents } = await this.store.image(REGISTRY);
    return documents.value('token', token)?.createdAt ?? '';
  }
}

function requestOf(
  caller: Caller,
  input: ScheduleChangeInput | RescheduleChangeInput,
): Omit<ScheduleRequest, 'byMadeAt'> {
  const { key, reason, changes, applyAt, within } = input;
  return {
    key,
    reason,
    by: caller.token,
    ...(changes == null ? {} : { changes: changes.map(editOf) }),
    ...(applyAt == null ? {} : { applyAt }),
    ...(within == null ? {} : { within }),
  };
}

/** Null is a value of its own for the whole document only. */
function editOf({ kind, key, value, set, expectedRevision }: ScheduledEditInput): ScheduledEdit {
  return {
    kind,
    key,
    ...(value === undefined ? {} : { value }),
    ...(set == null ? {} : { set: set as NonNullable<ScheduledEdit['set']> }),
    ...(expectedRevision == null ? {} : { expectedRevision }),
  };
}

async function payloadOf(key: string, writing: Promise<Outcome>): Promise<SchedulePayload> {
  const { revision, userErrors, warnings, image } = await writing;
  const kept = userErrors.length > 0 ? undefined : scheduleOf(image, key);
  return {
    revision,
    userErrors,
    warnings,
    scheduledChange: kept === undefined ? null : presentSchedule(kept.change),
  };
}
