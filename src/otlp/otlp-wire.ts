import protobuf from 'protobufjs/light.js';
import { DESCRIPTOR } from './metrics-service.descriptor.js';

const root = protobuf.Root.fromJSON(DESCRIPTOR);
const PACKAGE = 'opentelemetry.proto.collector.metrics.v1';
const request = root.lookupType(`${PACKAGE}.ExportMetricsServiceRequest`);
const response = root.lookupType(`${PACKAGE}.ExportMetricsServiceResponse`);
const status = root.lookupType(`${PACKAGE}.Status`);

/** The two forms in which OTLP is sent. */
export type Encoding = 'json' | 'protobuf';

/** A request in the form of OTLP's JSON. Throws an Error for bytes that are none. */
export function decodeRequest(bytes: Buffer, encoding: Encoding): unknown {
  if (encoding === 'json') return JSON.parse(bytes.toString('utf8'));
  const options = { longs: String, enums: Number, arrays: true } as const;
  return request.toObject(request.decode(bytes), options);
}

/** What an export is answered, a part that was refused told in words. */
export function encodeResponse(rejected: number, words: string, encoding: Encoding): Buffer {
  const partialSuccess = { rejectedDataPoints: rejected, errorMessage: words };
  const body = rejected === 0 ? {} : { partialSuccess };
  if (encoding === 'protobuf') return Buffer.from(response.encode(response.fromObject(body)).finish());
  // a 64-bit number is a text in protobuf's JSON
  const text = { partialSuccess: { ...partialSuccess, rejectedDataPoints: String(rejected) } };
  return Buffer.from(JSON.stringify(rejected === 0 ? {} : text));
}

/** A refusal: `google.rpc.Status`. */
export function encodeStatus(code: number, message: string, encoding: Encoding): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.from(status.encode(status.fromObject({ code, message })).finish());
}
