// The program in every pod of the shop: answers which version it is, and misbehaves on demand.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { POD_IP, POD_NAME, PORT, VERSION, FAULT_FILE } = process.env;
const healthy = { status: 200, share: 0, delayMs: 0 };

// Read at each request, so that a fault also reaches pods that start later, and vanishes the moment it is cleared.
function fault(host) {
  try {
    const { hosts, ...all } = JSON.parse(readFileSync(FAULT_FILE, 'utf8'));
    const own = hosts === undefined ? all : hosts[host];
    return own === undefined ? healthy : { ...healthy, share: 1, ...own };
  } catch {
    return healthy;
  }
}

const server = createServer((request, response) => void answer(request, response));

async function answer(request, response) {
  const { status, share, delayMs } = fault(request.headers.host);
  const hit = Math.random() < share;
  if (hit && delayMs > 0) await sleep(delayMs);
  response.writeHead(hit ? status : 200, { 'content-type': 'application/json', 'x-version': VERSION });
  response.end(
    JSON.stringify({ version: VERSION, pod: POD_NAME, path: request.url, headers: request.headers }),
  );
}

// The default of 5 s is shorter than what proxies keep idle connections for, and would show as stray 503s.
server.keepAliveTimeout = 120_000;
server.listen(Number(PORT), POD_IP);

process.on('SIGTERM', () => void leave());

async function leave() {
  // The proxies need a moment to hear that this pod is going.
  await sleep(500);
  server.close();
  server.closeIdleConnections();
  await sleep(500);
  process.exit(0);
}
