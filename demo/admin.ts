/** An answer of the admin API that holds errors. */
export class AdminError extends Error {}

/** Speaks GraphQL to the service, as any admin's script would. */
export class Admin {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Runs a query or mutation; throws AdminError on errors and on userErrors of its one field. */
  async run<T>(query: string, variables: object = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data: Record<string, unknown> | null;
      errors?: { message: string }[];
    };
    if (data === null || errors?.length)
      throw new AdminError(errors?.map(({ message }) => message).join('; ') ?? 'no data');
    const [field] = Object.values(data);
    const { userErrors = [] } = (field ?? {}) as { userErrors?: { message: string }[] };
    if (userErrors.length > 0) throw new AdminError(userErrors.map(({ message }) => message).join('; '));
    return field as T;
  }

  /** Runs `mutation(input: Input!)`, asking for what `select` names beside the user errors. */
  mutate<T>(mutation: string, input: object, select = ''): Promise<T> {
    const type = INPUT_TYPES[mutation] ?? mutation.charAt(0).toUpperCase() + mutation.slice(1) + 'Input';
    return this.run(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${select} userErrors { field message code } } }`,
      { input },
    );
  }
}

const INPUT_TYPES: Record<string, string> = {
  startRollout: 'RolloutActInput',
  promoteRollout: 'RolloutActInput',
  pauseRollout: 'RolloutActInput',
  resumeRollout: 'RolloutActInput',
  abortRollout: 'RolloutActInput',
};
