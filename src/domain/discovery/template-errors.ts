import type { Documents } from '../documents.js';
import type { UserError } from '../problem.js';
import { rolloutErrors } from '../rollout-checks.js';
import { rolloutSchema } from '../rollout.js';
import { templateRollout } from './template-rollout.js';
import type { VersionTemplate } from './version-template.js';

const NEW = 'new';
const CONTROL = 'control';

/** What is wrong with templates: what would be wrong with each rollout that they make of the routes they name. */
export function templateErrors(documents: Documents, templates: readonly VersionTemplate[]): UserError[] {
  return templates.flatMap((template, index) => {
    const routes =
      template.routes.length > 0 ? template.routes : documents.list('route').map(({ key }) => key);
    const errors = (routes.length > 0 ? routes : ['any']).flatMap((route) =>
      errorsFor(documents, template, route),
    );
    const told = new Map(errors.map((error) => [`${error.field} ${error.code}`, error]));
    return [...told.values()].map((error) => ({
      ...error,
      field: `versionTemplates.${index}.${error.field}`,
    }));
  });
}

function errorsFor(documents: Documents, template: VersionTemplate, route: string): UserError[] {
  const moved = { key: route, new: NEW, control: CONTROL };
  return rolloutErrors(documents, rolloutSchema.parse(templateRollout(template, 'template', moved)));
}
