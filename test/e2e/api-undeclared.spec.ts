import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Query, Resolver } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule } from '../../src/api/api.module.js';
import type { AuthenticatedRequest } from '../../src/api/authenticated-request.js';
import type { Principal } from '../../src/auth/principal.js';
import { Requires } from '../../src/auth/requires.js';

const SDL = `
  scalar JSON
  scalar Condition
  type Query { undeclared: String declared: String fault: String }
`;
const ANYBODY: Principal = { token: 'root', kind: 'admin', role: 'admin', environments: null };

let calls = 0;

@Resolver()
class SomeResolver {
  @Query('undeclared')
  undeclared(): string {
    calls += 1;
    return 'seen';
  }

  @Requires('viewer')
  @Query('declared')
  declared(): string {
    return 'seen';
  }

  @Requires('viewer')
  @Query('fault')
  fault(): string {
    throw new TypeError('the password is hunter2');
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tidegate-sdl-'));
let app: NestFastifyApplication;

beforeAll(async () => {
  writeFileSync(join(folder, 'some.graphql'), SDL);
  @Module({ imports: [ApiModule.register([join(folder, '*.graphql')])], providers: [SomeResolver] })
  class SomeModule {}
  app = await NestFactory.create<NestFastifyApplication>(SomeModule, new FastifyAdapter(), { logger: false });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async (request: AuthenticatedRequest) => {
      request.principal = ANYBODY;
    });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(query: string): Promise<unknown> {
  const response = await app.inject({ method: 'POST', url: '/graphql', payload: { query } });
  return response.json();
}

describe('a resolver', () => {
  it('that states no role is refused even to a global admin, and never runs', async () => {
    expect(await ask('{ undeclared }')).toMatchObject({
      data: { undeclared: null },
      errors: [{ path: ['undeclared'], extensions: { code: 'FORBIDDEN' } }],
    });
    expect(calls).toBe(0);
  });

  it('that states one runs', async () => {
    expect(await ask('{ declared }')).toEqual({ data: { declared: 'seen' } });
  });

  it('that fails in a way nobody foresaw tells nothing of it', async () => {
    const answer = await ask('{ fault }');
    expect(answer).toMatchObject({ data: { fault: null }, errors: [{ extensions: { code: 'GENERAL' } }] });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|TypeError|stack/);
  });
});
