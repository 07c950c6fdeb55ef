import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolveOptions } from '../../client-sdk/src/client/options.js';
import { guardSchema } from '../../src/domain/guard.js';
import { EvaluationApp } from '../e2e/evaluation-app.js';
import { flag } from '../e2e/flag.js';
import { openStore, type OpenStore } from '../e2e/open-store.js';

const page = readFileSync('docs/sdk.md', 'utf8');
const blocksOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

/** The page as one program: imports first, and each line that says what it answers turned into a check. */
function programOf(blocks: readonly string[], files: Readonly<Record<string, string>>): string {
  const lines = blocks.join('\n').split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const body = lines
    .filter((line) => !line.startsWith('import '))
    .map((line) => {
      const [, expression, answer] = /^(.+); \/\/ → (.+)$/.exec(line) ?? [];
      if (expression === undefined) return line;
      return `answers.push([${JSON.stringify(expression)}, ${expression}, ${answer}]);`;
    })
    .join('\n');
  const placed = Object.entries(files).reduce((text, [name, file]) => text.replace(name, file), body);
  return [
    ...imports,
    'const answers = [];',
    placed,
    'process.stdout.write(JSON.stringify(answers) + "\\n");',
  ].join('\n');
}

const failed = guardSchema.parse({
  key: 'failures',
  source: 'events',
  events: { flag: 'new-checkout', bad: 'checkout-failed' },
  margin: 2,
  target: { flag: 'new-checkout', new: 'on', control: 'off' },
});

describe('the page of the SDK', () => {
  let opened: OpenStore;
  let app: EvaluationApp;
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    opened = await openStore();
    app = new EvaluationApp(opened.store);
    await app.begin();
    const forPro = { attribute: ['plan'], operator: 'equals', value: 'pro' } as const;
    await app.load({
      flags: [
        flag('new-checkout', {
          defaultVariant: 'off',
          rules: [{ id: 'pro', condition: forPro, serve: { variant: 'on' } }],
        }),
        flag('page-size', {
          type: 'integer',
          variants: { some: 20 },
          defaultVariant: 'some',
          offVariant: null,
        }),
      ],
      segments: [],
      routes: [],
    });
    await app.write({ kind: 'guard', key: failed.key, value: failed });
    folder = await mkdtemp(path.join(tmpdir(), 'tidegate-page-'));
    environment = { ...process.env, NODE_OPTIONS: '', TIDEGATE: app.url, SERVER_TOKEN: app.tokens.server };
  }, 60_000);
  afterAll(async () => {
    await app?.stop();
    await opened?.close();
    await rm(folder, { recursive: true });
  });

  it('does what it says, block by block', async () => {
    const flags = path.join(folder, 'flags.json');
    const shell = blocksOf('sh').join('\n').replace('flags.json', flags);
    await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', shell], { env: environment });
    const program = path.join(folder, 'page.ts');
    const files = { './flags.json': flags, '/tmp/shop-flags.tidegate': path.join(folder, 'shop') };
    await writeFile(program, programOf(blocksOf('ts'), files));
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', './test/support/ts-loader.mjs', program],
      { env: environment, timeout: 60_000 },
    );
    const answers = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as [string, unknown, unknown][];
    expect(answers.length).toBeGreaterThan(12);
    for (const [expression, given, said] of answers) expect([expression, given]).toEqual([expression, said]);
    expect(stderr.trim()).toBe('');
  });

  it('lists every option, and no other', () => {
    const { headers, bootstrapFile, ...options } = resolveOptions({ url: 'http://x', key: 'k' });
    expect([headers, bootstrapFile]).toBeDefined();
    const listed = [...page.matchAll(/^\| `([a-z]\w+)` /gm)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set(Object.keys(options)));
    expect(listed).toHaveLength(Object.keys(options).length);
  });

  it('lists every error, and no other', () => {
    const source = readFileSync('client-sdk/src/client/client-error.ts', 'utf8');
    const known = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code);
    const listed = [...page.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
    expect(listed).toEqual(known);
  });
});
