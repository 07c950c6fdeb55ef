import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

// Hooks for `module.register`: the testbed is TypeScript, and Node 20 loads none.
const isOfTestbed = (url = '') => url.includes('/test/mesh/testbed/');

export function resolve(specifier, context, next) {
  const isRelative = specifier.startsWith('.') && isOfTestbed(context.parentURL);
  return next(isRelative ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

export async function load(url, context, next) {
  if (!isOfTestbed(url) || !url.endsWith('.ts')) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
