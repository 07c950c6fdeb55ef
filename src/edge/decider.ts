import type { EvaluationContext } from '@tidegate/sdk/engine';
import type { Proof, Verification } from '../auth/identity-verifier.js';
import { type CheckRequest, readCheckRequest } from './check-request.js';
import { writeCheckResponse } from './check-response.js';
import { cookiesIn } from './cookie.js';
import { edgeFigures, type Outcome } from './edge-figures.js';
import type { HostPlan, HostTable } from './host-table.js';

/** Milliseconds that a request waits for its token to be checked; then it goes on as of nobody. */
const PATIENCE = 1_000;
/** Bytes up to which an answer is remembered with the token that it is for. */
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
  /** The latest answer for what a token proved. */
  readonly #answers = new WeakMap<Proof, Remembered>();

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
      if (token === undefined || plan.view.verifier === null) return this.#ofNobody(plan, request);
      const proof = plan.view.verifier.peek(token);
      if (proof === undefined) return this.#check(token, plan, request);
      edgeFigures.tokens.inc({ outcome: 'remembered' });
      return this.#ofUser(proof, plan);
    } catch (error) {
      return this.#fault(error);
    }
  }

  async #check(token: string, plan: HostPlan, request: CheckRequest): Promise<Buffer> {
    try {
      const verification = await inTime(plan.view.verifier?.verify(token));
      const proves = 'verified' in verification;
      edgeFigures.tokens.inc({ outcome: proves ? 'checked' : verification.refused });
      return proves ? this.#ofUser(verification, plan) : this.#ofNobody(plan, request);
    } catch (error) {
      return this.#fault(error);
    }
  }

  #ofUser(proof: Proof, plan: HostPlan): Buffer {
    const remembered = this.#answers.get(proof);
    if (remembered?.plan === plan) return counted('user', remembered.answer);
    const { targetingKey, verified } = proof;
    const answer = answerTo(plan, { verified, ...(targetingKey === null ? {} : { targetingKey }) });
    if (answer.length <= LONGEST_REMEMBERED) this.#answers.set(proof, { plan, answer });
    return counted('user', answer);
  }

  #ofNobody(plan: HostPlan, _request: CheckRequest): Buffer {
    return counted('nobody', answerTo(plan, {}));
  }

  #fault(error: unknown): Buffer {
    this.#failed(error);
    return counted('fault', NOTHING);
  }
}

function counted(outcome: Outcome, answer: Buffer): Buffer {
  edgeFigures.decisions.inc({ outcome });
  return answer;
}

function tokenIn({ authorization, cookie }: CheckRequest, { view }: HostPlan): string | undefined {
  const bearer = authorization === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (bearer !== undefined || view.tokenCookie === null) return bearer;
  return cookiesIn(cookie, view.tokenCookie)[0];
}

function answerTo({ view, routes }: HostPlan, context: EvaluationContext): Buffer {
  const { engine, segments } = view;
  const buckets: string[] = [];
  for (const { key } of routes) {
    const bucket = engine.bucketOfRoute(key, context);
    if (bucket !== null) buckets.push(`${key}=${String(bucket).padStart(4, '0')}`);
  }
  return writeCheckResponse({
    buckets: buckets.join(','),
    segments: segments.filter((segment) => engine.isMember(segment, context)).join(','),
    key: encoded(context.targetingKey),
  });
}

/** Half a surrogate pair, which has no encoding, becomes U+FFFD, as it is hashed. */
function encoded(key = ''): string {
  return encodeURIComponent(Buffer.from(key).toString());
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
