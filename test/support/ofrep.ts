/** An OFREP answer to the evaluation of one flag. */
export interface OfrepAnswer {
  readonly status: number;
  readonly value?: unknown;
  readonly reason?: string;
  readonly errorCode?: string;
}

/** Evaluates one flag by OFREP, as any OpenFeature provider would. `userToken`: the JWT of the user it is for. */
export async function askOfrep(
  { url, token, flag }: { readonly url: string; readonly token: string; readonly flag: string },
  context: object,
  userToken?: string,
): Promise<OfrepAnswer> {
  const response = await fetch(`${url}/ofrep/v1/evaluate/flags/${flag}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...(userToken === undefined ? {} : { 'x-tidegate-user-token': userToken }),
    },
    body: JSON.stringify({ context }),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, ...((await response.json()) as object) };
}
