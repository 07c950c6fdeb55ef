import { readFileSync } from 'node:fs';

/** A block of a page that does something, and what the page says that it answers. */
export interface Block {
  readonly language: 'graphql' | 'sh';
  readonly text: string;
  readonly line: number;
  readonly answer: object | null;
}

/** The blocks of a page to run, in the order written; a json block belongs to the one before it. */
export function blocksOf(path: string): readonly Block[] {
  const page = readFileSync(path, 'utf8');
  const blocks: Block[] = [];
  for (const { 1: language, 2: text = '', index } of page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)) {
    const line = page.slice(0, index).split('\n').length;
    if (language === 'json') blocks.push({ ...(blocks.pop() as Block), answer: JSON.parse(text) as object });
    else blocks.push({ language: language as Block['language'], text, line, answer: null });
  }
  return blocks;
}
