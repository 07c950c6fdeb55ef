import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { App } from '../support/app.js';

/** A block of the page that does something, and what the page says that it answers. */
interface Block {
  readonly language: 'graphql' | 'sh';
  readonly text: string;
  readonly line: number;
  readonly answer: object | null;
}

/** The blocks to run, in the order written; a json block belongs to the one before it. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  for (const { 1: language, 2: text = '', index } of page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)) {
    const line = page.slice(0, index).split('\n').length;
    if (language === 'json') blocks.push({ ...(blocks.pop() as Block), answer: JSON.parse(text) as object });
    else blocks.push({ language: language as Block['language'], text, line, answer: null });
  }
  return blocks;
}

const blocks = blocksOf(readFileSync('docs/guide.md', 'utf8'));
const environment: Record<string, string | undefined> = { ...process.env };
let app: App;

beforeAll(async () => {
  app = await App.start();
  environment['TIDEGATE'] = app.url;
}, 60_000);

afterAll(() => app?.stop());

type Payload = { readonly userErrors?: readonly { readonly code: string }[]; readonly secret?: string };

async function ask(text: string): Promise<{ readonly data: object; readonly codes: readonly string[] }> {
  const { data, errors } = await app.api().run(text);
  expect(errors).toEqual([]);
  const payloads = Object.values(data ?? {}) as (Payload | null)[];
  for (const payload of payloads)
    environment['SERVER_TOKEN'] = payload?.secret ?? environment['SERVER_TOKEN'];
  const codes = payloads.flatMap((payload) => (payload?.userErrors ?? []).map(({ code }) => code));
  return { data: data ?? {}, codes };
}

/** What the page calls "a moment later" is the mesh taking the route: NOT_READY, which wrote nothing, is asked again. */
async function runGraphql(text: string): Promise<object> {
  const { data, codes } = await eventually(async () => {
    const answer = await ask(text);
    if (answer.codes.includes('NOT_READY')) throw new Error('NOT_READY');
    return answer;
  }, 15_000);
  expect(codes).toEqual([]);
  return data;
}

async function runShell(text: string): Promise<object> {
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', text], {
    env: environment,
  });
  return JSON.parse(stdout) as object;
}

describe('the guide', () => {
  it('has blocks to run', () => {
    expect(blocks.map(({ language }) => language)).toEqual(expect.arrayContaining(['graphql', 'sh']));
  });

  it.each(blocks)('does what it says at line $line', async ({ language, text, answer }) => {
    const given = language === 'graphql' ? await runGraphql(text) : await runShell(text);
    if (answer !== null) expect(given).toMatchObject(answer);
  });
});
