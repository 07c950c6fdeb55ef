import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hang, lines, type PlayedApiServer, refuse } from '../../test/support/played-api-server.js';
import { ReflectedThings } from '../../test/support/reflected-things.js';
import { eventually } from '../../test/mesh/testbed/eventually.js';

let things: ReflectedThings;
let server: PlayedApiServer;
let logged: readonly string[];

beforeEach(async () => {
  things = await ReflectedThings.start();
  ({ server, logged } = things);
});

afterEach(() => things.stop());

describe('a reflector', () => {
  it('lets nobody wait for a first list that could not be read, or is read no more', async () => {
    server.faults.list = [refuse(403)];
    things.make();
    things.reflector.start();
    await things.reflector.tried;
    expect(things.reflector.fresh).toBe(false);
    await things.reflector.stop();
    server.faults.list = [hang];
    things.make();
    things.reflector.start();
    await eventually(async () => expect(server.faults.list).toEqual([]));
    await things.reflector.stop();
    await things.reflector.tried;
    expect(things.reflector.fresh).toBe(false);
  });

  it('is fresh no sooner than it is listed anew, where the watch that comes back has expired', async () => {
    let now = 0;
    server.put('old');
    await things.started({ times: { first: 200, longest: 400, patience: 1_000 }, now: () => now });
    server.faults.watch.push(refuse(503), (response) => {
      now = 600_000;
      expect(things.reflector.fresh).toBe(false);
      lines(JSON.stringify({ type: 'ERROR', object: { code: 410 } }))(response, response.req);
    });
    const seen = new Set<string>();
    const looking = setInterval(
      () => seen.add(`${things.reflector.fresh} at ${now} after ${server.lists.length}`),
      1,
    );
    server.cut();
    await eventually(async () => expect([server.lists.length, things.reflector.fresh]).toEqual([2, true]));
    clearInterval(looking);
    expect([...seen]).toContain('false at 600000 after 1');
    expect([...seen]).not.toContain('true at 600000 after 1');
  });

  it('is fresh from the first list on, and no longer once its watch has been broken for too long', async () => {
    let now = 1_000;
    things.make({ times: { patience: 500 }, now: () => now });
    expect(things.reflector.fresh).toBe(false);
    things.reflector.start();
    await things.reflector.synced;
    await eventually(async () => expect(server.watching).toBe(1));
    expect(things.reflector.fresh).toBe(true);
    server.faults.watch.push(...Array.from({ length: 500 }, () => refuse(503)));
    server.faults.list.push(...Array.from({ length: 500 }, () => refuse(503)));
    server.cut();
    await eventually(async () => expect(logged.length).toBeGreaterThan(0));
    expect(things.reflector.fresh).toBe(true);
    now += 501;
    expect(things.reflector.fresh).toBe(false);
    server.faults.watch.length = server.faults.list.length = 0;
    await eventually(async () => expect(things.reflector.fresh).toBe(true));
    await things.reflector.stop();
    expect(things.reflector.fresh).toBe(false);
  });

  it('takes a watch that fell silent for broken since its last byte', async () => {
    await things.started({ times: { silence: 100, patience: 50 }, now: () => 1_000 });
    server.faults.watch.push(...Array.from({ length: 500 }, () => refuse(503)));
    server.faults.list.push(...Array.from({ length: 500 }, () => refuse(503)));
    await eventually(async () => expect(logged.length).toBeGreaterThan(0));
    expect(things.reflector.fresh).toBe(false);
  });
});
