import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into a server under test before its own code (`--import`): tells over IPC what the process has used, so that a
 * server need not know that it is measured. Asked 'usage', answers { cpu: ms since start, rss: bytes after a collection
 * when 'usage+gc' was asked }; asked 'watch', begins to watch the event loop; asked 'blocked', answers the longest block
 * since, in ms, and begins anew.
 */
const delay = monitorEventLoopDelay({ resolution: 1 });

process.on('message', (ask) => {
  if (ask === 'watch') delay.enable();
  process.send(answers[ask]?.() ?? null);
  if (ask === 'blocked') delay.reset();
});

const answers = {
  usage: () => ({ cpu: cpu() }),
  memory: () => {
    globalThis.gc();
    return { rss: process.memoryUsage.rss() };
  },
  // the timer that measures is due each millisecond
  blocked: () => ({ blocked: delay.count === 0 ? 0 : delay.max / 1e6 - 1 }),
};

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
