import { Args, Query, Resolver } from '@nestjs/graphql';
import { compile, type Engine, type EvaluationContext } from '@tidegate/sdk/engine';
import { Requires } from '../auth/requires.js';
import type { Image } from '../domain/image.js';
import { Problem } from '../domain/problem.js';
import { toSnapshot } from '../domain/snapshot.js';
import { Store } from '../ports/store.js';

interface ExplainQuery {
  readonly environment: string;
  readonly flag?: string | null;
  readonly route?: string | null;
  readonly context: unknown;
}

@Resolver()
export class ExplainResolver {
  /** Compiled once per image, and flag by flag as they are asked for. */
  private readonly engines = new WeakMap<Image, Engine>();

  constructor(private readonly store: Store) {}

  @Requires('viewer')
  @Query('explain')
  async explain(@Args() { environment, flag, route, context }: ExplainQuery): Promise<unknown> {
    if ((flag == null) === (route == null)) {
      throw new Problem('INVALID_INPUT', 'Name exactly one of flag and route.', { field: 'flag' });
    }
    if (typeof context !== 'object' || context === null || Array.isArray(context)) {
      throw new Problem('INVALID_INPUT', 'The context is an object of attributes.', { field: 'context' });
    }
    const image = await this.store.image(environment);
    const kind = flag == null ? 'route' : 'flag';
    const key = (flag ?? route) as string;
    if (image.documents.get(kind, key) === undefined) {
      throw new Problem('NOT_FOUND', `There is no ${kind} "${key}" here.`, { field: kind });
    }
    const engine = this.engineOf(image);
    const given = context as EvaluationContext;
    return kind === 'flag' ? engine.explainFlag(key, given) : engine.explainRoute(key, given);
  }

  private engineOf(image: Image): Engine {
    let engine = this.engines.get(image);
    if (engine === undefined) this.engines.set(image, (engine = compile(toSnapshot(image))));
    return engine;
  }
}
