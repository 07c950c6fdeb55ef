import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import type { Documents } from '../domain/documents.js';
import { Problem } from '../domain/problem.js';
import { Store } from '../ports/store.js';
import { type ExportRequest, exportRequestSchema } from './export-request.js';
import { takePoints } from './metric-points.js';
import { type OtlpAnswer, refusal, send, taken } from './otlp-answer.js';
import { callerOf } from './otlp-caller.js';
import { decodeRequest, type Encoding } from './otlp-wire.js';
import { readBody } from './read-body.js';
import { WantedMetrics } from './wanted-metrics.js';

const PATH = '/otlp/v1/metrics';
const TYPES: Readonly<Record<string, Encoding>> = {
  'application/json': 'json',
  'application/x-protobuf': 'protobuf',
};
const FULL = 'more points came than five seconds hold';

/** Takes metrics that are pushed over OTLP/HTTP (`POST /otlp/v1/metrics`), on bare node:http and before Nest's pipeline. */
@Injectable()
export class OtlpServer {
  readonly #log = new Logger(OtlpServer.name);
  /** By the documents that they were read from. */
  readonly #wanted = new WeakMap<Documents, WantedMetrics>();

  constructor(
    private readonly authenticator: Authenticator,
    private readonly store: Store,
  ) {}

  /** Answers a request of ours and says true; says false, with nothing touched, where it is somebody else's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url?.split('?')[0] !== PATH) return false;
    const encoding = TYPES[request.headers['content-type']?.split(';')[0]?.trim() ?? ''];
    this.#answer(request, encoding)
      .catch((error: unknown) => {
        if (request.complete) this.#log.error(error instanceof Error ? error.stack : String(error));
        return refusal(500, 'Something failed on our side.', encoding);
      })
      .then((answer) => send(response, answer, encoding))
      .catch(() => response.destroy());
    return true;
  }

  async #answer(request: IncomingMessage, encoding: Encoding | undefined): Promise<OtlpAnswer> {
    const caller = callerOf(request, this.authenticator);
    if ('status' in caller) return refusal(caller.status, caller.words, encoding, caller.retryAfter);
    if (request.method !== 'POST') return refusal(405, 'Metrics are sent by POST.', encoding);
    if (encoding === undefined) return refusal(415, 'Send application/x-protobuf or application/json.');
    const body = await readBody(request);
    if ('fault' in body)
      return body.fault === 'too large'
        ? refusal(413, 'The body is larger than 4 MiB, or 16 MiB unpacked: send it in parts.', encoding)
        : refusal(400, 'The body is not packed as its Content-Encoding says; gzip is known.', encoding);
    const parsed = parse(body.bytes, encoding);
    if (parsed === null) return refusal(400, 'The body is no ExportMetricsServiceRequest.', encoding);
    return this.#take(caller.environment, parsed, encoding);
  }

  async #take(environment: string, request: ExportRequest, encoding: Encoding): Promise<OtlpAnswer> {
    try {
      const { documents } = await this.store.image(environment);
      const { points, refused } = takePoints(request, this.#wantedOf(documents), await this.store.now());
      const isKept = await this.store.addPoints(environment, points);
      return taken(isKept ? refused : new Map([...refused, [FULL, points.length]]), encoding);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refusal(503, error.message, encoding);
    }
  }

  #wantedOf(documents: Documents): WantedMetrics {
    const known = this.#wanted.get(documents) ?? new WantedMetrics(documents);
    this.#wanted.set(documents, known);
    return known;
  }
}

function parse(bytes: Buffer, encoding: Encoding): ExportRequest | null {
  try {
    return exportRequestSchema.parse(decodeRequest(bytes, encoding));
  } catch {
    return null;
  }
}
