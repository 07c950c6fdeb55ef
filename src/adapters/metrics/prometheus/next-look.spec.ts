import { describe, expect, it } from '@jest/globals';
import { nextLook } from './next-look.js';

const NOW = 1_000_000;

describe('the next look at a Prometheus', () => {
  it.each([
    { expected: [], wait: 1_000, why: 'nothing is known' },
    { expected: [600], wait: 750, why: 'as soon as the scrape can be read' },
    { expected: [850], wait: 1_000, why: 'the scrape can just be read by then' },
    { expected: [900], wait: 1_000, why: 'the scrape comes later; the look after this one is for it' },
    { expected: [-80], wait: 100, why: 'not too soon after the last look' },
    { expected: [-150], wait: 100, why: 'soon, since the scrape was slow' },
    { expected: [-1_200], wait: 1_000, why: 'the scrape should have come long ago' },
    { expected: [-150, 600], wait: 750, why: 'another scrape is near' },
    { expected: [300, 700, 500], wait: 850, why: 'one look for all that come until then' },
    { expected: [700, 4_000], wait: 850, why: 'what comes later is left to later looks' },
  ])('$why: $expected ms from now, in $wait ms', ({ expected, wait }) => {
    const scrapes = expected.map((after) => NOW + after);
    expect(nextLook(scrapes, NOW, 1_000)).toBe(wait);
  });
});
