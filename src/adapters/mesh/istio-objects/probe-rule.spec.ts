import { describe, expect, it } from '@jest/globals';
import { checkoutRoute, tableOf } from '../../../../test/contract/route-tables.js';
import { probesOf, withoutProbe, withProbe } from './probe-rule.js';
import { routeObjects } from './route-objects.js';

const table = tableOf(checkoutRoute());
const objects = routeObjects(table);

describe('the rule that answers a probe', () => {
  it('stands first at gateways alone, and all other requests go as without it', () => {
    const probed = withProbe(objects, table);
    const named = probed.map(({ metadata, spec }) => {
      const [first] = (spec?.['http'] ?? []) as { name: string }[];
      return [metadata.name, first?.name === 'tidegate-probe'];
    });
    expect(named).toEqual([
      ['tg-checkout', false],
      ['tg-checkout-gw', true],
      ['tg-checkout-mesh', false],
    ]);
    expect(withoutProbe(probed)).toEqual(objects);
    expect(withoutProbe(objects)).toEqual(objects);
  });

  it('answers something else once a rule is another under the same revision', () => {
    const answers = [table, tableOf(checkoutRoute({ closed: 'v2' }))].map((one) =>
      probesOf(withProbe(routeObjects(one), table)),
    );
    const [before, after] = answers;
    expect(before).toEqual([
      { host: expect.any(String), answer: expect.stringMatching(/^\S+ [0-9a-f]{8}$/) },
    ]);
    expect(after?.[0]?.answer).not.toBe(before?.[0]?.answer);
    expect(probesOf(objects)).toEqual([]);
  });
});
