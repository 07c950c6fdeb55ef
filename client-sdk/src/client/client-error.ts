/** What can go wrong between a client and the server; a closed set. */
export type ClientErrorCode =
  | 'INVALID_OPTIONS' // an option is missing or wrong; the message names it
  | 'UNAUTHENTICATED' // the server does not know the key
  | 'FORBIDDEN' // the key is of the wrong kind; a server token is needed
  | 'UNAVAILABLE' // the server can't be reached, is not ready, or the connection broke
  | 'PROTOCOL' // the answer is no stream of ours
  | 'TIMEOUT' // `ready` waited as long as it was told to
  | 'CLOSED' // the client was closed
  | 'COUNTS_DROPPED' // counts could not be delivered and are lost
  | 'LISTENER' // a listener of the application threw
  | 'FILE' // a file could not be read or written; the message names it
  | 'HOOK' // a hook of the application threw
  | 'PRIVATE_ATTRIBUTE'; // routeHeaders leaves out what would tell of a private attribute

/** A failure of the client. It reaches the application through `ready()` and the `error` event, never from a getter. */
export class ClientError extends Error {
  constructor(
    readonly code: ClientErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ClientError';
  }
}
