import type { Condition, Route } from '@tidegate/sdk/engine';
import { checkoutRoute } from '../contract/route-tables.js';

const ofHeader = (name: string, operator: 'equals' | 'startsWith', value: string): Condition => ({
  attribute: ['request', 'headers', name],
  operator,
  value,
});

/** The routes whose objects are kept as `<name>.yaml`. */
export const GOLDEN_ROUTES: { readonly [name: string]: Route } = {
  'employees-then-percent': checkoutRoute(),
  delegate: checkoutRoute({ ownership: 'delegate', audiences: ['employees'] }),
  'no-rules': checkoutRoute({ rules: [] }),
  closed: checkoutRoute({ closed: 'v1' }),
  mirrored: checkoutRoute({ mirror: { version: 'v2', percent: 25 } }),
  'mesh-only': checkoutRoute({ gateways: [] }),
  'gateway-only': checkoutRoute({ mesh: false }),
  'hosts-per-gateway': checkoutRoute({
    mesh: false,
    rules: [],
    gateways: [
      { name: 'shop/public', hosts: ['checkout.example.com', 'pay.example.com'] },
      { name: 'shop/partners', hosts: ['checkout.partner.example'] },
      { name: 'shop/backup', hosts: ['pay.example.com', 'checkout.example.com'] },
    ],
  }),
  'three-arms-by-weight': checkoutRoute({
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { app: 'checkout', version: 'v3' } },
    rules: [
      {
        id: 'thirds',
        condition: { all: [] },
        serve: {
          split: {
            arms: [
              { version: 'v3', weight: 500 },
              { version: 'v2', weight: 1_234 },
              { version: 'v1', weight: 8_266 },
            ],
            otherwise: 'weights',
          },
        },
      },
    ],
  }),
  'full-and-empty-arms': checkoutRoute({
    rules: [
      {
        id: 'none-yet',
        condition: ofHeader('x-plan', 'equals', 'gold'),
        serve: {
          split: {
            arms: [
              { version: 'v2', weight: 0 },
              { version: 'v1', weight: 10_000 },
            ],
          },
        },
      },
      {
        id: 'everybody',
        condition: { all: [] },
        serve: {
          split: {
            arms: [
              { version: 'v2', weight: 10_000 },
              { version: 'v1', weight: 0 },
            ],
            otherwise: { arm: 'v2' },
          },
        },
      },
    ],
  }),
  'method-path-and-query': checkoutRoute({
    rules: [
      {
        id: 'new-cart',
        condition: {
          all: [
            { attribute: ['request', 'path'], operator: 'startsWith', value: '/cart' },
            { attribute: ['request', 'method'], operator: 'in', value: ['GET', 'HEAD'] },
            { attribute: ['request', 'query', 'preview'], operator: 'equals', value: 'on' },
            { not: { attribute: ['request', 'path'], operator: 'endsWith', value: '.css' } },
          ],
        },
        serve: { version: 'v2' },
      },
      {
        id: 'no-trackers',
        condition: {
          all: [
            { attribute: ['request', 'path'], operator: 'matches', value: '^/pay/[0-9]+$' },
            { not: { attribute: ['request', 'query', 'utm_source'], operator: 'exists', value: true } },
          ],
        },
        serve: { version: 'v2' },
      },
    ],
  }),
  'http-settings': checkoutRoute({
    http: {
      rewrite: { uriRegexRewrite: { match: '^/shop/(.*)$', rewrite: String.raw`/\1` } },
      timeout: '2s',
      retries: { attempts: 2, perTryTimeout: '0.5s', retryOn: '5xx,reset' },
      headers: { request: { set: { 'x-shop': 'eu' }, remove: ['x-debug'] } },
    },
    rules: [
      {
        id: 'slow-pay',
        condition: { attribute: ['request', 'path'], operator: 'startsWith', value: '/pay' },
        serve: { version: 'v1' },
        http: {
          timeout: '10s',
          fault: { delay: { fixedDelay: '0.1s', percentage: { value: 0.5 } } },
          corsPolicy: {
            allowOrigins: [{ exact: 'https://shop.example.com' }],
            allowMethods: ['GET'],
            maxAge: '60s',
          },
        },
      },
      ...checkoutRoute().rules,
    ],
  }),
  'headers-and-cookies': checkoutRoute({
    rules: [
      {
        id: 'testers',
        condition: {
          any: [
            {
              all: [
                ofHeader('x-plan', 'startsWith', 'gold'),
                { not: ofHeader('x-region', 'equals', 'eu') },
                { operator: 'inSegment', value: 'employees' },
              ],
            },
            { attribute: ['request', 'cookies', 'lab'], operator: 'exists', value: true },
          ],
        },
        serve: { version: 'v2' },
      },
    ],
  }),
};
