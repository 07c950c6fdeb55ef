import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { compile } from '@tidegate/sdk/engine';
import { flags, segments, texts } from '../flag-mix.mjs';

/**
 * What OFREP costs at least on node:http: the token looked up by its hash, the body parsed, and then the engine's answer
 * as JSON (one flag), the text by hand (all flags), or 304 by a digest of the body.
 */
const COUNT = Number(process.env.FLAGS);
const SINGLE = '/ofrep/v1/evaluate/flags/';
const engine = compile({
  environment: 'bench',
  epoch: 'e',
  revision: 1,
  flags: flags(COUNT),
  segments,
  routes: [],
  events: {},
});
const byHand = texts(COUNT);
const principals = new Map([[sha256(process.env.TOKEN), { kind: 'server' }]]);

createServer((req, res) => {
  if (req.url === '/') return res.end('ready');
  const principal = principals.get(sha256(req.headers.authorization.slice(7)));
  if (principal === undefined) return res.writeHead(401).end();
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => answer(req, res, Buffer.concat(chunks)));
}).listen(Number(process.env.PORT), '127.0.0.1');

function answer(req, res, body) {
  const ifNoneMatch = req.headers['if-none-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch === `"${sha256(body)}"`)
    return res.writeHead(304, { etag: ifNoneMatch }).end();
  const { context } = JSON.parse(body.toString());
  if (!req.url.startsWith(SINGLE)) return send(res, all(context));
  const key = req.url.slice(SINGLE.length);
  const { value, reason, variant, rule } = engine.evaluate(key, context);
  send(res, JSON.stringify({ key, value, reason, variant, metadata: rule === null ? {} : { rule } }));
}

function all(context) {
  let text = '';
  for (const write of byHand) text += text === '' ? write(context) : `,${write(context)}`;
  return `{"flags":[${text}],"metadata":{}}`;
}

function send(res, text) {
  res.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  res.end(text);
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}
