import { onRejection } from './rejection.js';

/**
 * Functions to be told of events, by event name. One that throws, or whose promise is rejected, is reported to `onThrow`
 * and stops no other.
 */
export class Listeners<Events extends { [event: string]: unknown }> {
  readonly #byEvent = new Map<keyof Events, Set<(payload: never) => void>>();

  constructor(private readonly onThrow: (error: unknown, event: keyof Events) => void) {}

  /** Returns how to stop listening. */
  add<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): () => void {
    const listeners = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  tell<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const listener of this.#byEvent.get(event) ?? []) {
      callSafely(listener as (payload: Events[E]) => void, payload, (error) => this.onThrow(error, event));
    }
  }
}

/** Calls a listener of the application; what it throws, or its promise is rejected with, goes to `onThrow`. */
export function callSafely<T>(
  listener: (payload: T) => unknown,
  payload: T,
  onThrow: (error: unknown) => void,
): void {
  try {
    onRejection(listener(payload), onThrow);
  } catch (error) {
    onThrow(error);
  }
}
