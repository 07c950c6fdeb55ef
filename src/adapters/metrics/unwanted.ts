/** What nobody has asked about for so long is forgotten, ms. */
const FORGOTTEN_AFTER = 60_000;

/** Forgets what was last of interest too long before `now` (epoch ms). */
export function dropUnwanted(known: Map<string, { readonly wantedAt: number }>, now: number): void {
  for (const [name, { wantedAt }] of known) if (now - wantedAt > FORGOTTEN_AFTER) known.delete(name);
}
