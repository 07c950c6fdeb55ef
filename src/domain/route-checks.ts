import type { Condition, Route } from '@tidegate/sdk/engine';
import type { Documents } from './documents.js';
import { type Expressed, delegateTerms, gatewayTerms, meshTerms } from './expressible.js';
import { fieldOf } from './issue-errors.js';
import { memberships } from './membership.js';
import type { UserError } from './problem.js';
import { isEveryRequest } from './render/request-match.js';
import { armsOf, memberOf } from './rollout/owned-rules.js';
import type { Rollout, RolloutStep } from './rollout.js';
import { isSameJson } from './same-json.js';

/** A route of another environment. */
export interface ForeignRoute {
  readonly environment: string;
  readonly route: Route;
}

/**
 * Which of a route's conditions its places of traffic can't ask for, and which audiences of rollouts that move it its
 * gateways can't. NOT_EXPRESSIBLE, `field` relative to the route.
 */
export function expressibilityErrors(documents: Documents, route: Route): UserError[] {
  if (route.ownership === 'delegate') return delegateErrors(documents, route);
  const errors: UserError[] = [];
  const gateway = route.gateways.length > 0;
  for (const [index, { condition }] of route.rules.entries()) {
    const field = `rules.${index}.condition`;
    const atGateway = gateway ? faultOf(gatewayTerms(condition, documents), 'At a gateway', field) : null;
    const inMesh = route.mesh || !gateway ? faultOf(meshTerms(condition), 'In the mesh', field) : null;
    errors.push(...[atGateway ?? inMesh].filter((error) => error !== null));
  }
  return gateway ? [...errors, ...audienceErrors(documents, route)] : errors;
}

/** Each rule as the callers of each delegate meet it, down to the rule that takes them all. */
function rulesInDelegates(route: Route): readonly (UserError | null)[] {
  const found: (UserError | null)[] = [];
  for (const membership of memberships(route)) {
    for (const [index, { condition }] of route.rules.entries()) {
      const expressed = delegateTerms(condition, membership);
      found.push(faultOf(expressed, 'In a delegate', `rules.${index}.condition`));
      if ('terms' in expressed && expressed.terms.some(isEveryRequest)) break;
    }
  }
  return found;
}

function delegateErrors(documents: Documents, route: Route): UserError[] {
  const faults = new Map<string, UserError>();
  const note = (found: UserError | null): void => void (found && faults.set(found.field, found));
  for (const [index, segment] of (route.audiences ?? []).entries()) {
    const member = { operator: 'inSegment' as const, value: segment };
    note(faultOf(gatewayTerms(member, documents), 'At a gateway', `audiences.${index}`));
  }
  if (route.gateways.length > 0) for (const found of rulesInDelegates(route)) note(found);
  if (route.mesh || route.gateways.length === 0)
    for (const [index, { condition }] of route.rules.entries())
      note(faultOf(meshTerms(condition), 'In the mesh', `rules.${index}.condition`));
  const told = route.gateways.length > 0 ? audienceErrors(documents, route) : [];
  return [...faults.values(), ...told];
}

function audienceErrors(documents: Documents, route: Route): UserError[] {
  const { key } = route;
  const rollouts = documents.list('rollout').filter(({ value }) => armsOf(value, key) !== undefined);
  return rollouts.flatMap(({ value }) =>
    audienceFaults(documents, value, [route]).map(({ step, kind, fault }) => {
      const message = `The ${kind} of step ${step + 1} of rollout "${value.key}" could not be asked for. ${fault}`;
      return { field: 'gateways', message, code: 'NOT_EXPRESSIBLE' as const };
    }),
  );
}

/** An audience or preview of a rollout that a gateway can't ask for, and why, as sentences. */
export interface AudienceFault {
  readonly step: number;
  readonly kind: 'audience' | 'preview';
  readonly fault: string;
}

/**
 * Which audiences and previews the gateways of `routes` can't ask for, by themselves or with those of earlier steps, which
 * stay in; behind a root of somebody else, which of them that doesn't tell apart.
 */
export function audienceFaults(
  documents: Documents,
  { steps }: Pick<Rollout, 'steps'>,
  routes: readonly Route[],
): AudienceFault[] {
  const places = { documents, routes };
  const faults: AudienceFault[] = [];
  const fit: Condition[] = [];
  for (const [step, one] of steps.entries()) {
    const member = memberOf(one);
    if (member === null || isOfNoSegment(documents, one)) continue;
    const fault = memberFault(places, [member]) ?? togetherFault(places, [...fit, member]);
    if (fault === null) fit.push(member);
    else faults.push({ step, kind: 'audience' in one ? 'audience' : 'preview', fault });
  }
  return faults;
}

function isOfNoSegment(documents: Documents, step: RolloutStep): boolean {
  return 'audience' in step && documents.get('segment', step.audience) === undefined;
}

/** Where a condition has to be asked for. */
interface Places {
  readonly documents: Documents;
  readonly routes: readonly Route[];
}

function togetherFault(places: Places, members: readonly Condition[]): string | null {
  const fault = memberFault(places, members);
  return fault === null ? null : `It is asked for together with those of earlier steps. ${fault}`;
}

/** Why a gateway can't ask whether one of these holds, as a sentence; null when it can. */
function memberFault({ documents, routes }: Places, members: readonly Condition[]): string | null {
  const atGateway = faultOf(gatewayTerms({ any: members }, documents), 'At a gateway', '')?.message;
  if (atGateway !== undefined) return atGateway;
  const behindRoots = routes.filter(
    ({ ownership, gateways }) => ownership === 'delegate' && gateways.length > 0,
  );
  for (const membership of behindRoots.flatMap(memberships)) {
    const fault = faultOf(delegateTerms({ any: members }, membership), 'In a delegate', '');
    if (fault !== null) return fault.message;
  }
  return null;
}

function faultOf(expressed: Expressed, place: string, field: string): UserError | null {
  if ('terms' in expressed) return null;
  return {
    field: fieldOf(field, expressed.field === '' ? [] : [expressed.field]),
    message: `${place} this can't be asked: the condition ${expressed.reason}.`,
    code: 'NOT_EXPRESSIBLE',
  };
}

/** A route that an edit of something else would break, and why. */
export interface BrokenRoute {
  readonly route: string;
  readonly message: string;
}

/** The routes that could be expressed before and can't be after, apart from those that were edited themselves. */
export function brokenRoutes(before: Documents, after: Documents): BrokenRoute[] {
  return after.list('route').flatMap(({ key, value }) => {
    if (before.value('route', key) !== value) return [];
    const [fault] = expressibilityErrors(after, value);
    if (fault === undefined || expressibilityErrors(before, value).length > 0) return [];
    return [{ route: key, message: fault.message }];
  });
}

/** Where a route is, and with it whether others are in its way: its service, and its hosts at gateways. */
const PLACE = ['service', 'gateways'] as const;

/** Whether a route gets another place than it had; `after` may be unparsed. */
export function isPlacedAnew(before: Route | undefined, after: unknown): boolean {
  const given = typeof after === 'object' && after !== null ? (after as Partial<Route>) : {};
  return PLACE.some((part) => before === undefined || !isSameJson(before[part], given[part]));
}

/**
 * Whether another route, here or in another environment, has this route's service, or one of its hosts at the same
 * gateway: HOST_TAKEN, `field` relative to the route.
 */
export function hostErrors(
  route: Route,
  documents: Documents,
  foreign: readonly ForeignRoute[],
): UserError[] {
  const others = [
    ...documents
      .list('route')
      .filter(({ key }) => key !== route.key)
      .map(({ value }) => ({ route: value, name: `Route "${value.key}"` })),
    ...foreign.map(({ environment, route: other }) => ({
      route: other,
      name: `Route "${other.key}" of environment "${environment}"`,
    })),
  ];
  return others.flatMap(({ route: other, name }) => clashes(route, other, name));
}

function clashes(route: Route, other: Route, name: string): UserError[] {
  const errors: UserError[] = [];
  if (route.service === other.service) {
    const message = `${name} has the service ${route.service} already: edit that route, or choose another service.`;
    errors.push({ field: 'service', message, code: 'HOST_TAKEN' });
  }
  for (const [index, gateway] of route.gateways.entries()) {
    // Two delegates may share a host: the root tells their requests apart.
    if (route.ownership === 'delegate' && other.ownership === 'delegate') break;
    const taken = other.gateways.find((one) => one.name === gateway.name)?.hosts ?? [];
    for (const [at, host] of gateway.hosts.entries()) {
      if (!taken.includes(host)) continue;
      const message = `${name} has the host ${host} at gateway ${gateway.name} already: choose another host.`;
      errors.push({ field: `gateways.${index}.hosts.${at}`, message, code: 'HOST_TAKEN' });
    }
  }
  return errors;
}
