import './heap-settings.js';
import { pino } from 'pino';
import { readConfig } from './config/config.js';
import { startService } from './service.js';

/** Starts the service from environment variables; SIGTERM and SIGINT stop it gracefully. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: config.TIDEGATE_LOG_LEVEL });
  const service = await startService(config, log);
  const stop = (): void => {
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Only where whoever started it holds a channel to it, and is gone now.
  process.once('disconnect', stop);
  await service.ready;
  const { url } = service;
  log.info({ url, try: `${url}/try`, next: 'docs/guide.md' }, 'ready');
}

main().catch((error: unknown) => {
  const code = (error as { code?: unknown }).code;
  const words = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `tidegate: ${typeof code === 'string' && !words.startsWith(code) ? `${code}: ` : ''}${words}\n`,
  );
  process.exit(1);
});
