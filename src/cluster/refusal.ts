/** An answer of the API server other than success. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** A Kubernetes Status as JSON text, or whatever a proxy in between wrote. */
    readonly body: string,
    /** How long the server wants to be left alone, ms. */
    readonly retryAfter = 0,
  ) {
    super(`the answer was ${status}`);
    this.name = 'Refusal';
  }
}
