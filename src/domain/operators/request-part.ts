/** A part of a request that has a text of its own, and what the mesh can ask of it. */
export interface RequestPart {
  /** Pattern of any run of text in it: it stops where the next part begins. */
  readonly run: string;
  /** Whether it can hold exactly this text. */
  readonly holds: (text: string) => boolean;
  /** Why it can't, as the rest of "the mesh can't ask that". */
  readonly unfit: string;
  /** Why no pattern of a person's can be asked of it, put the same way; null where one can. */
  readonly patternless: string | null;
}

const hasForm = (form: RegExp) => (text: string) => form.test(text);

/** What may stand in a cookie's value unencoded (RFC 6265), without `%`, which readers decode. */
export const COOKIE: RequestPart = {
  run: '[^;]*',
  holds: hasForm(/^[!#$&-+\--:<-[\]-~]*$/),
  unfit: 'of a text that a cookie can hold only encoded',
  patternless: 'because a pattern could reach into the next cookie',
};

/** What every client writes into a query unencoded. */
export const QUERY: RequestPart = {
  run: '[^&]*',
  holds: hasForm(/^[A-Za-z0-9._-]*$/),
  unfit: 'of a text that a query can hold only encoded',
  patternless: 'because a pattern sees a text decoded, and the mesh sees it encoded',
};

/** As it stands in the request, without the query. */
export const PATH: RequestPart = {
  run: '.*',
  holds: hasForm(/^[A-Za-z0-9._~!$&'()*+,;=:@/%-]*$/),
  unfit: 'of a text that a path can hold only encoded',
  patternless: null,
};

/** The path of a request that is denied: the mesh then sees it with the query. */
export const DENIED_PATH: RequestPart = {
  ...PATH,
  run: '[^?]*',
  patternless: 'when denied, because a pattern could reach into the query',
};

export const METHOD: RequestPart = {
  run: '.*',
  holds: hasForm(/^[A-Z-]*$/),
  unfit: 'of anything but a method in upper case',
  patternless: null,
};

export const HOST: RequestPart = {
  run: '[^:]*',
  holds: hasForm(/^[a-z0-9.-]*$/),
  unfit: 'of anything but a host name in lower case',
  patternless: 'because a pattern could reach into the port',
};
