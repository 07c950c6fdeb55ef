const started = Date.now();

/** One line of the story: seconds since the start, who says it, and what was seen. */
export function tell(source: 'history' | 'shop' | 'ofrep' | 'webhook' | 'demo', text: string): void {
  const seconds = ((Date.now() - started) / 1_000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds}s  ${source.padEnd(8)} ${text}\n`);
}
