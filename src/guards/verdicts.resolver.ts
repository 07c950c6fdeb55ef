import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { type KeptVerdict, replay } from '../domain/guard/kept-verdict.js';
import { Problem } from '../domain/problem.js';
import { type KeptEntry, Store } from '../ports/store.js';

/** Entries that are looked through for those of a guard that were kept before the store told whose they are. */
const LOOKED_AT = 1_000;
const MOST = 200;

interface VerdictsQuery {
  readonly environment: string;
  readonly guard?: string | null;
  readonly first: number;
}

/** A kept verdict in short. */
interface PresentedVerdict {
  readonly id: string;
  readonly at: number;
  readonly decided: KeptVerdict['decided'];
  /** 0: it was kept before verdicts said which version judged them. */
  readonly judge: number;
  readonly guard: string;
  readonly subject: string;
  readonly state: string;
  readonly logE: number | null;
}

@Resolver()
export class VerdictsResolver {
  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Query('verdicts')
  async verdicts(@Args() { environment, guard, first }: VerdictsQuery): Promise<PresentedVerdict[]> {
    if (first < 1 || first > MOST)
      throw new Problem('INVALID_INPUT', `Give 1 to ${MOST}.`, { field: 'first' });
    const kept =
      guard == null
        ? await this.store.newestVerdicts(environment, first)
        : await this.#newestOf(environment, guard, first);
    if (guard != null && kept.length === 0) await this.#mustExist(environment, guard);
    return kept.map(({ id, entry }) => presented(id, entry as KeptVerdict));
  }

  async #newestOf(environment: string, guard: string, first: number): Promise<readonly KeptEntry[]> {
    const found = await this.store.newestVerdicts(environment, first, guard);
    if (found.length === first) return found;
    const known = new Set(found.map(({ id }) => id));
    const unnamed = await this.store.unnamedVerdicts(environment, LOOKED_AT);
    const earlier = unnamed.filter(
      ({ id, entry }) => !known.has(id) && (entry as KeptVerdict).guard.key === guard,
    );
    return [...found, ...earlier].slice(0, first);
  }

  /** NOT_FOUND, where nobody has made such a guard; of one that was deleted there may be verdicts still. */
  async #mustExist(environment: string, guard: string): Promise<void> {
    const { documents } = await this.store.image(environment);
    if (documents.value('guard', guard) !== undefined) return;
    throw new Problem('NOT_FOUND', `There is no guard "${guard}" here.`, { field: 'guard' });
  }

  @Requires('viewer')
  @Query('replayVerdict')
  async replayVerdict(@Args('environment') environment: string, @Args('id') id: string): Promise<object> {
    const kept = (await this.store.readVerdict(environment, id)) as KeptVerdict | null;
    if (kept === null) {
      const message = `No verdict "${id}" is kept here: there was none, or it is too old.`;
      throw new Problem('NOT_FOUND', message, { field: 'id' });
    }
    const { result, ...inputs } = kept;
    return { ...presented(id, kept), inputs, result, ...replay(kept) };
  }
}

function presented(
  id: string,
  { at, decided, judge = 0, guard, subject, result }: KeptVerdict,
): PresentedVerdict {
  const { state, logE } = result.record;
  return { id, at, decided, judge, guard: guard.key, subject, state, logE };
}
