import { setTimeout as sleep } from 'node:timers/promises';
import { ENVIRONMENT, Service } from '../servers/service.mjs';
import { employees, identity } from './sample-routes.mjs';

/** As the testbed's API server is found by a pod. */
const POD = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '26443' };
const STATUS = '{ node { status { phase observed checkedAt error { message } } } }';

/** The real service, with routes. */
export class MeshService extends Service {
  static begin(folder, settings) {
    return this.start({ ...POD, TIDEGATE_DATA_DIR: folder, ...settings });
  }

  /** Makes the environment with these routes, in one change. */
  async make(routes) {
    await this.mutate('createEnvironment', 'CreateEnvironmentInput', { key: ENVIRONMENT });
    await this.mutate('setIdentity', 'SetIdentityInput', { environment: ENVIRONMENT, identity });
    await this.mutate('createSegment', 'CreateSegmentInput', { environment: ENVIRONMENT, ...employees });
    const changes = routes.map((value) => ({ kind: 'route', key: value.salt, value }));
    await this.mutate('applyChanges', 'ApplyChangesInput', { environment: ENVIRONMENT, changes });
  }

  /** Writes a route anew. */
  async change(key, value) {
    const changes = [{ kind: 'route', key, value }];
    await this.mutate('applyChanges', 'ApplyChangesInput', { environment: ENVIRONMENT, changes });
  }

  /** When each route was last looked at. Throws where one does not stand as wanted. */
  async checked() {
    const statuses = await this.#statuses();
    const wrong = statuses.find((status) => status?.phase !== 'applied' || !status.observed);
    if (wrong !== undefined) throw new Error(`seen: ${JSON.stringify(wrong)}`);
    return statuses.map(({ checkedAt }) => checkedAt);
  }

  /** Waits until every route stands as wanted, and was looked at after `since`; answers when the last was. */
  async untilAllChecked(since) {
    const end = Date.now() + 120_000;
    for (;;) {
      const statuses = await this.#statuses();
      const isDone = (status) => status?.phase === 'applied' && status.observed && status.checkedAt > since;
      if (statuses.every(isDone)) return Math.max(...statuses.map(({ checkedAt }) => checkedAt));
      const left = statuses.find((status) => !isDone(status));
      if (Date.now() > end) throw new Error(`seen: ${JSON.stringify(left)}`);
      await sleep(200);
    }
  }

  async #statuses() {
    const found = [];
    let after = null;
    do {
      const query = `query ($after: String) { routes(environment: "${ENVIRONMENT}", first: 100, after: $after) {
        edges ${STATUS} pageInfo { endCursor hasNextPage } } }`;
      const { routes } = await this.query(query, { after });
      found.push(...routes.edges.map(({ node }) => node.status));
      after = routes.pageInfo.hasNextPage ? routes.pageInfo.endCursor : null;
    } while (after !== null);
    return found;
  }
}
