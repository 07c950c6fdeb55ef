/** A text as Istio matches it. */
type TextRule = { readonly exact: string } | { readonly prefix: string } | { readonly regex: string };

/** Edits of the headers of a request or an answer: `set` overwrites, `add` appends. */
interface HeaderEdits {
  readonly set?: { readonly [name: string]: string };
  readonly add?: { readonly [name: string]: string };
  readonly remove?: readonly string[];
}

/** Of how many requests, in percent. */
interface SharePercent {
  readonly value: number;
}

/**
 * What a mesh does with the requests of a route besides choosing their version, in Istio's own shapes. Durations are
 * seconds: `1.5s`. Evaluation does not look at it.
 */
export interface HttpSettings {
  readonly rewrite?: {
    readonly uri?: string;
    readonly uriRegexRewrite?: { readonly match: string; readonly rewrite: string };
    readonly authority?: string;
  };
  readonly timeout?: string;
  readonly retries?: {
    readonly attempts: number;
    readonly perTryTimeout?: string;
    readonly retryOn?: string;
    readonly backoff?: string;
    readonly retryRemoteLocalities?: boolean;
    readonly retryIgnorePreviousHosts?: boolean;
  };
  readonly fault?: {
    readonly delay?: { readonly fixedDelay: string; readonly percentage?: SharePercent };
    readonly abort?: {
      readonly httpStatus?: number;
      readonly grpcStatus?: string;
      readonly percentage?: SharePercent;
    };
  };
  readonly corsPolicy?: {
    readonly allowOrigins?: readonly TextRule[];
    readonly allowMethods?: readonly string[];
    readonly allowHeaders?: readonly string[];
    readonly exposeHeaders?: readonly string[];
    readonly maxAge?: string;
    readonly allowCredentials?: boolean;
    readonly unmatchedPreflights?: 'FORWARD' | 'IGNORE';
  };
  readonly headers?: { readonly request?: HeaderEdits; readonly response?: HeaderEdits };
}
