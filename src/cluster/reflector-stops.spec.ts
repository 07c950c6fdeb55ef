import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hang, type PlayedApiServer, refuse } from '../../test/support/played-api-server.js';
import { ReflectedThings } from '../../test/support/reflected-things.js';
import { eventually } from '../../test/mesh/testbed/eventually.js';

let things: ReflectedThings;
let server: PlayedApiServer;
let told: readonly string[];
let logged: readonly string[];

beforeEach(async () => {
  things = await ReflectedThings.start();
  ({ server, told, logged } = things);
});

afterEach(() => things.stop());

describe('a reflector', () => {
  it('watches once, however often it is started', async () => {
    things.make();
    for (let time = 0; time < 5; time++) things.reflector.start();
    await things.reflector.synced;
    await eventually(async () => expect(server.watching).toBe(1));
    expect(server.lists).toHaveLength(1);
    expect(server.watches).toHaveLength(1);
  });

  it('can be stopped while it lists, and is silent from then on', async () => {
    server.faults.list.push(hang);
    things.make();
    things.reflector.start();
    await eventually(async () => expect(server.lists).toHaveLength(1));
    await things.reflector.stop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.lists).toHaveLength(1);
    expect(server.watches).toHaveLength(0);
    expect(logged).toEqual([]);
  });

  it('can be stopped while it waits after a failure', async () => {
    server.faults.list.push(...Array.from({ length: 100 }, () => refuse(500)));
    things.make({ times: { first: 60_000, longest: 60_000 } });
    things.reflector.start();
    await eventually(async () => expect(logged).toHaveLength(1));
    const before = Date.now();
    await things.reflector.stop();
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('can be stopped while it watches, and goes on from there when it is started again', async () => {
    await things.started();
    await things.reflector.stop();
    await eventually(async () => expect(server.watching).toBe(0));
    server.put('a');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toEqual([]);
    expect(logged).toEqual([]);
    things.reflector.start();
    await things.hears('added a');
    expect(server.lists).toHaveLength(1);
  });
});
