/** Letters of what a source answered that are told at most. */
const MOST = 200;

/** The JSON that a source answered; undefined for what is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Words of a source, cut to what a person reads. */
export function clipped(words: string): string {
  return words.length > MOST ? `${words.slice(0, MOST)}…` : words;
}
