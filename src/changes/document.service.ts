import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { type DocumentOf, type Documents, type Kind, ref, type Stored } from '../domain/documents.js';
import { planChange, type ProposedEdit } from '../domain/plan-change.js';
import { Problem } from '../domain/problem.js';
import { Store } from '../ports/store.js';
import { ChangeService, expectedOf, type Outcome, type WriteInput } from './change.service.js';

/** A write that names one document. */
export type DocumentWrite = WriteInput & { readonly key: string };

/** A document as the API shows it: the stored JSON and the revision that wrote it. */
export type Presented<K extends Kind> = DocumentOf<K> & { readonly revision: number };

export function present<K extends Kind>(stored: Stored<K> | undefined): Presented<K> | null {
  return stored === undefined ? null : { ...(stored.value as DocumentOf<K>), revision: stored.revision };
}

/** The document that an outcome leaves, as the API shows it; null where it was deleted or the write refused. */
export function presentOutcome<K extends Kind>(outcome: Outcome, kind: K, key: string): Presented<K> | null {
  return outcome.userErrors.length > 0 ? null : present(outcome.documents.get(kind, key));
}

/** Reads and writes documents of any kind; the features add their words. */
@Injectable()
export class DocumentService {
  constructor(
    private readonly store: Store,
    private readonly changes: ChangeService,
  ) {}

  async documents(environment: string): Promise<Documents> {
    return (await this.store.image(environment)).documents;
  }

  async find<K extends Kind>(environment: string, kind: K, key: string): Promise<Presented<K> | null> {
    return present((await this.documents(environment)).get(kind, key));
  }

  /** All documents of a kind that pass, sorted by key. */
  async list<K extends Kind>(
    environment: string,
    kind: K,
    passes: (value: DocumentOf<K>) => boolean = () => true,
  ): Promise<Presented<K>[]> {
    const all = (await this.documents(environment)).list(kind);
    return all
      .filter(({ value }) => passes(value as DocumentOf<K>))
      .map((stored) => present(stored) as Presented<K>);
  }

  /** Creates a document from a whole value, still to be parsed. DUPLICATE_KEY and whatever the kind refuses. */
  create(principal: Principal, kind: Kind, input: DocumentWrite, value: unknown): Promise<Outcome> {
    return this.#propose(principal, input, { kind, key: input.key, value, mode: 'create', field: '' });
  }

  /** Deletes a document. NOT_FOUND, REFERENCED, OWNED_BY_ROLLOUT. */
  delete(principal: Principal, kind: Kind, input: DocumentWrite): Promise<Outcome> {
    return this.#propose(principal, input, { kind, key: input.key, value: null, mode: 'delete', field: '' });
  }

  /** Edits the document that stands: `edit` makes the whole value that is to be, still to be parsed. NOT_FOUND. */
  edit<K extends Kind>(
    principal: Principal,
    kind: K,
    input: DocumentWrite,
    edit: (value: DocumentOf<K>) => unknown,
  ): Promise<Outcome> {
    return this.changes.write(principal, input, (image, now) => {
      const standing = image.documents.value(kind, input.key);
      if (standing === undefined) {
        throw new Problem('NOT_FOUND', `There is no ${kind} "${input.key}" here.`, { field: 'key' });
      }
      const value = edit(standing as DocumentOf<K>);
      return planChange(image, [{ kind, key: input.key, value, mode: 'update', field: '' }], {
        now,
        actor: principal.token,
        expected: expectedOf(ref(kind, input.key), input),
      });
    });
  }

  #propose(principal: Principal, input: DocumentWrite, proposal: ProposedEdit): Promise<Outcome> {
    const expected = expectedOf(ref(proposal.kind, proposal.key), input);
    return this.changes.write(principal, input, (image, now) =>
      planChange(image, [proposal], { now, actor: principal.token, expected }),
    );
  }
}
