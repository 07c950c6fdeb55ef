import { connect } from 'node:net';

/**
 * Many open streams on bare sockets. Asked over IPC { open: { port, request, count } }, answers { opened: count } once
 * each has had its first bytes; { expect: mark }, answers { heard: { first, middle, last } } once each has had a frame
 * that holds the mark: when, in ns of the machine's clock; { close: true }, answers { closed: true }.
 */
const AT_ONCE = 200;
let sockets = [];
let mark = null;
let times = [];

process.on('message', ({ open, expect, close }) => {
  if (open !== undefined) void openAll(open);
  if (expect !== undefined) {
    times = [];
    mark = Buffer.from(expect);
    process.send({ expecting: true });
  }
  if (close === true) {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    process.send({ closed: true });
  }
});

async function openAll({ port, request, count }) {
  try {
    while (sockets.length < count) {
      const batch = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () =>
        openOne(port, request),
      );
      sockets.push(...(await Promise.all(batch)));
    }
    process.send({ opened: sockets.length });
  } catch (error) {
    process.send({ error: String(error) });
  }
}

function openOne(port, request) {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('error', fail);
    socket.once('data', () => {
      socket.on('data', (chunk) => hear(chunk));
      done(socket);
    });
  });
}

function hear(chunk) {
  if (mark === null || !chunk.includes(mark)) return;
  times.push(process.hrtime.bigint());
  if (times.length < sockets.length) return;
  mark = null;
  const at = (share) => String(times[Math.floor(share * (times.length - 1))]);
  process.send({ heard: { first: at(0), middle: at(0.5), last: at(1) } });
}
