import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian has libraries, by architecture. */
const FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];

/** A clock that a process goes by, which can be turned while it runs; how long things take the process knows all the same. */
export class TurnedClock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tidegate-clock-'));
  /** What the process must find in its environment. */
  readonly env: { readonly [name: string]: string };

  constructor() {
    const folder = FOLDERS.find((path) => existsSync(`${path}/faketime/libfaketimeMT.so.1`));
    if (folder === undefined) throw new Error('libfaketime is missing; run scripts/requirements.sh');
    this.turn(0);
    this.env = {
      // An allocator that asks for the time while libfaketime begins hangs (jemalloc, in Redis): the C library's goes first.
      LD_PRELOAD: `${folder}/faketime/libfaketimeMT.so.1 ${folder}/libc.so.6`,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  get #file(): string {
    return join(this.#folder, 'offset');
  }

  /** Lets it tell so many seconds more than it is, or less. */
  turn(seconds: number): void {
    writeFileSync(this.#file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }

  /** Lets it go so many times as fast from the start of the process on; to be said before that. */
  hurry(times: number): void {
    writeFileSync(this.#file, `+0 x${times}\n`);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
