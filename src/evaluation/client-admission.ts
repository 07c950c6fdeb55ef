/** Clients that a token may bring anew within one minute, at one replica. */
const NEW_PER_MINUTE = 1_000;
const MINUTE = 60_000;
/** After so many clients, those that were silent since as many before are forgotten. */
const GENERATION = 50_000;

/** What is known of the clients of one token. */
interface Clients {
  minute: number;
  fresh: number;
  present: Set<string>;
  before: Set<string>;
}

/** Limits how many clients a token can make up: each that sends counts costs the store a key for a day. */
export class ClientAdmission {
  readonly #tokens = new Map<string, Clients>();

  /** 0 where this client of the token (its key) may send counts at `now` (ms), else the whole seconds until it may try. */
  waitOf(token: string, client: string, now: number): number {
    const minute = Math.floor(now / MINUTE);
    const clients = this.#of(token);
    if (clients.minute !== minute) Object.assign(clients, { minute, fresh: 0 });
    if (!clients.present.has(client)) {
      if (!clients.before.has(client)) {
        if (clients.fresh >= NEW_PER_MINUTE) return Math.ceil(((minute + 1) * MINUTE - now) / 1_000);
        clients.fresh += 1;
      }
      remember(clients, client);
    }
    return 0;
  }

  /** How many clients of a token are remembered. */
  remembered(token: string): number {
    const { present, before } = this.#of(token);
    return present.size + before.size;
  }

  #of(token: string): Clients {
    const known = this.#tokens.get(token);
    if (known !== undefined) return known;
    const clients = { minute: 0, fresh: 0, present: new Set<string>(), before: new Set<string>() };
    this.#tokens.set(token, clients);
    return clients;
  }
}

function remember(clients: Clients, client: string): void {
  if (clients.present.size >= GENERATION) {
    clients.before = clients.present;
    clients.present = new Set();
  }
  clients.present.add(client);
}
