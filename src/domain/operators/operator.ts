import type { Json } from '@tidegate/sdk/engine';
import type { z } from 'zod';
import type { RequestPart } from './request-part.js';

/**
 * One test of a header's or claim's text. `regex` is RE2 and must match the whole text; `present` asks only that it is
 * there.
 */
export type TextMatch =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string }
  | { readonly kind: 'present' };

/** A claim has no `present` in the mesh. */
export type ClaimTextMatch = Exclude<TextMatch, { readonly kind: 'present' }>;

/**
 * An operator in the mesh's words: any of the matches, none of them, or why the mesh has no words for it (a sentence
 * part that follows `"operator"`).
 */
export type MeshForm<T extends TextMatch = TextMatch> =
  { readonly anyOf: readonly T[] } | { readonly noneOf: readonly T[] } | { readonly reason: string };

/** All of one operator but the closure that evaluates it. The forms are asked only with a value that `operand` accepted. */
export interface Operator {
  /** What may stand in `value`. */
  readonly operand: z.ZodType<Json>;
  /** As a match on the text of one request header. */
  headerForm(value: Json): MeshForm;
  /** As a match on the text of one part of a request: a cookie, a parameter of the query, the path, the method. */
  partForm(value: Json, part: RequestPart): MeshForm;
  /** As a match on a claim: its text, or any element where it is a list. */
  claimForm(value: Json): MeshForm<ClaimTextMatch>;
}
