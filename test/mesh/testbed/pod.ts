import { Socket } from 'node:net';
import { nodeAddress } from './addresses.js';
import type { ClusterClient } from './cluster-client.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { Process } from './process.js';

/** Put on a pod template as `"false"`, new pods start not ready, until `Kubelet.setReady` says otherwise. */
export const readyAnnotation = 'testbed.tidegate.io/ready';

export interface PodObject extends KubernetesObject {
  metadata: KubernetesObject['metadata'] & { name: string; namespace: string; uid: string };
  spec: { nodeName?: string; containers: Container[] };
}

interface Container {
  name: string;
  image: string;
  command?: string[];
  env?: { name: string; value?: string }[];
  ports?: { containerPort: number }[];
}

const conditionTypes = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'];
const restartDelayMs = 1_000;

/** One pod: its first container's command as a real process, and the status a kubelet would report for it. */
export class Pod {
  readonly #process: Process;
  readonly #startTime = new Date().toISOString();
  #wanted: boolean;
  #up = false;
  #ended = false;
  #restarts = 0;
  #reported = '';

  constructor(
    private readonly cluster: ClusterClient,
    private readonly object: PodObject,
    readonly address: string,
    folder: string,
  ) {
    this.#wanted = object.metadata.annotations?.[readyAnnotation] !== 'false';
    const { command } = this.#container;
    if (!command?.[0])
      throw new Error(`pod ${object.metadata.name} names no command; images are not run here`);
    this.#process = new Process({
      name: object.metadata.name,
      command: command[0],
      args: command.slice(1),
      env: this.#environment(),
      folder,
      ready: () => this.#listens(),
    });
  }

  /** Starts the program; one that ends by itself is started again. */
  start(): void {
    this.#process.start().then(
      () => {
        this.#up = true;
        this.#process.onExit(() => this.#restart());
        this.#reportSoon();
      },
      () => this.#restart(),
    );
  }

  /** Says whether the pod may count as ready while its program runs. */
  async setReady(ready: boolean): Promise<void> {
    this.#wanted = ready;
    await this.report();
  }

  /** Ends the program for good. */
  async stop(graceMs?: number): Promise<void> {
    this.#ended = true;
    await this.#process.stop(graceMs);
  }

  /** Kills the program as an out-of-memory kill would; it comes back after a moment. */
  crash(): void {
    this.#process.signal('SIGKILL');
  }

  /** Writes the pod's status, unless the API server has it already. */
  async report(): Promise<void> {
    const state = `${this.#up} ${this.#wanted} ${this.#restarts}`;
    if (state === this.#reported) return;
    await this.cluster.patch(this.object, { status: this.#status() }, 'strategic-merge-patch', 'status');
    this.#reported = state;
  }

  get #container(): Container {
    const container = this.object.spec.containers[0];
    if (!container) throw new Error(`pod ${this.object.metadata.name} has no container`);
    return container;
  }

  #environment(): Record<string, string> {
    const own = (this.#container.env ?? []).map(({ name, value = '' }) => [name, value] as const);
    return { ...Object.fromEntries(own), POD_IP: this.address, POD_NAME: this.object.metadata.name };
  }

  #restart(): void {
    this.#up = false;
    if (this.#ended) return;
    this.#reportSoon();
    const later = setTimeout(() => {
      if (this.#ended) return;
      this.#restarts += 1;
      void this.#process.kill().then(() => this.start());
    }, restartDelayMs);
    later.unref();
  }

  // The kubelet's next pass reports again, so an API server that is gone is no failure here.
  #reportSoon(): void {
    this.report().catch(() => undefined);
  }

  #status(): unknown {
    const ready = this.#up && this.#wanted;
    const { name, image } = this.#container;
    const state = this.#up
      ? { running: { startedAt: this.#startTime } }
      : { waiting: { reason: 'CrashLoopBackOff' } };
    return {
      phase: 'Running',
      podIP: this.address,
      podIPs: [{ ip: this.address }],
      hostIP: nodeAddress,
      startTime: this.#startTime,
      conditions: conditionTypes.map((type) => condition(type, ready)),
      containerStatuses: [
        { name, image, imageID: image, ready, started: this.#up, restartCount: this.#restarts, state },
      ],
    };
  }

  #listens(): Promise<boolean> {
    const port = this.#container.ports?.[0]?.containerPort;
    return port === undefined ? Promise.resolve(true) : accepts(this.address, port);
  }
}

function condition(type: string, ready: boolean): unknown {
  const readiness = type === 'Ready' || type === 'ContainersReady';
  return {
    type,
    status: !readiness || ready ? 'True' : 'False',
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true)).once('error', () => finish(false));
    socket.connect(port, host);
  });
}
