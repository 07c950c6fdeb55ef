import type { ChangeEvent, StateEdit } from '../change.js';
import { type Edit, type Ref, ref, type Stored } from '../documents.js';
import { type Image, stateKey } from '../image.js';
import type { Plan } from '../plan.js';
import type { UserError } from '../problem.js';
import { positionToken, type RolloutPosition, type RolloutState } from '../rollout.js';
import type { SourceSetup } from '../source-setup.js';
import { type StoredPosition, positionOf } from './position.js';
import { type Sides, sidesOf } from './sides.js';

/** What every act on a rollout takes. `expectedPosition`: `run.step.state` as the caller read it. */
export interface ActInput {
  readonly rollout: string;
  readonly expectedPosition?: string;
  /** What the service was told of the sources that guards read, for warnings; absent where it is not known. */
  readonly setup?: SourceSetup;
}

export type PlannedCommit = NonNullable<Plan['commit']>;

/** A rollout that an act can begin on, with all that it moves. */
export interface Standing extends StoredPosition {
  readonly rollout: Stored<'rollout'>;
  readonly sides: Sides;
}

/** The rollout as it stands, or why the act can't begin: NOT_FOUND, STALE_REVISION, ROLLOUT_STATE. */
export function standingOf(
  image: Image,
  input: ActInput,
  from: readonly RolloutState[],
): Standing | { readonly refusal: UserError } {
  const rollout = image.documents.get('rollout', input.rollout);
  if (rollout === undefined) {
    return refusal('NOT_FOUND', `There is no rollout "${input.rollout}" here.`);
  }
  const { position, revision } = positionOf(image, rollout.key);
  const token = positionToken(position);
  if (input.expectedPosition !== undefined && input.expectedPosition !== token) {
    const message = `The rollout stands at ${token} and not at ${input.expectedPosition}: read it again.`;
    return { refusal: { field: 'expectedPosition', message, code: 'STALE_REVISION' } };
  }
  if (!from.includes(position.state)) {
    return refusal('ROLLOUT_STATE', `The rollout is ${position.state}; this needs it ${from.join(' or ')}.`);
  }
  return { rollout, position, revision, sides: sidesOf(image.documents, rollout.value) };
}

function refusal(code: UserError['code'], message: string): { readonly refusal: UserError } {
  return { refusal: { field: 'key', message, code } };
}

/** What an act writes: edits, state and event of one commit. */
export interface Written {
  readonly edits?: readonly Edit[];
  readonly state: readonly StateEdit[];
  readonly event: ChangeEvent;
}

/** The commit of an act on a rollout: it rests on the definition, on each of its guards, and on all sides as read. */
export function commitOf(
  image: Image,
  { rollout }: Pick<Standing, 'rollout'>,
  written: Written,
): PlannedCommit {
  const { flag, routes, guards } = rollout.value;
  const read: Ref[] = [ref('rollout', rollout.key), ...guards.map((guard) => ref('guard', guard))];
  if (flag !== null) read.push(ref('flag', flag.key));
  for (const { key } of routes) read.push(ref('route', key));
  return { ...written, edits: written.edits ?? [], ...revisionsOf(image, written.edits ?? [], read) };
}

/** `expected` of the documents written, and `unchanged` of those only read, as this image has them (0 = absent). */
export function revisionsOf(
  image: Image,
  edits: readonly Edit[],
  read: readonly Ref[],
): Required<Pick<PlannedCommit, 'expected' | 'unchanged'>> {
  const standing = new Map<Ref, number>();
  for (const { kind, key, revision } of image.documents.all()) standing.set(ref(kind, key), revision);
  const written = edits.map(({ kind, key }) => ref(kind, key));
  const revision = (name: Ref): [Ref, number] => [name, standing.get(name) ?? 0];
  return {
    expected: Object.fromEntries(written.map(revision)),
    unchanged: Object.fromEntries(read.filter((name) => !written.includes(name)).map(revision)),
  };
}

/** Moves the position's state, if it still is the one read. */
export function positionEdit(rollout: string, to: RolloutPosition, { revision }: StoredPosition): StateEdit {
  return { key: stateKey.rollout(rollout), value: to, expected: revision };
}

/** A plan that goes through. */
export function accept(commit: PlannedCommit, warnings: Plan['warnings'] = []): Plan {
  return { errors: [], warnings, commit };
}
