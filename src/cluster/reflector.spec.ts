import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hang, lines, PlayedApiServer, refuse } from '../../test/support/played-api-server.js';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { Cluster } from './cluster.js';
import { Reflector, type ReflectorOptions } from './reflector.js';
import type { KubernetesObject } from './resource.js';

const things = { group: 'example.com', version: 'v1', plural: 'things', labelSelector: 'a=b' };
const times = { first: 5, longest: 40, spread: 5, silence: 60_000, patience: 60_000 };

let server: PlayedApiServer;
let cluster: Cluster;
let reflector: Reflector<KubernetesObject>;
let told: string[];
let logged: string[];

beforeEach(async () => {
  server = await PlayedApiServer.start();
  cluster = new Cluster({ serviceAccount: server.place, timeout: 2_000 });
  told = [];
  logged = [];
});

afterEach(async () => {
  await reflector?.stop();
  cluster.close();
  await server.stop();
});

function make(options: ReflectorOptions<KubernetesObject> = {}): void {
  const note = (line: string) => logged.push(line);
  reflector = new Reflector(cluster, things, {
    ...options,
    times: { ...times, ...options.times },
    logger: { warn: note, log: note },
  });
  reflector.subscribe(({ type, object, before }) =>
    told.push(`${type} ${object.metadata.name}${before ? ` after ${before.metadata.resourceVersion}` : ''}`),
  );
}

async function started(options: ReflectorOptions<KubernetesObject> = {}): Promise<void> {
  make(options);
  reflector.start();
  await reflector.synced;
  await eventually(async () => expect(server.watching).toBe(1));
}

const names = () => reflector.list().map(({ metadata }) => metadata.name);
const hears = (...events: string[]) => eventually(async () => expect(told).toEqual(events));

describe('a reflector', () => {
  it('lists, and tells of what comes after the list', async () => {
    server.put('old');
    await started();
    expect(names()).toEqual(['old']);
    server.put('new');
    server.put('old');
    server.remove('new');
    await hears('added new', 'changed old after 11', 'removed new after 12');
    expect(reflector.get('shop', 'old')).toMatchObject({
      kind: 'Thing',
      metadata: { resourceVersion: '13' },
    });
    expect(reflector.get('shop', 'new')).toBeUndefined();
  });

  it('knows kind and API version of what came in a list, which the API leaves out', async () => {
    server.put('old');
    await started();
    expect(reflector.get('shop', 'old')).toMatchObject({ apiVersion: 'example.com/v1', kind: 'Thing' });
  });

  it('lets nobody wait for a first list that could not be read, or is read no more', async () => {
    server.faults.list = [refuse(403)];
    make();
    reflector.start();
    await reflector.tried;
    expect(reflector.fresh).toBe(false);
    await reflector.stop();
    server.faults.list = [hang];
    make();
    reflector.start();
    await eventually(async () => expect(server.faults.list).toEqual([]));
    await reflector.stop();
    await reflector.tried;
    expect(reflector.fresh).toBe(false);
  });

  it('lists page by page', async () => {
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name);
    await started();
    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e']);
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
    await started();
    expect(names()).toEqual(['a', 'b']);
    expect(logged).toEqual([]);
  });

  it('asks for bookmarks, and goes on from the last one when the server ends the watch', async () => {
    server.put('old');
    await started();
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
    await started();
    server.put('b');
    await hears('added b');
    server.cut();
    server.put('c');
    server.remove('a');
    await hears('added b', 'added c', 'removed a after 11');
    expect(server.lists).toHaveLength(1);
  });

  it('lists anew on a 410 inside an answer of 200, and tells what differs', async () => {
    server.put('kept');
    server.put('gone');
    server.put('changed');
    await started();
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
    await hears('removed gone after 12', 'changed changed after 13', 'added new');
    expect(names().toSorted()).toEqual(['changed', 'kept', 'new']);
  });

  it('lists anew on a 410 as status', async () => {
    await started();
    server.faults.watch.push(refuse(410));
    server.put('a');
    server.cut();
    await eventually(async () => expect(server.lists).toHaveLength(2));
    await hears('added a');
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
    await started();
    server.put('a');
    await hears('added a');
    server.say(line);
    await eventually(async () => expect(server.watches.length).toBe(2));
    expect(server.watches[1]!.get('resourceVersion')).toBe('11');
    expect(logged[0]).toContain(words);
    server.put('b');
    await hears('added a', 'added b');
  });

  it('lists anew when going on keeps failing', async () => {
    await started();
    server.faults.watch.push(...[1, 2, 3].map(() => lines('nonsense')));
    server.cut();
    await eventually(async () => expect(server.lists.length).toBeGreaterThan(1));
    server.put('a');
    await hears('added a');
  });

  it('reads a line that comes in pieces, in the middle of a letter', async () => {
    await started();
    const object = { metadata: { name: 'größe', namespace: 'shop', resourceVersion: '50' } };
    const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    const cutAt = bytes.indexOf('ö') + 1;
    server.faults.watch.push((response) => {
      response.write(bytes.subarray(0, cutAt));
      setTimeout(() => response.write(bytes.subarray(cutAt)), 20);
    });
    server.cut();
    await hears('added größe');
  });

  it('tries again, with longer and longer waits, as long as the list fails, and says so once', async () => {
    server.faults.list.push(...Array.from({ length: 8 }, () => refuse(503, 'starting')));
    server.put('a');
    await started();
    expect(names()).toEqual(['a']);
    expect(logged).toEqual([expect.stringContaining('503: starting')]);
    server.put('b');
    await eventually(async () => expect(logged).toHaveLength(2));
    expect(logged[1]).toContain('watching again');
  });

  it('waits as long as the API server asks', async () => {
    server.faults.list.push(refuse(429, 'too many', { 'retry-after': '1' }));
    const before = Date.now();
    await started();
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
  });

  it('does not spin where each watch ends at once', async () => {
    server.faults.watch.push(...Array.from({ length: 1_000 }, () => lines()));
    make();
    reflector.start();
    await reflector.synced;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.watches.length).toBeLessThan(60);
  });

  it('opens a watch anew that has fallen silent', async () => {
    await started({ times: { silence: 100 } });
    await eventually(async () => expect(server.watches.length).toBeGreaterThan(1));
    expect(logged[0]).toContain('nothing came for 0.1 s');
    server.put('a');
    await hears('added a');
  });

  it('keeps a quiet watch open as long as bookmarks come', async () => {
    await started({ times: { silence: 1_500 } });
    for (let beat = 0; beat < 10; beat++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      server.bookmark();
    }
    expect(server.watches).toHaveLength(1);
  });

  it('gives up a watch whose head never comes, and tries again', async () => {
    cluster.close();
    cluster = new Cluster({ serviceAccount: server.place, timeout: 100 });
    server.faults.watch.push(hang);
    await started();
    expect(server.watches).toHaveLength(2);
  });

  it('watches once, however often it is started', async () => {
    make();
    for (let time = 0; time < 5; time++) reflector.start();
    await reflector.synced;
    await eventually(async () => expect(server.watching).toBe(1));
    expect(server.lists).toHaveLength(1);
    expect(server.watches).toHaveLength(1);
  });

  it('can be stopped while it lists, and is silent from then on', async () => {
    server.faults.list.push(hang);
    make();
    reflector.start();
    await eventually(async () => expect(server.lists).toHaveLength(1));
    await reflector.stop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.lists).toHaveLength(1);
    expect(server.watches).toHaveLength(0);
    expect(logged).toEqual([]);
  });

  it('can be stopped while it waits after a failure', async () => {
    server.faults.list.push(...Array.from({ length: 100 }, () => refuse(500)));
    make({ times: { first: 60_000, longest: 60_000 } });
    reflector.start();
    await eventually(async () => expect(logged).toHaveLength(1));
    const before = Date.now();
    await reflector.stop();
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('can be stopped while it watches, and goes on from there when it is started again', async () => {
    await started();
    await reflector.stop();
    await eventually(async () => expect(server.watching).toBe(0));
    server.put('a');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toEqual([]);
    expect(logged).toEqual([]);
    reflector.start();
    await hears('added a');
    expect(server.lists).toHaveLength(1);
  });

  it('is not harmed by a listener that throws', async () => {
    make();
    reflector.subscribe(() => {
      throw new Error('mine');
    });
    reflector.start();
    await reflector.synced;
    server.put('a');
    server.put('b');
    await hears('added a', 'added b');
    expect(logged).toContainEqual(expect.stringContaining('a listener failed: mine'));
  });

  it('tells nobody who has left', async () => {
    await started();
    const heard: string[] = [];
    reflector.subscribe(({ object }) => heard.push(object.metadata.name))();
    server.put('a');
    await hears('added a');
    expect(heard).toEqual([]);
  });

  it('keeps of each object what is picked', async () => {
    server.put('a', { spec: 'long' });
    await started({ pick: ({ metadata }) => ({ metadata }) });
    server.put('b', { spec: 'long' });
    await hears('added b');
    for (const object of reflector.list()) expect(object).not.toHaveProperty('spec');
  });

  it('is fresh no sooner than it is listed anew, where the watch that comes back has expired', async () => {
    let now = 0;
    server.put('old');
    await started({ times: { ...times, first: 200, longest: 400, patience: 1_000 }, now: () => now });
    server.faults.watch.push(refuse(503), (response) => {
      now = 600_000;
      expect(reflector.fresh).toBe(false);
      lines(JSON.stringify({ type: 'ERROR', object: { code: 410 } }))(response, response.req);
    });
    const seen = new Set<string>();
    const looking = setInterval(
      () => seen.add(`${reflector.fresh} at ${now} after ${server.lists.length}`),
      1,
    );
    server.cut();
    await eventually(async () => expect([server.lists.length, reflector.fresh]).toEqual([2, true]));
    clearInterval(looking);
    expect([...seen]).toContain('false at 600000 after 1');
    expect([...seen]).not.toContain('true at 600000 after 1');
  });

  it('is fresh from the first list on, and no longer once its watch has been broken for too long', async () => {
    let now = 1_000;
    make({ times: { patience: 500 }, now: () => now });
    expect(reflector.fresh).toBe(false);
    reflector.start();
    await reflector.synced;
    await eventually(async () => expect(server.watching).toBe(1));
    expect(reflector.fresh).toBe(true);
    server.faults.watch.push(...Array.from({ length: 500 }, () => refuse(503)));
    server.faults.list.push(...Array.from({ length: 500 }, () => refuse(503)));
    server.cut();
    await eventually(async () => expect(logged.length).toBeGreaterThan(0));
    expect(reflector.fresh).toBe(true);
    now += 501;
    expect(reflector.fresh).toBe(false);
    server.faults.watch.length = server.faults.list.length = 0;
    await eventually(async () => expect(reflector.fresh).toBe(true));
    await reflector.stop();
    expect(reflector.fresh).toBe(false);
  });

  it('takes a watch that fell silent for broken since its last byte', async () => {
    await started({ times: { silence: 100, patience: 50 }, now: () => 1_000 });
    server.faults.watch.push(...Array.from({ length: 500 }, () => refuse(503)));
    server.faults.list.push(...Array.from({ length: 500 }, () => refuse(503)));
    await eventually(async () => expect(logged.length).toBeGreaterThan(0));
    expect(reflector.fresh).toBe(false);
  });
});
