import { Problem } from '../domain/problem.js';

/** Levels of brackets in a query: more than any document of ours, far less than the parser's stack. */
const DEEPEST = 100;
const OPENING = new Set(['{', '[', '('].map((bracket) => bracket.charCodeAt(0)));
const TEXTS_AND_BRACKETS = /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|[[{(]|[\]})]/g;

/** Refuses a query whose brackets nest too deep before the parser, which recurses, sees it. TOO_LARGE. */
export function checkNesting(source: string): void {
  if (!hasManyBrackets(source)) return;
  let depth = 0;
  for (const [part] of source.matchAll(TEXTS_AND_BRACKETS)) {
    if (part === '[' || part === '{' || part === '(') depth += 1;
    else if (part === ']' || part === '}' || part === ')') depth -= 1;
    if (depth > DEEPEST)
      throw new Problem('TOO_LARGE', `The query nests more than ${DEEPEST} levels deep: use variables.`);
  }
}

/** Whether there are more opening brackets than levels are allowed, wherever they stand. */
function hasManyBrackets(source: string): boolean {
  let opened = 0;
  for (let at = 0; at < source.length; at++) if (OPENING.has(source.charCodeAt(at))) opened += 1;
  return opened > DEEPEST;
}
