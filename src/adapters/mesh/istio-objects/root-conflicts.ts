import type { RootConflict } from '../../../domain/route-status.js';
import { isDelegate } from './delegates.js';
import { type HttpMatch, type Overlap, overlap } from './match-overlap.js';
import { nameOf } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';
import { leadsTo, type RootRule, rulesOf } from './roots.js';

interface DelegateRule {
  readonly name?: string;
  readonly match?: readonly HttpMatch[];
}

/**
 * Rules of our delegates that Istio silently drops, or drops for some requests, because it can't join their matches with
 * those of the root's rule above them. The requests then go by a later rule of the delegate.
 */
export function rootConflicts(
  wanted: readonly MeshObject[],
  others: readonly MeshObject[],
): readonly RootConflict[] {
  return wanted.filter(isDelegate).flatMap((delegate) =>
    others.flatMap((root) =>
      rulesOf(root).flatMap((rule, index) => {
        const { namespace, name } = delegate.metadata;
        if (!leadsTo(root, rule, namespace, name)) return [];
        return conflictsIn(rule, delegate).map((found) => told(found, { root, rule, index, delegate }));
      }),
    ),
  );
}

interface Found {
  readonly entry: string;
  readonly field: string | null;
  readonly wholly: boolean;
}

function conflictsIn({ match: above = [] }: RootRule, delegate: MeshObject): Found[] {
  if (above.length === 0) return [];
  const rules = (delegate.spec?.['http'] ?? []) as readonly DelegateRule[];
  return rules.flatMap(({ name: entry = '', match = [] }) => {
    const overlaps = match.map((leaf) => above.map((root) => overlap(root, leaf)));
    // One match that fits nowhere, and the whole rule is gone, with matches of it that would fit.
    const wholly = overlaps.some((ways) => !ways.some(isFit));
    const clash = overlaps.flat().find(isClash);
    const isLost = clash !== undefined || (wholly && overlaps.flat().some(isFit));
    return isLost ? [{ entry, field: clash?.field ?? null, wholly }] : [];
  });
}

function isFit({ kind }: Overlap): boolean {
  return kind === 'fits';
}

function isClash(found: Overlap): found is Extract<Overlap, { kind: 'clash' }> {
  return found.kind === 'clash';
}

interface Place {
  readonly root: MeshObject;
  readonly rule: RootRule;
  readonly index: number;
  readonly delegate: MeshObject;
}

function told({ entry, field, wholly }: Found, { root, rule, index, delegate }: Place): RootConflict {
  const where = `rule ${index + 1}${rule.name ? ` ("${rule.name}")` : ''}`;
  const what = wholly ? 'drops it' : 'drops it for some of the requests of that rule';
  const why =
    field === null
      ? 'one of its alternatives can never hold there; give that alternative a rule of its own'
      : `${matchesOf(field)}; take that match out of the root’s rule, or write it there as a prefix or exact text that holds every text of the rule "${entry}"`;
  return {
    root: nameOf(root),
    rule: where,
    entry,
    message: `Istio can't join the rule "${entry}" of ${delegate.metadata.name} with ${where} of ${nameOf(root)}, and ${what}: ${why}`,
  };
}

function matchesOf(field: string): string {
  if (field === 'ignoreUriCase' || field === 'sourceNamespace') return `the root’s rule asks for ${field}`;
  return `both ask for ${field === 'uri' ? 'the path (uri)' : `the ${field}`}`;
}
