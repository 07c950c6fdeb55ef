import { expect, jest } from '@jest/globals';

/**
 * Tests on real processes and sockets, all under `test/`, get a second try after the first failure has been printed: a machine
 * that stalls for some seconds is no fault of the product. It comes at once, before the tests after it take its ground away.
 * `scripts/sum-results.mjs` names each test that needed one.
 */
if (/\/test\/(?:contract|docs|e2e|faults|mesh)\//.test(expect.getState().testPath ?? ''))
  jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });
