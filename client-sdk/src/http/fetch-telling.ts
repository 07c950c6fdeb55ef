type Input = Parameters<typeof fetch>[0];

/** As many redirects as `fetch` follows. */
const MOST = 20;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What no other origin may see, as `fetch` has it. */
const PRIVATE = ['authorization', 'proxy-authorization', 'cookie', 'host'];
const OF_BODY = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
];

/**
 * `fetch` that asks `headersFor` what each address is told, redirects included: by itself it would carry headers of ours from
 * one origin to another. Where the caller follows redirects himself, he has the first answer.
 */
export async function fetchTelling(
  input: Input,
  init: RequestInit | undefined,
  headersFor: (url: URL) => Headers,
): Promise<Response> {
  const first = new Request(input, init);
  const follows = first.redirect === 'follow';
  const { body: _body, headers: _headers, method: _method, ...rest } = init ?? {};
  const ask = (request: Request) =>
    globalThis.fetch(request, { ...rest, ...(follows && { redirect: 'manual' }) });
  let next = new Request(first, { headers: headersFor(new URL(first.url)) });
  for (let hops = 0; ; hops++) {
    const again = next.clone();
    const response = await ask(next);
    const location = REDIRECTS.has(response.status) && follows ? response.headers.get('location') : null;
    if (location === null) {
      await again.body?.cancel();
      return hops === 0 ? response : Object.defineProperty(response, 'redirected', { value: true });
    }
    await response.body?.cancel();
    next = redirected(again, response.status, targetOf(location, next.url, hops), headersFor);
  }
}

function targetOf(location: string, from: string, hops: number): URL {
  if (hops === MOST) throw failure('redirect count exceeded');
  const url = URL.canParse(location, from) ? new URL(location, from) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw failure(`can't be redirected to ${location}`);
  return url;
}

function failure(message: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(message) });
}

/** The request as it goes on from `before`, by the rules of `fetch`. */
function redirected(before: Request, status: number, url: URL, headersFor: (url: URL) => Headers): Request {
  const headers = headersFor(url);
  if (url.origin !== new URL(before.url).origin) for (const name of PRIVATE) headers.delete(name);
  const { method, signal } = before;
  const becomesGet =
    status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST';
  if (!becomesGet) return new Request(url, new Request(before, { headers }));
  void before.body?.cancel();
  for (const name of OF_BODY) headers.delete(name);
  return new Request(url, { method: 'GET', headers, signal });
}
