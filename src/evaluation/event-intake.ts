import type { Flag } from '@tidegate/sdk/engine';
import { grouped } from '../domain/grouped.js';
import { Problem } from '../domain/problem.js';
import { issueWords } from '../domain/issue-words.js';
import { EXPOSURES, seriesName } from '../domain/series.js';
import { runningSeries } from '../domain/rollout/unit-series.js';
import type { CountBatch, Store } from '../ports/store.js';
import type { Answer } from './answer.js';
import { parseJson } from './body.js';
import type { Caller } from './caller.js';
import type { ClientAdmission } from './client-admission.js';
import { type EventsAnswer, type EventsRequest, eventsRequestSchema } from './contract.js';
import type { View } from './environment-view.js';
import { evaluationMetrics } from './evaluation-metrics.js';
import { CROWDED, toRefusal } from './refusals.js';

type SeenUnits = NonNullable<EventsRequest['units']>[number];

/** Where batches go, and who may send them. */
export interface Intake {
  readonly store: Store;
  readonly admission: ClientAdmission;
}

/**
 * Takes a batch of counts (`POST /api/v1/events`) and adds it to the store, once per client and sequence. What names no
 * known flag, variant, rule or event is dropped and counted: callers can't fill the store with names of their own.
 * What is left empty costs the store nothing. 200 with `{ applied, dropped }`; INVALID_INPUT, TOO_LARGE; TOO_MANY_CLIENTS,
 * STORE_UNAVAILABLE: send the same batch again.
 */
export async function takeEvents(body: Buffer, caller: Caller, intake: Intake): Promise<Answer> {
  const parsed = parseJson(body);
  if ('fault' in parsed) return toRefusal({ code: 'INVALID_INPUT', details: parsed.fault });
  const checked = eventsRequestSchema.safeParse(parsed.value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const details = `${issue?.path.join('.') || 'body'}: ${issue === undefined ? 'is not a batch of counts' : issueWords(issue)}`;
    return toRefusal({ code: 'INVALID_INPUT', details });
  }
  return add(checked.data, caller, intake);
}

async function add(
  request: EventsRequest,
  { principal, environment, view }: Caller,
  { store, admission }: Intake,
): Promise<Answer> {
  const batch = toBatch(request, view);
  const dropped = request.counts.length - knownCounts(request, view).length;
  if (dropped > 0) evaluationMetrics.countsDropped.inc({ environment }, dropped);
  if (batch.counts.length === 0) return taken({ applied: true, dropped });
  const wait = admission.waitOf(principal.token, batch.client, Date.now());
  if (wait > 0) return toRefusal({ ...CROWDED, retryAfter: wait });
  try {
    // Units first: they are sets, so that a batch sent again for its counts changes nothing.
    await addUnits(store, environment, unitsOf(request, view));
    return taken({ applied: await store.addCounts(environment, batch), dropped });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return toRefusal({ code: error.code, details: error.message });
  }
}

/** What names known splits, variants and events; the rest is left out. */
function unitsOf({ units = [] }: EventsRequest, { snapshot, answers }: View): SeenUnits[] {
  return units.filter(({ flag, rule, variant, event }) => {
    const found = answers.flag(flag);
    if (found === undefined || !Object.hasOwn(found.variants, variant)) return false;
    return decides(found, rule) && isCounted(snapshot.events, event, flag);
  });
}

/** Adds units to the present run of the rollout that owns the rule. */
async function addUnits(store: Store, environment: string, units: readonly SeenUnits[]): Promise<void> {
  if (units.length === 0) return;
  const image = await store.image(environment);
  const bySeries = grouped(units, (one) => runningSeries(image, one));
  await Promise.all(
    [...bySeries].flatMap(([series, seen]) =>
      series === null ? [] : [store.addUnits(environment, series, seen)],
    ),
  );
}

function taken(answer: EventsAnswer): Answer {
  return { status: 200, body: JSON.stringify(answer) };
}

function knownCounts({ counts }: EventsRequest, { snapshot, answers }: View): EventsRequest['counts'] {
  return counts.filter(({ flag, rule, variant, event }) => {
    const found = answers.flag(flag);
    if (found === undefined || !Object.hasOwn(found.variants, variant)) return false;
    return decides(found, rule) && isCounted(snapshot.events, event, flag);
  });
}

function toBatch(request: EventsRequest, view: View): CountBatch {
  const { client, sequence } = request;
  const known = knownCounts(request, view);
  return {
    client,
    sequence,
    counts: known.flatMap(({ count, sum, bucket, ...series }) => {
      const names = bucket === undefined ? [series] : [series, { ...series, bucket }];
      return names.map((name) => ({ series: seriesName(name), count, sum }));
    }),
    evaluations: known
      .filter(({ event }) => event === EXPOSURES)
      .map(({ flag, variant, count }) => ({ flag, variant, count })),
  };
}

function decides(flag: Flag, rule: string | null): boolean {
  return rule === null || flag.rules.some(({ id }) => id === rule);
}

function isCounted(events: View['snapshot']['events'], event: string, flag: string): boolean {
  if (event === EXPOSURES) return true;
  return Object.hasOwn(events, event) && (events[event] ?? []).includes(flag);
}
