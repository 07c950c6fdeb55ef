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
  it('lists, and tells of what comes after the list', async () => {
    server.put('old');
    await things.started();
    expect(things.names()).toEqual(['old']);
    server.put('new');
    server.put('old');
    server.remove('new');
    await things.hears('added new', 'changed old after 11', 'removed new after 12');
    expect(things.reflector.get('shop', 'old')).toMatchObject({
      kind: 'Thing',
      metadata: { resourceVersion: '13' },
    });
    expect(things.reflector.get('shop', 'new')).toBeUndefined();
  });

  it('knows kind and API version of what came in a list, which the API leaves out', async () => {
    server.put('old');
    await things.started();
    expect(things.reflector.get('shop', 'old')).toMatchObject({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
    });
  });

  it('lists page by page', async () => {
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name);
    await things.started();
    expect(things.names()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(server.lists.map((query) => query.get('continue'))).toEqual([null, '2', '4']);
  });

  it('begins the list anew when its next page has expired', async () => {
    server.pageSize = 1;
    server.put('a');
    server.put('b');
    server.faults.list.push(
      (response) =>
        response.end(
          JSON.stringify({
            metadata: { resourceVersion: '1', continue: 'x' },
            items: [{ metadata: { name: 'gone' } }],
          }),
        ),
      refuse(410),
    );
    await things.started();
    expect(things.names()).toEqual(['a', 'b']);
    expect(logged).toEqual([]);
  });

  it('asks for bookmarks, and goes on from the last one when the server ends the watch', async () => {
    server.put('old');
    await things.started();
    expect(Object.fromEntries(server.watches[0]!)).toMatchObject({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '11',
      labelSelector: 'a=b',
    });
    server.bookmark();
    server.endWatches();
    await eventually(async () => expect(server.watches.length).toBe(2));
    expect(server.watches[1]!.get('resourceVersion')).toBe('12');
    expect(server.lists).toHaveLength(1);
  });

  it('misses nothing that happened while its connection was cut, and tells nothing twice', async () => {
    server.put('a');
    await things.started();
    server.put('b');
    await things.hears('added b');
    server.cut();
    server.put('c');
    server.remove('a');
    await things.hears('added b', 'added c', 'removed a after 11');
    expect(server.lists).toHaveLength(1);
  });

  it('lists anew on a 410 inside an answer of 200, and tells what differs', async () => {
    server.put('kept');
    server.put('gone');
    server.put('changed');
    await things.started();
    server.oldest = 1_000;
    server.faults.watch.push(
      lines(JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })),
    );
    server.cut();
    await eventually(async () => expect(server.lists.length).toBeGreaterThan(1));
    server.remove('gone');
    server.put('changed');
    server.put('new');
    server.oldest = 0;
    await things.hears('removed gone after 12', 'changed changed after 13', 'added new');
    expect(things.names().toSorted()).toEqual(['changed', 'kept', 'new']);
  });

  it('lists anew on a 410 as status', async () => {
    await things.started();
    server.faults.watch.push(refuse(410));
    server.put('a');
    server.cut();
    await eventually(async () => expect(server.lists).toHaveLength(2));
    await things.hears('added a');
  });

  it.each([
    [
      'another ERROR event',
      '{"type":"ERROR","object":{"code":500,"message":"etcd is away"}}',
      'etcd is away',
    ],
    ['a line that is no JSON', '{"type":"ADDED","obj', "can't be read"],
    [
      'an event of an unknown type',
      '{"type":"SPLIT","object":{"metadata":{"resourceVersion":"99"}}}',
      'SPLIT',
    ],
    ['an object without a version', '{"type":"ADDED","object":{"metadata":{"name":"x"}}}', "can't be read"],
    ['a line that says null', 'null', "can't be read"],
  ])('says so and goes on from the last good event after %s', async (_, line, words) => {
    await things.started();
    server.put('a');
    await things.hears('added a');
    server.say(line);
    await eventually(async () => expect(server.watches.length).toBe(2));
    expect(server.watches[1]!.get('resourceVersion')).toBe('11');
    expect(logged[0]).toContain(words);
    server.put('b');
    await things.hears('added a', 'added b');
  });

  it('lists anew when going on keeps failing', async () => {
    await things.started();
    server.faults.watch.push(...[1, 2, 3].map(() => lines('nonsense')));
    server.cut();
    await eventually(async () => expect(server.lists.length).toBeGreaterThan(1));
    server.put('a');
    await things.hears('added a');
  });

  it('reads a line that comes in pieces, in the middle of a letter', async () => {
    await things.started();
    const object = { metadata: { name: 'größe', namespace: 'shop', resourceVersion: '50' } };
    const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    const cutAt = bytes.indexOf('ö') + 1;
    server.faults.watch.push((response) => {
      response.write(bytes.subarray(0, cutAt));
      setTimeout(() => response.write(bytes.subarray(cutAt)), 20);
    });
    server.cut();
    await things.hears('added größe');
  });

  it('tries again, with longer and longer waits, as long as the list fails, and says so once', async () => {
    server.faults.list.push(...Array.from({ length: 8 }, () => refuse(503, 'starting')));
    server.put('a');
    await things.started();
    expect(things.names()).toEqual(['a']);
    expect(logged).toEqual([expect.stringContaining('503: starting')]);
    server.put('b');
    await eventually(async () => expect(logged).toHaveLength(2));
    expect(logged[1]).toContain('watching again');
  });

  it('waits as long as the API server asks', async () => {
    server.faults.list.push(refuse(429, 'too many', { 'retry-after': '1' }));
    const before = Date.now();
    await things.started();
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
  });

  it('does not spin where each watch ends at once', async () => {
    server.faults.watch.push(...Array.from({ length: 1_000 }, () => lines()));
    things.make();
    things.reflector.start();
    await things.reflector.synced;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.watches.length).toBeLessThan(60);
  });

  it('opens a watch anew that has fallen silent', async () => {
    await things.started({ times: { silence: 100 } });
    await eventually(async () => expect(server.watches.length).toBeGreaterThan(1));
    expect(logged[0]).toContain('nothing came for 0.1 s');
    server.put('a');
    await things.hears('added a');
  });

  it('keeps a quiet watch open as long as bookmarks come', async () => {
    await things.started({ times: { silence: 1_500 } });
    for (let beat = 0; beat < 10; beat++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      server.bookmark();
    }
    expect(server.watches).toHaveLength(1);
  });

  it('gives up a watch whose head never comes, and tries again', async () => {
    things.impatient();
    server.faults.watch.push(hang);
    await things.started();
    expect(server.watches).toHaveLength(2);
  });

  it('is not harmed by a listener that throws', async () => {
    things.make();
    things.reflector.subscribe(() => {
      throw new Error('mine');
    });
    things.reflector.start();
    await things.reflector.synced;
    server.put('a');
    server.put('b');
    await things.hears('added a', 'added b');
    expect(logged).toContainEqual(expect.stringContaining('a listener failed: mine'));
  });

  it('tells nobody who has left', async () => {
    await things.started();
    const heard: string[] = [];
    things.reflector.subscribe(({ object }) => heard.push(object.metadata.name))();
    server.put('a');
    await things.hears('added a');
    expect(heard).toEqual([]);
  });

  it('keeps of each object what is picked', async () => {
    server.put('a', { spec: 'long' });
    await things.started({ pick: ({ metadata }) => ({ metadata }) });
    server.put('b', { spec: 'long' });
    await things.hears('added b');
    for (const object of things.reflector.list()) expect(object).not.toHaveProperty('spec');
  });
});
