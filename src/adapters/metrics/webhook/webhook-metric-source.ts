import { types } from 'node:util';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { nothingNew } from '../../../domain/guard/nothing-new.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { SourceFault, type Trouble, type TroubleCode, troubleIn } from '../../../domain/guard/trouble.js';
import { Problem } from '../../../domain/problem.js';
import type { Guard } from '../../../domain/guard.js';
import { AnswerTooLong, type OutgoingCalls } from '../../../outgoing/outgoing-calls.js';
import type { MetricSecrets } from '../../../outgoing/metric-secrets.js';
import { signedHeaders } from '../../../outgoing/signed-headers.js';
import { type MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { COUNT_WINDOW } from '../../../ports/store.js';
import { GRACE, REACH } from '../reach.js';
import { settled } from '../settled.js';
import { Turns } from '../turns.js';
import { dropUnwanted } from '../unwanted.js';
import { readAnswer, type Span } from './counts-answer.js';
import { type Answered, WebhookQuestion } from './webhook-question.js';

/** Questions that one server is asked at a time, each in a connection of its own. */
const CONNECTIONS = 32;

export interface WebhookSourceOptions {
  readonly calls: Pick<OutgoingCalls, 'send'>;
  /** URLs whose servers (scheme, host, port) may be asked; no others are. */
  readonly allowed: readonly string[];
  readonly secrets: Pick<MetricSecrets, 'read'>;
  /** For one answer, ms; default 5,000. */
  readonly timeout?: number;
  /** Epoch ms, for the signature; default the system's clock. */
  readonly clock?: () => number;
}

const LATE: Trouble = { code: 'NO_ANSWER', words: 'no answer in time' };

type Webhook = NonNullable<Guard['webhook']>;

/**
 * Asks the URL of each guard for the counts of its arms, from its watermark on. Spans are told by the store's clock, are 5 s long at least,
 * and follow one another without gap: an answer for any other span is refused, so that each event counts once. A guard whose
 * webhook takes long has no news until it has answered, and holds up no other.
 */
export class WebhookMetricSource extends MetricSource {
  override readonly name = 'webhook';
  /** By the scheme, host and port that are allowed. */
  readonly #turns: ReadonlyMap<string, Turns>;
  /** Only what is on its way rests on these. */
  readonly #questions = new Map<string, WebhookQuestion>();

  constructor(private readonly options: WebhookSourceOptions) {
    super();
    const origins = options.allowed.map((url) => new URL(url).origin);
    this.#turns = new Map(origins.map((origin) => [origin, new Turns({ most: CONNECTIONS })]));
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const asked = requests.map((request) => ({ request, question: this.#questionOf(request.subject, now) }));
    const begun = asked.flatMap(({ request, question }) => this.#ask(request, question, now) ?? []);
    await settled(begun);
    dropUnwanted(this.#questions, now);
    return asked.map(({ request, question }) => readingOf(request, question));
  }

  #questionOf({ environment, guard, on, arms }: GuardSubject, now: number): WebhookQuestion {
    const name = JSON.stringify([environment, guard.key, on, arms, guard.webhook, guard.kind]);
    const question = this.#questions.get(name) ?? new WebhookQuestion();
    this.#questions.set(name, question);
    question.wantedAt = now;
    return question;
  }

  #ask(request: MetricRequest, question: WebhookQuestion, now: number): Promise<void> | null {
    const span = spanOf(request, now);
    if (question.isPending || span.to - span.from < COUNT_WINDOW) return null;
    return question.ask(this.#answer(request.subject, span));
  }

  async #answer(subject: GuardSubject, span: Span): Promise<Answered> {
    const { webhook, kind } = subject.guard;
    if (webhook === null) return { trouble: { code: 'NOT_READABLE', words: 'the guard has no webhook' } };
    try {
      const text = await this.#post(webhook, bodyOf(subject, span), idOf(subject, span));
      const read = readAnswer(text, span, kind);
      return 'fault' in read ? { trouble: { code: 'BAD_ANSWER', words: read.fault } } : read;
    } catch (error) {
      return { trouble: troubleOf(error) };
    }
  }

  /** The text of an answer of 2xx; rejects with words where there is none. */
  async #post({ url, secretRef }: Webhook, body: string, id: string): Promise<string> {
    const to = new URL(url);
    const turns = this.#turns.get(to.origin);
    if (turns === undefined)
      throw new SourceFault('NO_SOURCE', `${to.origin} is not listed in TIDEGATE_METRIC_WEBHOOKS`);
    const { calls, secrets, timeout = 5_000, clock = Date.now } = this.options;
    // Signed when its turn has come: a signature is good for a few minutes only.
    const answer = await turns.take(async () => {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Tidegate-Webhook/1',
        ...signedHeaders({ id, at: clock(), body }, await secrets.read(secretRef)),
      };
      return calls.send(to, { method: 'POST', headers, body, timeout });
    });
    if (answer.status < 200 || answer.status > 299)
      throw new SourceFault('ERROR_ANSWERED', `it answered ${answer.status}`);
    return answer.body;
  }
}

function spanOf({ watermark, since }: MetricRequest, now: number): Span {
  return {
    from: Math.max(watermark, since, now - REACH),
    to: Math.floor((now - GRACE) / COUNT_WINDOW) * COUNT_WINDOW,
  };
}

function readingOf({ watermark, since }: MetricRequest, question: WebhookQuestion): MetricReading {
  const begun = Math.max(watermark, since);
  const window = question.take(begun);
  const windowLength = Math.max(COUNT_WINDOW, question.windowLength);
  const { trouble } = question;
  const quiet = nothingNew(watermark, trouble, windowLength);
  if (window === null || window.to === window.from) return quiet;
  const isEmpty = window.new === null && window.control === null;
  return {
    ...quiet,
    windows: isEmpty ? [] : [window],
    watermark: window.to,
    lost: window.from - begun,
  };
}

/** As the deliveries of webhooks: `{ type, timestamp, data }`. */
function bodyOf({ environment, guard, on, arms, route, rule }: GuardSubject, { from, to }: Span): string {
  const { key, kind } = guard;
  return JSON.stringify({
    type: 'counts',
    timestamp: new Date(to).toISOString(),
    data: { environment, guard: key, kind, subject: on ?? null, arms, route, rule, from, to },
  });
}

function idOf({ environment, guard, on }: GuardSubject, { from, to }: Span): string {
  return [environment, guard.key, on ?? '', from, to].join('.');
}

function troubleOf(error: unknown): Trouble {
  const isLate = types.isNativeError(error) && error.name === 'AbortError';
  const { code, words } = isLate ? LATE : troubleIn(error, codeOf(error));
  return { code, words: `the webhook can't be asked: ${words.replace(/\.$/, '')}` };
}

/** Addresses and secrets that are refused are a matter of setting up. */
function codeOf(error: unknown): TroubleCode {
  if (error instanceof AnswerTooLong) return 'ANSWER_TOO_LARGE';
  return error instanceof Problem ? 'NO_SOURCE' : 'UNREACHABLE';
}
