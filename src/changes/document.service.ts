import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { actorOf } from '../auth/principal.js';
import { type DocumentOf, type Kind, ref } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { planChange, type ProposedEdit } from '../domain/plan-change.js';
import { Problem } from '../domain/problem.js';
import type { SourceSetup } from '../domain/source-setup.js';
import { Store } from '../ports/store.js';
import { ChangeService, expectedOf, type Outcome, type WriteInput } from './change.service.js';
import { foreignRoutes } from './foreign-routes.js';
import { SOURCE_SETUP } from './source-setup.js';
import { type Present, type Presented, presentPlain } from './presentation.js';

/** A write that names one document. */
export type DocumentWrite = WriteInput & { readonly key: string };

/** Reads and writes documents of any kind; the features add their words. */
@Injectable()
export class DocumentService {
  constructor(
    private readonly store: Store,
    private readonly changes: ChangeService,
    @Inject(SOURCE_SETUP) private readonly setup: SourceSetup,
  ) {}

  async find<K extends Kind, P extends Presented<K> = Presented<K>>(
    environment: string,
    kind: K,
    key: string,
    present: Present<K, P> = presentPlain as Present<K, P>,
  ): Promise<P | null> {
    const image = await this.store.image(environment);
    const stored = image.documents.get(kind, key);
    return stored === undefined ? null : present(image, stored);
  }

  /** All documents of a kind, sorted by key. */
  async list<K extends Kind, P extends Presented<K> = Presented<K>>(
    environment: string,
    kind: K,
    present: Present<K, P> = presentPlain as Present<K, P>,
  ): Promise<P[]> {
    const image = await this.store.image(environment);
    return image.documents.list(kind).map((stored) => present(image, stored));
  }

  /** Creates a document from the whole value that `make` gives, still to be parsed. DUPLICATE_KEY and whatever the kind refuses. */
  create(caller: Caller, kind: Kind, input: DocumentWrite, make: () => unknown): Promise<Outcome> {
    return this.#propose(caller, input, kind, () => ({ value: make(), mode: 'create' }));
  }

  /** Deletes a document. NOT_FOUND, REFERENCED, OWNED_BY_ROLLOUT. */
  delete(caller: Caller, kind: Kind, input: DocumentWrite): Promise<Outcome> {
    return this.#propose(caller, input, kind, () => ({ value: null, mode: 'delete' }));
  }

  /** Edits the document that stands: `edit` makes the whole value that is to be, still to be parsed. NOT_FOUND. */
  edit<K extends Kind>(
    caller: Caller,
    kind: K,
    input: DocumentWrite,
    edit: (value: DocumentOf<K>) => unknown,
  ): Promise<Outcome> {
    return this.#propose(caller, input, kind, ({ documents }) => {
      const standing = documents.value(kind, input.key);
      if (standing === undefined)
        throw new Problem('NOT_FOUND', `There is no ${kind} "${input.key}" here.`, { field: 'key' });
      return { value: edit(standing), mode: 'update' };
    });
  }

  /** Puts keys into the lists of a segment and takes them out, `SegmentKeysEdit`, still to be parsed. NOT_FOUND, SEGMENT_TOO_LARGE. */
  editKeys(caller: Caller, input: DocumentWrite, edit: object): Promise<Outcome> {
    return this.#propose(caller, input, 'segment', () => ({ value: edit, mode: 'keys' }));
  }

  #propose(
    caller: Caller,
    input: DocumentWrite,
    kind: Kind,
    propose: (image: Image) => Pick<ProposedEdit, 'value' | 'mode'>,
  ): Promise<Outcome> {
    const { key } = input;
    const expected = expectedOf(ref(kind, key), input);
    return this.changes.write(caller, input, async (image, now) => {
      const proposals = [{ kind, key, field: '', ...propose(image) }];
      const others = await foreignRoutes(this.store, image, proposals);
      const actor = actorOf(caller);
      return planChange(image, proposals, { now, actor, expected, others, setup: this.setup });
    });
  }
}
