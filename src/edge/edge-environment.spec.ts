import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Documents } from '../domain/documents.js';
import { settingsSchema, type Visitors } from '../domain/environment.js';
import type { Image } from '../domain/image.js';
import { EdgeEnvironment } from './edge-environment.js';
import { VisitorIds } from './visitor-ids.js';

const idsBy = (secret: string) =>
  new VisitorIds({ environment: 'production', secrets: [secret], domain: null });

function imageOf(secretRef: string | null, revision: number): Image {
  const settings = settingsSchema.parse({ visitors: secretRef === null ? null : { secretRef } });
  const documents = new Documents([{ kind: 'settings', key: 'environment', revision, value: settings }]);
  return { scope: 'production', epoch: 'e', revision, documents, states: new Map() };
}

/** An environment whose secrets are read when they are handed out here. */
function environment() {
  const asked: { readonly ref: string; readonly read: (ids: VisitorIds | null) => void }[] = [];
  let changes = 0;
  const visitorIds = (_: string, { secretRef }: Visitors) =>
    new Promise<VisitorIds | null>((read) => asked.push({ ref: secretRef, read }));
  const verifier = (): never => {
    throw new Error('there is no identity');
  };
  const edge = new EdgeEnvironment({ verifier, visitorIds }, () => (changes += 1));
  const hand = async (ids: VisitorIds | null): Promise<void> => {
    asked.at(-1)?.read(ids);
    await turn();
  };
  return { edge, asked, hand, changes: () => changes };
}

describe('who knows the anonymous browsers of an environment', () => {
  it('stays while the secret of another setting is read, and is the new one from then on', async () => {
    const { edge, asked, hand } = environment();
    edge.reset(imageOf('env:ONE', 1));
    expect(edge.view?.visitorIds).toBeNull();
    const [one, two] = [idsBy('first-secret-of-all'), idsBy('second-secret-of-all')];
    await hand(one);
    expect(edge.view?.visitorIds).toBe(one);
    edge.reset(imageOf('env:TWO', 2));
    edge.reset(imageOf('env:TWO', 3));
    expect(edge.view?.visitorIds).toBe(one);
    await hand(two);
    expect(edge.view?.visitorIds).toBe(two);
    expect(asked.map(({ ref }) => ref)).toEqual(['env:ONE', 'env:TWO']);
    edge.stop();
  });

  it('is nobody once the secret was found missing, and where the setting is taken away', async () => {
    const { edge, hand, changes } = environment();
    edge.reset(imageOf('env:ONE', 1));
    await hand(idsBy('first-secret-of-all'));
    edge.reset(imageOf('env:LOST', 2));
    const before = changes();
    await hand(null);
    expect([edge.view?.visitorIds, changes() - before]).toEqual([null, 1]);
    edge.reset(imageOf('env:ONE', 3));
    await hand(idsBy('first-secret-of-all'));
    edge.reset(imageOf(null, 4));
    expect(edge.view?.visitorIds).toBeNull();
    edge.stop();
  });
});
