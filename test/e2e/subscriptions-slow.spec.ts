import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MOST_KEPT } from '../../src/live/change-notices.js';
import { Store } from '../../src/ports/store.js';
import { App } from '../support/app.js';

const ENVIRONMENT = 'production';
/** What a socket holds of changes this large is soon full. */
const LARGE = 'x'.repeat(15_000);
const AT_ONCE = 100;

let app: App;
let store: Store;

beforeAll(async () => {
  app = await App.start();
  await app.api().do('createEnvironment', { key: ENVIRONMENT });
  const variants = { a: LARGE, b: 'b' };
  await app.api().do('createFlag', { environment: ENVIRONMENT, key: 'large', type: 'string', variants });
  store = app.service.app.get(Store);
}, 60_000);

afterAll(() => app?.stop());

/** Writes the flag again and again, so that each change holds it twice; many at a time, as many writers would. */
async function write(changes: number): Promise<number> {
  const flag = (await store.image(ENVIRONMENT)).documents.value('flag', 'large');
  if (flag === undefined) throw new Error('there is no flag');
  for (let count = 0; count < changes; count += AT_ONCE) {
    const writing = Array.from({ length: AT_ONCE }, (_, at) =>
      store.commit(ENVIRONMENT, {
        edits: [{ kind: 'flag', key: 'large', value: { ...flag, description: String(count + at) } }],
        expected: {},
        actor: 'system:test',
        reason: 'For a test',
      }),
    );
    await Promise.all(writing);
  }
  return (await store.image(ENVIRONMENT)).revision;
}

/** Opens a stream of server-sent events on a bare socket, which can be left unread. */
function open(): Socket {
  const { hostname, port } = new URL(app.url);
  const query = `subscription { changes(environment: "${ENVIRONMENT}") {
    kind cursor change { documents { before after } }
  } }`;
  const body = JSON.stringify({ query });
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /graphql/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${app.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

interface Told {
  readonly kind: string;
  readonly revision: number;
}

/** Reads until a revision is told, keeping kinds and revisions alone. */
async function readUntil(socket: Socket, last: number): Promise<Told[]> {
  const told: Told[] = [];
  let rest = '';
  for await (const chunk of socket) {
    rest += String(chunk);
    for (const [, kind = '', at] of rest.matchAll(/"kind":"(\w+)","cursor":"[^".]+\.(\d+)"/g))
      told.push({ kind, revision: Number(at) });
    // a match at the very end would be found again
    rest = rest.slice(Math.max(rest.lastIndexOf('"cursor"') + 1, rest.length - 200));
    if (told.at(-1)?.revision === last) break;
  }
  return told;
}

describe('a subscriber that does not read', () => {
  it('costs a bounded queue, and finds a reset in it, with no gap and no double around', async () => {
    const socket = open();
    await new Promise((resolve) => socket.once('readable', resolve));
    const last = await write(MOST_KEPT + 800);
    const told = await readUntil(socket, last);
    socket.destroy();
    expect(told.filter(({ kind }) => kind === 'reset').length).toBeGreaterThanOrEqual(2);
    expect(told.length).toBeLessThan(MOST_KEPT + 800);
    for (const [index, { kind, revision }] of told.entries()) {
      const before = told[index - 1]?.revision ?? 0;
      if (kind === 'change') expect(revision).toBe(before + 1);
      else expect(revision).toBeGreaterThan(before);
    }
  }, 120_000);
});
