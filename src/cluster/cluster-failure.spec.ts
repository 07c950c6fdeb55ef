import { describe, expect, it } from '@jest/globals';
import { Problem } from '../domain/problem.js';
import { clusterFailure, failureText, statusOf } from './cluster-failure.js';
import { Refusal } from './refusal.js';

const denial = JSON.stringify({
  kind: 'Status',
  message: 'admission webhook denied the request: weight < 0',
});

describe('a failure of the cluster', () => {
  it.each([
    [400, 'MESH_REFUSED'],
    [403, 'MESH_REFUSED'],
    [404, 'MESH_REFUSED'],
    [409, 'MESH_REFUSED'],
    [422, 'MESH_REFUSED'],
    [429, 'MESH_UNAVAILABLE'],
    [500, 'MESH_UNAVAILABLE'],
    [503, 'MESH_UNAVAILABLE'],
  ])('with status %i is %s, in the words of the API server', (status, code) => {
    const problem = clusterFailure(new Refusal(status, denial));
    expect(problem.code).toBe(code);
    expect(problem.message).toContain('admission webhook denied the request: weight < 0');
    expect(statusOf(new Refusal(status, denial))).toBe(status);
  });

  it.each(['<html>Bad gateway</html>', '', '{"message":7}', 'null'])(
    'whose body is %p names the status',
    (body) => {
      expect(clusterFailure(new Refusal(502, body)).message).toBe(
        'The API server failed: the answer was 502',
      );
    },
  );

  it.each([
    ['list resource "pods" in API group ""', 'deploy/rbac.yaml'],
    ['patch resource "virtualservices" in API group "networking.istio.io"', 'deploy/rbac.yaml'],
    ['watch resource "deployments" in API group "apps"', 'deploy/rbac-discovery.yaml'],
    ['patch resource "deployments/scale" in API group "apps"', 'deploy/rbac-discovery.yaml'],
    ['create resource "envoyfilters" in API group "networking.istio.io"', 'deploy/rbac-edge.yaml'],
  ])('for want of the right to %s names %s', (right, file) => {
    const message = `resource is forbidden: User "system:serviceaccount:tidegate:tidegate" cannot ${right}`;
    const refusal = new Refusal(403, JSON.stringify({ kind: 'Status', message }));
    expect(clusterFailure(refusal)).toMatchObject({
      code: 'MESH_REFUSED',
      message: `The API server refused: ${message}; apply ${file}, which gives that right`,
    });
    expect(failureText(refusal)).toContain(file);
  });

  it('without an answer is MESH_UNAVAILABLE and names the cause', () => {
    const error = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:6443') });
    expect(clusterFailure(error)).toMatchObject({
      code: 'MESH_UNAVAILABLE',
      message: "The API server can't be reached: connect ECONNREFUSED 127.0.0.1:6443.",
    });
  });

  it('of a host with several addresses names the first cause', () => {
    const error = new AggregateError([new Error('connect ECONNREFUSED ::1:6443'), new Error('other')]);
    expect(clusterFailure(error).message).toBe(
      "The API server can't be reached: connect ECONNREFUSED ::1:6443.",
    );
  });

  it('after the deadline says that there was no answer in time', () => {
    const error = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    expect(clusterFailure(error).message).toContain('there was no answer in time');
  });

  it('leaves a problem as it is', () => {
    const problem = new Problem('HOST_TAKEN', 'taken');
    expect(clusterFailure(problem)).toBe(problem);
    expect(statusOf(problem)).toBeNull();
  });
});
