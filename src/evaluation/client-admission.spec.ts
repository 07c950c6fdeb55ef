import { describe, expect, it } from '@jest/globals';
import { ClientAdmission } from './client-admission.js';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;

function filled(): ClientAdmission {
  const admission = new ClientAdmission();
  for (let n = 0; n < 1_000; n += 1) expect(admission.waitOf('web', `client-${n}`, NOW)).toBe(0);
  return admission;
}

describe('who may send counts', () => {
  it('are a thousand new clients of a token in a minute, and no more', () => {
    expect(filled().waitOf('web', 'client-more', NOW + 1_000)).toBe(59);
  });

  it('is every client that was let in before', () => {
    const admission = filled();
    for (const n of [0, 500, 999]) expect(admission.waitOf('web', `client-${n}`, NOW + 1_000)).toBe(0);
  });

  it('is the next one in the next minute', () => {
    const admission = filled();
    expect(admission.waitOf('web', 'client-more', NOW + MINUTE)).toBe(0);
  });

  it('is nobody less because another token brought many', () => {
    expect(filled().waitOf('server', 'client-more', NOW)).toBe(0);
  });

  it('is told from memory that does not grow without end: who was silent for long is new again', () => {
    const admission = new ClientAdmission();
    for (let n = 0; n < 200_000; n += 1) {
      admission.waitOf('web', `client-${n}`, NOW + Math.floor(n / 1_000) * MINUTE);
    }
    expect(admission.remembered('web')).toBeLessThanOrEqual(100_000);
    expect(admission.waitOf('web', 'client-199999', NOW + 199 * MINUTE)).toBe(0);
    expect(admission.waitOf('web', 'client-0', NOW + 199 * MINUTE)).toBeGreaterThan(0);
  });
});
