import { type ChildProcess, fork } from 'node:child_process';

/** A child process that reported the port it listens on. */
export interface Child {
  readonly port: number;
  stop(): void;
}

/** Starts `file` (beside this one) and waits until it says its port. */
export async function startChild(file: string, args: readonly string[]): Promise<Child> {
  const child = fork(new URL(file, import.meta.url), [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it listened`)));
  });
  return { port, stop: () => stopChild(child) };
}

function stopChild(child: ChildProcess): void {
  if (child.exitCode === null) child.kill('SIGTERM');
}
