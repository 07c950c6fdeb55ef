import { once } from 'node:events';
import { FlagdCore } from '@openfeature/flagd-core';
import { GrowthBookClient } from '@growthbook/growthbook';
import configcat from 'configcat-node';
import Statsig from 'statsig-node';
import { InMemStorageProvider, Unleash } from 'unleash-client';
import { contexts, KINDS } from '../scenarios.mjs';

const SHARE = 20;

/** Contexts in a peer's own shape, made outside the timing. */
function shaped(shape) {
  const made = new Map(contexts.map((context) => [context, shape(context)]));
  return (context) => made.get(context);
}

/** Conditions of a rule as pairs of attribute and values; the last rule of c lists more than one. */
function pairs({ condition: { all } }) {
  return all.map(({ attribute: [name], value }) => [name, [value].flat()]);
}

/** flagd's evaluator in process: JsonLogic, and the same buckets as ours. */
export function flagdCore(flags, [{ included }]) {
  const targetingKey = { var: 'targetingKey' };
  const rules = {
    a: () => undefined,
    b: () => ({ if: [{ ends_with: [{ var: 'email' }, '@corp.com'] }, 'on', null] }),
    c: (flag) => ({
      if: [
        ...flag.rules.flatMap((rule) => [
          {
            and: pairs(rule).map(([name, values]) =>
              values.length > 1 ? { in: [{ var: name }, values] } : { '===': [{ var: name }, values[0]] },
            ),
          },
          'on',
        ]),
        null,
      ],
    }),
    d: (flag) => ({
      fractional: [{ cat: [flag.key, ':', targetingKey] }, ['on', SHARE], ['off', 100 - SHARE]],
    }),
    e: () => ({ if: [{ $ref: 'members' }, 'on', null] }),
  };
  const entries = flags.map((flag) => {
    const targeting = rules[KINDS.get(flag.key)](flag);
    return [
      flag.key,
      { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off', targeting },
    ];
  });
  const core = new FlagdCore();
  const members = { in: [targetingKey, included] };
  core.setConfigurations(JSON.stringify({ flags: Object.fromEntries(entries), $evaluators: { members } }));
  return (key, context) => core.resolveBooleanEvaluation(key, false, context).value;
}

export function growthBook(flags, [{ included }]) {
  const rules = {
    a: () => [],
    b: () => [{ condition: { email: { $regex: '@corp\\.com$' } }, force: true }],
    c: (flag) =>
      flag.rules.map((rule) => ({
        condition: Object.fromEntries(
          pairs(rule).map(([name, values]) => [name, values.length > 1 ? { $in: values } : values[0]]),
        ),
        force: true,
      })),
    d: (flag) => [
      { force: true, coverage: SHARE / 100, hashAttribute: 'id', seed: flag.key, hashVersion: 2 },
    ],
    e: () => [{ condition: { id: { $inGroup: 'members' } }, force: true }],
  };
  const entries = flags.map((flag) => {
    return [flag.key, { defaultValue: false, rules: rules[KINDS.get(flag.key)](flag) }];
  });
  const client = new GrowthBookClient().initSync({
    payload: { features: Object.fromEntries(entries), savedGroups: { members: included } },
  });
  const users = shaped((context) => ({ attributes: { ...context, id: context.targetingKey } }));
  return (key, context) => client.evalFeature(key, users(context)).value;
}

/** Comparators of its wire format: 0 text is one of, 28 text equals, 32 text ends with any of. */
export async function configCat(flags, [{ included }]) {
  const on = { v: { b: true }, i: 'on' };
  const off = { v: { b: false }, i: 'off' };
  const user = (a, c, operand) => ({ u: { a, c, ...operand } });
  const rules = {
    a: () => ({}),
    b: () => ({ r: [{ c: [user('Email', 32, { l: ['@corp.com'] })], s: on }] }),
    c: (flag) => ({
      r: flag.rules.map((rule) => ({
        c: pairs(rule).map(([name, values]) => user(name, 0, { l: values })),
        s: on,
      })),
    }),
    d: () => ({
      p: [
        { p: SHARE, ...on },
        { p: 100 - SHARE, ...off },
      ],
    }),
    e: () => ({ r: [{ c: [{ s: { s: 0, c: 0 } }], s: on }] }),
  };
  const f = Object.fromEntries(
    flags.map((flag) => [flag.key, { t: 0, ...off, ...rules[KINDS.get(flag.key)](flag) }]),
  );
  const s = [{ n: 'members', r: [{ a: 'Identifier', c: 0, l: included }] }];
  const text = JSON.stringify({ p: { u: 'http://127.0.0.1:9', r: 0, s: 'salt' }, s, f });
  const client = configcat.getClient(
    `${'b'.repeat(22)}/${'b'.repeat(22)}`,
    configcat.PollingMode.ManualPoll,
    {
      offline: true,
      logger: configcat.createConsoleLogger(configcat.LogLevel.Off),
      cache: { get: () => `${Date.now()}\netag\n${text}`, set: () => undefined },
    },
  );
  await client.getValueAsync(flags[0].key, false);
  const snapshot = client.snapshot();
  const users = shaped(({ targetingKey, email, country, ...custom }) => {
    return new configcat.User(targetingKey, email, undefined, { ...custom, country });
  });
  const evaluate = (key, context) => snapshot.getValueDetails(key, false, users(context)).value;
  return Object.assign(evaluate, { close: () => client.dispose() });
}

/** Exposures off, as counting them is what takes it longest. */
export async function statsig(flags, [{ included }]) {
  const condition = (type, field, operator, targetValue) => ({
    type,
    field,
    operator,
    targetValue,
    additionalValues: {},
    isDeviceBased: false,
    idType: 'userID',
  });
  const rule = (id, conditions, passPercentage = 100) => ({
    name: id,
    id,
    salt: id,
    groupName: id,
    passPercentage,
    conditions,
    returnValue: true,
    idType: 'userID',
  });
  const everybody = condition('public', null, null, null);
  const rules = {
    a: () => [],
    b: () => [rule('r', [condition('user_field', 'email', 'str_ends_with_any', ['@corp.com'])])],
    c: (flag) =>
      flag.rules.map((one) =>
        rule(
          one.id,
          pairs(one).map(([name, values]) => condition('user_field', name, 'any_case_sensitive', values)),
        ),
      ),
    d: () => [rule('r', [everybody], SHARE)],
    e: () => [rule('r', [condition('unit_id', null, 'any', included)])],
  };
  const gates = flags.map(({ key, ...flag }) => ({
    name: key,
    type: 'feature_gate',
    entity: 'feature_gate',
    salt: key,
    enabled: true,
    defaultValue: false,
    idType: 'userID',
    rules: rules[KINDS.get(key)](flag),
  }));
  const values = { time: 1, has_updates: true, feature_gates: gates, dynamic_configs: [], layer_configs: [] };
  const server = new Statsig.StatsigServer('secret-bench', {
    localMode: true,
    disableDiagnostics: true,
    bootstrapValues: JSON.stringify(values),
  });
  await server.initializeAsync();
  const users = shaped(({ targetingKey, email, country, ...custom }) => {
    return { userID: targetingKey, email, country, custom };
  });
  const quiet = { disableExposureLogging: true };
  const evaluate = (key, context) => server.checkGate(users(context), key, quiet);
  return Object.assign(evaluate, { close: () => server.shutdown() });
}

/** Metrics off. */
export async function unleash(flags, [{ included }]) {
  const matching = (...constraints) => ({ name: 'default', parameters: {}, constraints });
  const constraint = (contextName, operator, values) => ({ contextName, operator, values });
  const rules = {
    a: () => [],
    b: () => [matching(constraint('email', 'STR_ENDS_WITH', ['@corp.com']))],
    c: (flag) =>
      flag.rules.map((rule) =>
        matching(...pairs(rule).map(([name, values]) => constraint(name, 'IN', values))),
      ),
    d: (flag) => [
      {
        name: 'flexibleRollout',
        parameters: { rollout: String(SHARE), stickiness: 'userId', groupId: flag.key },
        constraints: [],
      },
    ],
    e: () => [matching(constraint('userId', 'IN', included))],
  };
  const data = flags.map((flag) => {
    const kind = KINDS.get(flag.key);
    return {
      name: flag.key,
      type: 'release',
      enabled: kind !== 'a',
      strategies: rules[kind](flag),
      variants: [],
    };
  });
  const client = new Unleash({
    appName: 'bench',
    url: 'http://127.0.0.1:9/api',
    disableMetrics: true,
    refreshInterval: 0,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    bootstrap: { data },
  });
  client.on('error', () => undefined);
  client.on('warn', () => undefined);
  await once(client, 'ready');
  const users = shaped(({ targetingKey, ...properties }) => ({ userId: targetingKey, properties }));
  const evaluate = (key, context) => client.isEnabled(key, users(context), false);
  return Object.assign(evaluate, { close: () => client.destroy() });
}
