import { describe, expect, it } from '@jest/globals';
import { RE2JS } from 're2js';
import { SseParser } from '../../client-sdk/src/client/sse-parser.js';
import { parseSemver } from '../../client-sdk/src/engine/operators/semver.js';
import { ConfigError, CONFIG_NAMES, readConfig } from '../../src/config/config.js';
import { isPlainSelector } from '../../src/domain/metric-selector.js';
import { patternFault } from '../../src/domain/pattern/pattern-fault.js';
import { fitsProxy } from '../../src/domain/proxy-pattern.js';
import { parseJson } from '../../src/evaluation/body.js';
import { conditionSchema } from '../../src/domain/condition.js';
import { eventsRequestSchema } from '../../src/evaluation/contract.js';
import { matchesEtag } from '../../src/evaluation/etag.js';
import { inputs, SEED } from './budget.js';
import { mutateBytes } from './byte-mutator.js';
import { CORPUS } from './corpus.js';
import { Random } from './random.js';

/** A parse function: good texts to begin from, and what must hold of whatever is made of them. */
interface Parser {
  readonly good: readonly string[];
  readonly share: number;
  /** Throws where the promise of the parser is broken. */
  readonly check: (bytes: Buffer) => void;
}

const text = (check: (text: string) => void) => (bytes: Buffer) => check(bytes.toString('utf8'));

const PARSERS: Readonly<Record<string, Parser>> = {
  'versions are read in full or not at all': {
    good: ['1.2.3', 'v10.20.30-rc.1+build.5', '0.0.0-alpha.beta', '1.0.0-0.x-y'],
    share: 0.1,
    check: text((version) => {
      const parsed = parseSemver(version);
      if (parsed !== null)
        expect(version.startsWith(parsed.core.join('.')) || version.startsWith('v')).toBe(true);
    }),
  },
  'patterns are refused, or valid in both dialects': {
    good: ['^[a-z]+@corp\\.com$', '(?:a|b){2,5}', '\\d{3}-\\d{4}', '^(de|fr)-', '[^\\s"]+$', '\\u{1F600}'],
    share: 0.02,
    check: text((pattern) => {
      if (patternFault(pattern) !== null) return;
      RegExp(pattern, 'u').test('x'.repeat(1_024));
      RE2JS.compile(pattern);
      expect(typeof fitsProxy(pattern)).toBe('boolean');
    }),
  },
  'selectors are plain, or refused': {
    good: ['http_requests_total', 'up{job="a",code=~"5.."}', '{__name__="x"}', "a:b{c!~'d',}"],
    share: 0.1,
    check: text((selector) => {
      if (isPlainSelector(selector)) expect(selector).not.toMatch(/^[^{"'`]*[()[\]+*/#]/);
    }),
  },
  'bodies are JSON at a bounded depth, or a fault in words': {
    good: CORPUS.map(([, document]) => JSON.stringify(document)),
    share: 0.1,
    check: (bytes) => {
      const parsed = parseJson(bytes);
      if ('fault' in parsed) expect(parsed.fault).toMatch(/^The body is .+\.$/);
      else conditionSchema.safeParse(parsed.value);
    },
  },
  'batches of counts are whole, or refused': {
    good: [
      JSON.stringify({
        client: 'client-0001',
        sequence: 1,
        counts: [{ flag: 'f', rule: null, variant: 'on', event: 'exposures', count: 1, sum: 1 }],
      }),
    ],
    share: 0.05,
    check: (bytes) => {
      const body = parseJson(bytes);
      const batch = 'fault' in body ? null : eventsRequestSchema.safeParse(body.value);
      if (batch?.success !== true) return;
      for (const { count, sum } of batch.data.counts) {
        expect(Number.isSafeInteger(count) && count > 0 && Number.isFinite(sum)).toBe(true);
      }
    },
  },
  'streams of events bring messages, whatever is in them': {
    good: [
      'event: change\nid: e.1\ndata: {"a":1}\n\n',
      ': hi\r\nretry: 5\r\ndata:x\r\rdata\n\n',
      '\ufeffdata: a\ndata: b\n\n',
    ],
    share: 0.05,
    check: text((stream) => {
      const whole: unknown[] = [];
      const cut: unknown[] = [];
      new SseParser({ message: (message) => whole.push(message) }).push(stream);
      const parser = new SseParser({ message: (message) => cut.push(message) });
      for (const piece of stream.match(/[^]{1,3}/gu) ?? []) parser.push(piece);
      expect(cut).toEqual(whole);
    }),
  },
  'entity tags match themselves only': {
    good: ['"abc"', 'W/"abc", "def"', '*', '"e.1"'],
    share: 0.02,
    check: text((header) => {
      if (matchesEtag(header, '"never-to-be-found"')) expect(header).toMatch(/\*|never-to-be-found/);
    }),
  },
  'settings are read, or refused by name': {
    good: ['8080', 'redis', 'redis://localhost:6379', 'http://prometheus:9090', '127.0.0.1', 'a,b', 'info'],
    share: 0.01,
    check: text((setting) => {
      for (const name of CONFIG_NAMES) {
        try {
          readConfig({ [name]: setting });
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(error.message).toContain('TIDEGATE_');
        }
      }
    }),
  },
};

describe('of texts mutated byte by byte', () => {
  it.each(Object.entries(PARSERS))('%s', (_, { good, share, check }) => {
    const random = new Random(SEED + 2);
    const seeds = good.map((one) => Buffer.from(one));
    for (const seed of seeds) check(seed);
    for (let left = inputs(share); left > 0; left -= 1) {
      const bytes = mutateBytes(random.one(seeds), random);
      try {
        check(bytes);
      } catch (error) {
        throw new Error(`fails on ${JSON.stringify(bytes.toString('latin1'))} (latin1)`, { cause: error });
      }
    }
  });
});
