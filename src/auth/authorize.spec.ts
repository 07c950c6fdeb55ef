import { describe, expect, it } from '@jest/globals';
import { authorize } from './authorize.js';
import type { Principal } from './principal.js';

const admin: Principal = { token: 'a', kind: 'admin', role: 'admin', environments: null };
const editor: Principal = { token: 'e', kind: 'admin', role: 'editor', environments: ['staging'] };

describe('authorize', () => {
  it.each<[string, Principal | null, 'viewer' | 'editor' | 'admin', string | null, string]>([
    ['nobody', null, 'viewer', 'staging', 'UNAUTHENTICATED'],
    ['a server token', { ...admin, kind: 'server', role: null }, 'viewer', 'staging', 'FORBIDDEN'],
    ['a client token', { ...admin, kind: 'client', role: null }, 'viewer', 'staging', 'FORBIDDEN'],
    ['too small a role', editor, 'admin', 'staging', 'FORBIDDEN'],
    ['another environment', editor, 'viewer', 'production', 'FORBIDDEN'],
    ['all environments with one', editor, 'viewer', null, 'FORBIDDEN'],
  ])('refuses %s', (_, principal, role, environment, code) => {
    expect(() => authorize(principal, { role, environment })).toThrow(expect.objectContaining({ code }));
  });

  it.each<[Principal, 'viewer' | 'editor' | 'admin', string | null]>([
    [admin, 'admin', null],
    [admin, 'viewer', 'production'],
    [editor, 'editor', 'staging'],
    [editor, 'viewer', 'staging'],
  ])('lets %o pass as %s of %s', (principal, role, environment) => {
    expect(authorize(principal, { role, environment })).toBe(principal);
  });
});
