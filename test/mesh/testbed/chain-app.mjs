// A service in a chain of calls: what was decided about its user comes in with the request, and goes on to the next service
// through its own sidecar. Under /without it works as a program does that knows nothing of decisions.
import { createServer, request as ask } from 'node:http';
import { json } from 'node:stream/consumers';
import { createClient } from '@tidegate/sdk';
import { createCarrier } from '@tidegate/sdk/http';

const { POD_IP, PORT, VERSION, SERVICE, NEXT, PROXY_PORT, TIDEGATE, TOKEN, FLAG } = process.env;
const carrier = createCarrier({ trust: true });
const tidegate = createClient({ url: TIDEGATE, key: TOKEN });
await tidegate.ready();

const server = createServer((request, response) => {
  const handle = () => void answer(request, response);
  if (request.url === '/without') handle();
  else carrier.middleware(request, response, handle);
});

async function answer(request, response) {
  try {
    const here = { service: SERVICE, version: VERSION, flag: tidegate.boolean(FLAG, carrier.context, false) };
    const there = NEXT ? await next(request.url) : [];
    response.writeHead(200, { 'content-type': 'application/json', 'x-version': VERSION });
    response.end(JSON.stringify([here, ...there]));
  } catch (error) {
    response.writeHead(502);
    response.end(String(error));
  }
}

function next(path) {
  const target = { host: '127.0.0.1', port: PROXY_PORT, path: `http://${NEXT}${path}` };
  return new Promise((resolve, reject) => {
    const sent = ask({ ...target, headers: { host: NEXT, ...carrier.headers() } }, (response) => {
      if (response.statusCode === 200) json(response).then(resolve, reject);
      else reject(new Error(`${NEXT} answered ${response.statusCode}`));
    });
    sent.on('error', reject);
    sent.end();
  });
}

server.keepAliveTimeout = 120_000;
server.listen(Number(PORT), POD_IP);
process.on('SIGTERM', () => process.exit(0));
