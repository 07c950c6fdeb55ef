import { Problem } from '../domain/problem.js';

const DOCUMENT = /^(?:flag|segment|route|guard|rollout|settings)\/./;

/** INVALID_INPUT for what names no document; none is well. */
export function checkDocument(document: string | null | undefined): void {
  if (document == null || DOCUMENT.test(document)) return;
  throw new Problem('INVALID_INPUT', 'Name a document as kind/key: flag/new-checkout.', {
    field: 'document',
  });
}
