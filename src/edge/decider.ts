import type { Proof, Verification } from '../auth/identity-verifier.js';
import { type CheckRequest, readCheckRequest } from './check-request.js';
import { writeCheckResponse } from './check-response.js';
import { cookiesIn } from './cookie.js';
import { type Subject, decisionFor } from './decision.js';
import { edgeFigures, type Outcome } from './edge-figures.js';
import type { HostPlan, HostTable } from './host-table.js';
import type { Visitor } from './visitor-ids.js';

/** Milliseconds that a request waits for its token to be checked; then it goes on as of nobody. */
const PATIENCE = 1_000;
/** Bytes up to which an answer is remembered with whom it is for. */
const LONGEST_REMEMBERED = 2_048;

const NOTHING = writeCheckResponse({ buckets: '', segments: '', key: '' });
const LATE: Verification = { refused: 'keys-unavailable' };

interface Remembered {
  readonly plan: HostPlan;
  readonly answer: Buffer;
}

/** Decides of requests: who is this, which buckets, which segments. Never denies, and never throws. */
export class Decider {
  readonly #table: () => HostTable;
  readonly #failed: (error: unknown) => void;
  /** The latest answer for what a token proved, or a cookie. */
  readonly #answers = new WeakMap<Proof | Visitor, Remembered>();

  /** `failed` is told of faults of ours. */
  constructor(table: () => HostTable, failed: (error: unknown) => void) {
    this.#table = table;
    this.#failed = failed;
  }

  /** The CheckResponse to a CheckRequest; at once, unless a token is to be checked that is not known. */
  decide(message: Buffer): Buffer | Promise<Buffer> {
    try {
      const request = readCheckRequest(message);
      const plan = this.#table().find(request.host);
      if (plan === null) return counted('no-host', NOTHING);
      const token = tokenIn(request, plan);
      if (token === undefined || plan.view.verifier === null) return this.#ofAnonymous(plan, request);
      const proof = plan.view.verifier.peek(token);
      if (proof === undefined) return this.#check(token, plan, request);
      edgeFigures.tokens.add('remembered');
      return this.#ofUser(proof, plan, request);
    } catch (error) {
      return this.#fault(error);
    }
  }

  async #check(token: string, plan: HostPlan, request: CheckRequest): Promise<Buffer> {
    try {
      const verification = await inTime(plan.view.verifier?.verify(token));
      const proves = 'verified' in verification;
      edgeFigures.tokens.add(proves ? 'checked' : verification.refused);
      return proves ? this.#ofUser(verification, plan, request) : this.#ofAnonymous(plan, request);
    } catch (error) {
      return this.#fault(error);
    }
  }

  /** A user whose token has no targeting key is told apart by the cookie, beside what the token proves. */
  #ofUser(proof: Proof, plan: HostPlan, request: CheckRequest): Buffer {
    const { targetingKey, verified } = proof;
    if (targetingKey !== null) return counted('user', this.#answer(proof, plan, { verified, targetingKey }));
    const visitor = visitorOf(plan, request);
    const setCookie = visitor?.setCookie ?? undefined;
    return counted('user', decisionFor(plan, { verified, visitor: visitor?.id }, setCookie));
  }

  #ofAnonymous(plan: HostPlan, request: CheckRequest): Buffer {
    const visitor = visitorOf(plan, request);
    if (visitor === null) return counted('nobody', decisionFor(plan, {}));
    const { id, setCookie } = visitor;
    if (setCookie !== null) return counted('issued', decisionFor(plan, { visitor: id }, setCookie));
    return counted('visitor', this.#answer(visitor, plan, { visitor: id }));
  }

  #answer(who: Proof | Visitor, plan: HostPlan, subject: Subject): Buffer {
    const remembered = this.#answers.get(who);
    if (remembered?.plan === plan) return remembered.answer;
    const answer = decisionFor(plan, subject);
    if (answer.length <= LONGEST_REMEMBERED) this.#answers.set(who, { plan, answer });
    return answer;
  }

  #fault(error: unknown): Buffer {
    this.#failed(error);
    return counted('fault', NOTHING);
  }
}

function counted(outcome: Outcome, answer: Buffer): Buffer {
  edgeFigures.decisions.add(outcome);
  return answer;
}

function tokenIn({ authorization, cookie }: CheckRequest, { view }: HostPlan): string | undefined {
  const bearer = authorization === undefined ? undefined : bearerIn(authorization);
  if (bearer !== undefined || view.tokenCookie === null) return bearer;
  return cookiesIn(cookie, view.tokenCookie)[0];
}

const BEARER = 'bearer ';

/** The token of a header; a pattern would go through its hundreds of characters one by one. */
function bearerIn(header: string): string | undefined {
  if (header.slice(0, BEARER.length).toLowerCase() !== BEARER) return undefined;
  const token = header.slice(BEARER.length).trim();
  return token === '' || token.includes(' ') || token.includes('\t') ? undefined : token;
}

/** Null where no route of the host wants anonymous browsers to be known, and where they can't be. */
function visitorOf({ view, sticky }: HostPlan, { host, secure, cookie }: CheckRequest): Visitor | null {
  if (sticky.length === 0 || view.visitorIds === null) return null;
  return view.visitorIds.visitorOf({ host, secure, cookie });
}

async function inTime(check: Promise<Verification> | undefined): Promise<Verification> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verification>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, LATE);
  });
  try {
    return await Promise.race([check ?? LATE, late]);
  } finally {
    clearTimeout(timer);
  }
}
