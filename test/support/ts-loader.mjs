// Lets a child process of a test run TypeScript as it stands: node --import ./test/support/ts-loader.mjs file.ts
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from '@swc/core';

const SDK = new URL('../../client-sdk/src/', import.meta.url);
const PACKAGES = {
  '@tidegate/sdk': new URL('client/index.ts', SDK).href,
  '@tidegate/sdk/http': new URL('http/index.ts', SDK).href,
  '@tidegate/sdk/testing': new URL('testing/index.ts', SDK).href,
  '@tidegate/sdk/engine': new URL('engine/index.ts', SDK).href,
};

if (isMainThread) register(import.meta.url);

export function resolve(specifier, context, next) {
  if (specifier in PACKAGES) return { url: PACKAGES[specifier], shortCircuit: true };
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(url)) return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, 'utf8'), {
    filename: pathToFileURL(file).href,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      target: 'es2022',
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
}
