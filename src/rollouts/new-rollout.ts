import { Problem } from '../domain/problem.js';
import { dogfood, employeesFirst } from '../domain/rollout/templates.js';

/** The whole document of a new rollout from the fields given: a template becomes its steps, the salt the key. */
export function newRollout(key: string, fields: { readonly [field: string]: unknown }): unknown {
  const { template, audience, ...rest } = fields;
  return {
    salt: key,
    ...rest,
    ...(template == null ? {} : { steps: templateSteps(template, audience, rest['steps']) }),
  };
}

function templateSteps(template: unknown, audience: unknown, steps: unknown): unknown {
  if (steps != null) {
    throw new Problem('INVALID_INPUT', 'Give either steps or a template, not both.', { field: 'template' });
  }
  if (typeof audience !== 'string') {
    throw new Problem('INVALID_INPUT', 'A template begins with an audience: name a segment.', {
      field: 'audience',
    });
  }
  return template === 'dogfood' ? dogfood(audience) : employeesFirst(audience);
}
