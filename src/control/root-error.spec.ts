import { describe, expect, it } from '@jest/globals';
import type { RouteRoot } from '../domain/route-status.js';
import { rootError } from './root-error.js';

const conflicts = [{ root: 'VirtualService a/b', rule: 'rule 1', entry: 'testers', message: 'Dropped' }];
const well: RouteRoot = { names: ['VirtualService a/b'], missing: [], standIn: false };

describe('what the roots of a route say of it', () => {
  it.each<[string, RouteRoot | undefined, string | undefined]>([
    ['nothing where there are none to be seen', undefined, undefined],
    ['nothing where they name all delegates', well, undefined],
    ['that it waits, where one is not named', { ...well, missing: ['None'] }, 'WAITING_FOR_ROOT: None.'],
    ['nothing while an object of ours stands in', { ...well, missing: ['None'], standIn: true }, undefined],
    ['that somebody else takes the host', { ...well, taken: ['Old'], conflicts }, 'HOST_TAKEN: Old.'],
    [
      'nothing of that while an object of ours stands in',
      { ...well, taken: ['Old'], standIn: true },
      undefined,
    ],
    ['that Istio leaves rules out', { ...well, conflicts }, 'ROOT_CONFLICT: Dropped.'],
    ['first that it waits', { ...well, missing: ['None'], conflicts }, 'WAITING_FOR_ROOT: None.'],
  ])('%s', (_, root, expected) => {
    const error = rootError(root);
    expect(error === null ? undefined : `${error.code}: ${error.message}`).toBe(expected);
  });
});
