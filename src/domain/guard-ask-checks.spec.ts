import { describe, expect, it } from '@jest/globals';
import { draft, fullImage, imageWith, plan, propose, refused } from '../../test/support/proposals.js';

const ARM = { label: 'variant', new: 'on', control: 'off' };
const QUERY = { bad: 'errors', total: 'requests', arm: ARM };
const BY_QUERY = { template: null, query: QUERY };
const ON_EVENTS = { source: 'events', template: null, events: { flag: 'f', bad: 'failed' } };
const onRoute = { target: { route: 'r', new: 'v2', control: 'v1' } };

/** What is wrong with a guard of a version that asks one with such fields. */
function refusedWith(asked: object, fields: object): string[] {
  const image = imageWith(fullImage(), draft.guard({ key: 'asked', ...asked }));
  return refused(image, draft.guard({ key: 'of-version', asks: 'asked', ...fields }));
}

describe('a guard that is asked whether a flag is to blame', () => {
  it.each<[string, object, object]>([
    ['on events', ON_EVENTS, {}],
    ['on events of a flag as target', { ...ON_EVENTS, target: { flag: 'f', new: 'on', control: 'off' } }, {}],
    ['that tells the variants apart by a label', BY_QUERY, {}],
    [
      'that compares other arms than the one that asks',
      BY_QUERY,
      { ...BY_QUERY, query: { ...QUERY, arm: { ...ARM, label: 'version' } } },
    ],
  ])('may be one %s', (_, asked, fields) => {
    expect(refusedWith(asked, fields)).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['a topline', { ...BY_QUERY, kind: 'topline', margin: null, topline: { slo: 0.99 } }, {}],
    ['a burn rate', { ...ON_EVENTS, kind: 'burn', margin: null, burn: { slo: 0.99 } }, {}],
    ['a threshold alone', { ...ON_EVENTS, margin: null, threshold: 0.1 }, {}],
    ['one of the metrics of a route', {}, {}],
    ['one with a route as target', { ...BY_QUERY, ...onRoute }, {}],
    ['one of the same arms', BY_QUERY, BY_QUERY],
  ])('is not %s', (_, asked, fields) => {
    expect(refusedWith(asked, fields)).toEqual(['INVALID_INPUT at asks']);
  });

  it('is none that stands only in rollouts without a flag, and the mend is told', () => {
    const image = imageWith(
      fullImage(),
      draft.guard({ key: 'asked', ...BY_QUERY }),
      draft.rollout({ key: 'of-route', flag: null, guards: ['asked'] }),
    );
    const { errors } = plan(image, [propose(draft.guard({ key: 'of-version', asks: 'asked' }))]);
    expect(errors).toMatchObject([
      {
        field: 'asks',
        message:
          'Guard "asked" stands in rollouts that move no flag, so it can’t tell a bad flag from a bad version: name one that compares the variants of a flag, best on events.',
      },
    ]);
  });
});
