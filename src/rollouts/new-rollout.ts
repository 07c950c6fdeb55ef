import { type Fields, givenFields } from '../changes/fields.js';
import { Problem } from '../domain/problem.js';
import type { Preview } from '../domain/rollout/preview.js';
import { blueGreen, dogfood, employeesFirst } from '../domain/rollout/templates.js';
import type { RolloutStepInput } from '../schema.types.js';

/** The whole document of a new rollout from the fields given: a template becomes its steps, the salt the key. */
export function newRollout(fields: Fields): unknown {
  const { template, audience, preview, ...rest } = withRoutes(fields);
  if (template === undefined) {
    refuseBeside('a template', { audience, preview });
    return { salt: rest['key'], ...completeSteps(rest) };
  }
  if (rest['steps'] !== undefined) {
    throw new Problem('INVALID_INPUT', 'Give either steps or a template, not both.', { field: 'template' });
  }
  return { salt: rest['key'], ...rest, steps: templateSteps(template, { audience, preview }) };
}

/** Fields of an edit as the document has them: complete steps, and `route` as `routes`. INVALID_INPUT for both of these. */
export function documentFields(fields: Fields): Fields {
  return completeSteps(withRoutes(fields));
}

function withRoutes(fields: Fields): Fields {
  const { route, ...rest } = fields;
  if (route === undefined) return fields;
  if (rest['routes'] === undefined) return { ...rest, routes: route === null ? [] : [route] };
  throw new Problem('INVALID_INPUT', 'Give routes alone: route is one of them.', { field: 'route' });
}

/** Steps as the document has them: a hold that is not given lasts until somebody promotes. */
function completeSteps(fields: Fields): Fields {
  const steps = fields['steps'] as readonly RolloutStepInput[] | null | undefined;
  if (steps == null) return fields;
  return { ...fields, steps: steps.map(completeStep) };
}

function completeStep({ preview, ...step }: RolloutStepInput): Fields {
  return { hold: null, ...givenFields(step), ...(preview == null ? {} : { preview: givenFields(preview) }) };
}

interface Beginning {
  readonly audience?: unknown;
  readonly preview?: unknown;
}

function templateSteps(template: unknown, { audience, preview }: Beginning): unknown {
  if (template === 'blue_green') {
    refuseBeside('employees_first and dogfood', { audience });
    return blueGreen(preview == null ? null : (givenFields(preview) as Preview));
  }
  refuseBeside('blue_green', { preview });
  if (typeof audience !== 'string') {
    throw new Problem('INVALID_INPUT', 'A template begins with an audience: name a segment.', {
      field: 'audience',
    });
  }
  return template === 'dogfood' ? dogfood(audience) : employeesFirst(audience);
}

/** What a template begins with means nothing where there is none, or another one. */
function refuseBeside(owner: string, fields: Beginning): void {
  const field = (['audience', 'preview'] as const).find((name) => fields[name] !== undefined);
  if (field === undefined) return;
  const message = `The ${field} here is that of ${owner}: name such a template, or put it into the steps.`;
  throw new Problem('INVALID_INPUT', message, { field });
}
