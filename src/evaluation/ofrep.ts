import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { EvaluationContext, Resolution } from '@tidegate/sdk/engine';
import { type Answer, refuse } from './answer.js';
import { parseJson } from './body.js';
import type { View } from './environment-view.js';
import { matchesEtag } from './etag.js';
import type { AnsweredFlag } from './flag-answers.js';
import { toOfrepRefusal } from './refusals.js';
import type { Asked } from './route.js';
import { isPlainObject, trust } from './trusted-context.js';

type Answering = Answer | Promise<Answer>;

/**
 * Evaluates one flag (OFREP 0.3, `POST /ofrep/v1/evaluate/flags/{key}`). 200 with `{ key, value?, reason, variant,
 * metadata }`; failures as `{ key, errorCode, errorDetails, metadata }`. Never rejects but for a bug.
 */
export function evaluateOne(asked: Asked): Answering {
  const { key = '' } = asked;
  return withContext(asked, (context) => {
    const { engine, answers } = viewOf(asked);
    const resolution = engine.evaluate(key, context);
    asked.caller.environmentView.usage.answered.count(key, resolution);
    return answers.answer(key, resolution);
  });
}

/**
 * Evaluates every flag (`POST /ofrep/v1/evaluate/flags`). 200 with `{ flags, metadata }`, or 304. The ETag holds the
 * configuration's revision and digests the body and what was verified: clients send an old tag after their context has
 * changed.
 */
export function evaluateAll(asked: Asked): Answering {
  const { req, caller, body } = asked;
  // without a user's token, who asks and the body decide all, so that nothing need be parsed to say "unchanged"
  if (userTokenOf(req) === undefined) {
    const view = viewOf(asked);
    const etag = `"${view.cursor}.${caller.principal.kind}.${digest(body)}"`;
    if (matchesEtag(req.headers['if-none-match'], etag)) return unchanged(etag);
    return withContext(asked, (context) => all(asked, view, context, etag));
  }
  return withContext(asked, (context) => {
    const view = viewOf(asked);
    const verified = JSON.stringify(context.verified ?? null);
    const etag = `"${view.cursor}.user.${digest(Buffer.concat([Buffer.from(`${verified}\0`), body]))}"`;
    return matchesEtag(req.headers['if-none-match'], etag)
      ? unchanged(etag)
      : all(asked, view, context, etag);
  });
}

function all({ caller }: Asked, { engine, answers }: View, context: EvaluationContext, etag: string): Answer {
  const { flags } = answers;
  const { answered } = caller.environmentView.usage;
  const resolutions = engine.evaluateAll(context);
  let items = '';
  for (let index = 0; index < resolutions.length; index++) {
    const each = flags[index] as AnsweredFlag;
    const resolution = resolutions[index] as Resolution;
    answered.count(each.flag.key, resolution);
    const { body } = each.answer(resolution);
    items += index === 0 ? body : `,${body}`;
  }
  return { status: 200, body: `{"flags":[${items}],"metadata":{}}`, headers: { etag } };
}

function unchanged(etag: string): Answer {
  return { status: 304, body: '', headers: { etag } };
}

function digest(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64url').slice(0, 27);
}

/** The newest view: it may have changed while the body came. */
function viewOf({ caller }: Asked): View {
  return caller.environmentView.view ?? caller.view;
}

/** Answers from the context that was sent, made fit to be evaluated; at once unless a user's token is to be checked. */
function withContext(asked: Asked, answer: (context: EvaluationContext) => Answer): Answering {
  const { req, caller, body, key } = asked;
  const parsed = parseJson(body);
  if ('fault' in parsed) return toOfrepRefusal({ code: 'INVALID_INPUT', details: parsed.fault }, key);
  const sent = contextIn(parsed.value);
  if (typeof sent === 'string') {
    return refuse({ status: 400, code: 'INVALID_CONTEXT', details: sent, key });
  }
  const trusted = trust(sent, caller, userTokenOf(req));
  return trusted instanceof Promise ? trusted.then(answer) : answer(trusted);
}

function userTokenOf({ headers }: IncomingMessage): string | undefined {
  const token = headers['x-tidegate-user-token'];
  return typeof token === 'string' ? token : token?.join(',');
}

/** The context in a body, `{}` for none, or in words what is wrong. */
function contextIn(body: unknown): Record<string, unknown> | string {
  if (!isPlainObject(body)) return 'The body must be an object: {"context": {…}}.';
  const context = Object.hasOwn(body, 'context') ? body['context'] : undefined;
  if (context === undefined || context === null) return {};
  return isPlainObject(context) ? context : '"context" must be an object.';
}
