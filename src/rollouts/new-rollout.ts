import { type Fields, givenFields } from '../changes/fields.js';
import { Problem } from '../domain/problem.js';
import { dogfood, employeesFirst } from '../domain/rollout/templates.js';
import type { RolloutStepInput } from '../schema.types.js';

/** The whole document of a new rollout from the fields given: a template becomes its steps, the salt the key. */
export function newRollout(fields: Fields): unknown {
  const { template, audience, ...rest } = withRoutes(fields);
  if (template === undefined && audience !== undefined) {
    const message = 'An audience here is that of a template: name one, or put the audience into the steps.';
    throw new Problem('INVALID_INPUT', message, { field: 'audience' });
  }
  const steps = template === undefined ? {} : { steps: templateSteps(template, audience, rest['steps']) };
  return { salt: rest['key'], ...completeSteps(rest), ...steps };
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
  return { ...fields, steps: steps.map((step) => ({ hold: null, ...givenFields(step) })) };
}

function templateSteps(template: unknown, audience: unknown, steps: unknown): unknown {
  if (steps !== undefined) {
    throw new Problem('INVALID_INPUT', 'Give either steps or a template, not both.', { field: 'template' });
  }
  if (typeof audience !== 'string') {
    throw new Problem('INVALID_INPUT', 'A template begins with an audience: name a segment.', {
      field: 'audience',
    });
  }
  return template === 'dogfood' ? dogfood(audience) : employeesFirst(audience);
}
