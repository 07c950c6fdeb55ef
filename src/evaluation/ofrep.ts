import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { EvaluationContext } from '@tidegate/sdk/engine';
import { type Answer, refuse } from './answer.js';
import { parseJson, readBody } from './body.js';
import type { Caller } from './caller.js';
import type { View } from './environment-view.js';
import { matchesEtag } from './etag.js';
import { answerOf } from './flag-answers.js';
import { OURS, TOO_LARGE, toOfrepRefusal } from './refusals.js';
import { isPlainObject, trust } from './trusted-context.js';

interface Asked {
  readonly view: View;
  readonly context: EvaluationContext;
  readonly body: Buffer;
}

/**
 * Evaluates one flag (OFREP 0.3, `POST /ofrep/v1/evaluate/flags/{key}`). 200 with `{ key, value?, reason, variant,
 * metadata }`; failures as `{ key, errorCode, errorDetails, metadata }`. Never rejects but for a bug.
 */
export async function evaluateOne(req: IncomingMessage, caller: Caller, key: string): Promise<Answer> {
  const asked = await readContext(req, caller, key);
  if ('status' in asked) return asked;
  const { engine, answers } = asked.view;
  return answers.answer(key, engine.evaluate(key, asked.context));
}

/**
 * Evaluates every flag (`POST /ofrep/v1/evaluate/flags`). 200 with `{ flags, metadata }`, or 304. The ETag digests the
 * configuration's revision, the body and what was verified: clients send an old tag after their context has changed.
 */
export async function evaluateAll(req: IncomingMessage, caller: Caller): Promise<Answer> {
  const asked = await readContext(req, caller, undefined);
  if ('status' in asked) return asked;
  const { engine, answers } = asked.view;
  const etag = bulkEtag(asked);
  if (matchesEtag(req.headers['if-none-match'], etag)) return { status: 304, body: '', headers: { etag } };
  const items = answers.flags.map((flag) => answerOf(flag, engine.evaluate(flag.key, asked.context)).body);
  return { status: 200, body: `{"flags":[${items.join(',')}],"metadata":{}}`, headers: { etag } };
}

function bulkEtag({ view, context, body }: Asked): string {
  const digest = createHash('sha256')
    .update(view.cursor)
    .update('\0')
    .update(JSON.stringify(context.verified ?? null))
    .update('\0')
    .update(body)
    .digest('base64url');
  return `"${digest.slice(0, 27)}"`;
}

async function readContext(
  req: IncomingMessage,
  caller: Caller,
  key: string | undefined,
): Promise<Asked | Answer> {
  const body = await readBody(req);
  if (typeof body === 'string') return toOfrepRefusal(body === 'too-large' ? TOO_LARGE : OURS, key);
  const parsed = parseJson(body);
  if ('fault' in parsed) return toOfrepRefusal({ code: 'INVALID_INPUT', details: parsed.fault }, key);
  const sent = contextIn(parsed.value);
  if (typeof sent === 'string') {
    return refuse({ status: 400, code: 'INVALID_CONTEXT', details: sent, key });
  }
  const userToken = req.headers['x-tidegate-user-token'];
  const trusted = trust(sent, caller, typeof userToken === 'string' ? userToken : userToken?.join(','));
  const context = trusted instanceof Promise ? await trusted : trusted;
  return { view: caller.environmentView.view ?? caller.view, context, body };
}

/** The context in a body, `{}` for none, or in words what is wrong. */
function contextIn(body: unknown): Record<string, unknown> | string {
  if (!isPlainObject(body)) return 'The body must be an object: {"context": {…}}.';
  const context = Object.hasOwn(body, 'context') ? body['context'] : undefined;
  if (context === undefined || context === null) return {};
  return isPlainObject(context) ? context : '"context" must be an object.';
}
