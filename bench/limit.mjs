/**
 * The limit: the least that a program can do which still looks flags up by key, evaluates rules read from documents,
 * returns details and counts what it served. Closures over interned strings, one frozen object per outcome, one counter
 * array, an index over the attribute that the rules of a flag share. It trusts its input: contexts are plain JSON objects,
 * attributes are scalars, nothing is inherited, every document is sound. That is what it saves over an engine.
 */
export function compileLimit(flags, segments) {
  const members = new Map(segments.map(({ key, included }) => [key, new Set(included)]));
  const outcomes = [];
  const outcome = (value, variant, reason, rule) => {
    const made = Object.freeze({ value, variant, reason, rule, slot: outcomes.length });
    outcomes.push(made);
    return made;
  };
  const decide = flags.map((flag) => compileFlag(flag, outcome, members));
  const byKey = new Map(flags.map(({ key }, index) => [key, decide[index]]));
  const counts = new Uint32Array(outcomes.length);
  return {
    evaluate(key, context) {
      const resolution = byKey.get(key)(context);
      counts[resolution.slot] += 1;
      return resolution;
    },
    evaluateAll(context, into) {
      for (let index = 0; index < decide.length; index++) {
        const resolution = decide[index](context);
        counts[resolution.slot] += 1;
        into[index] = resolution;
      }
      return into;
    },
  };
}

function compileFlag({ variants, defaultVariant, rules }, outcome, members) {
  const fallback = outcome(
    variants[defaultVariant],
    defaultVariant,
    rules.length === 0 ? 'STATIC' : 'DEFAULT',
    null,
  );
  if (rules.length === 0) return () => fallback;
  const serve = ({ id, serve }) => {
    if (serve.split !== undefined)
      return split(serve.split, (name, why) => outcome(variants[name], name, why, id));
    const served = outcome(variants[serve.variant], serve.variant, 'TARGETING_MATCH', id);
    return () => served;
  };
  const [{ condition }] = rules;
  if (rules.length === 1) {
    if (rules[0].serve.split !== undefined) return serve(rules[0]);
    const test = compileTest(condition, members);
    const served = outcome(
      variants[rules[0].serve.variant],
      rules[0].serve.variant,
      'TARGETING_MATCH',
      rules[0].id,
    );
    return (context) => (test(context) ? served : fallback);
  }
  return indexed(rules, serve, fallback, members);
}

/** Rules whose second condition names values of one attribute: value → the rules that can match. */
function indexed(rules, serve, fallback, members) {
  const name = intern(rules[0].condition.all[1].attribute[0]);
  const candidates = new Map();
  for (const rule of rules) {
    const [first, { value }] = rule.condition.all;
    const candidate = { test: compileTest(first, members), serve: serve(rule) };
    for (const one of [value].flat()) {
      if (!candidates.has(one)) candidates.set(intern(one), []);
      candidates.get(one).push(candidate);
    }
  }
  return (context) => {
    const possible = candidates.get(context[name]);
    if (possible === undefined) return fallback;
    for (let index = 0; index < possible.length; index++) {
      const { test, serve } = possible[index];
      if (test(context)) return serve(context);
    }
    return fallback;
  };
}

function compileTest({ attribute, operator, value }, members) {
  if (operator === 'inSegment') {
    const set = members.get(value);
    return (context) => set.has(context.targetingKey);
  }
  const name = intern(attribute[0]);
  if (operator === 'endsWith') return (context) => context[name].endsWith(value);
  const [a, b = a, c = a, d = a] = value.map(intern);
  return (context) => {
    const given = context[name];
    return given === a || given === b || given === c || given === d;
  };
}

function split({ bucketBy, salt, arms: [{ variant, weight }, other] }, outcome) {
  const name = intern(bucketBy[0]);
  const first = outcome(variant, 'SPLIT');
  const second = outcome(other.variant, 'SPLIT');
  const none = outcome(other.variant, 'DEFAULT');
  const prefix = new TextEncoder().encode(`${salt}:`);
  const limit = Math.ceil((weight * 2 ** 32) / 100_000) | 0;
  const hash = hasher(prefix);
  return (context) => {
    const key = context[name];
    if (key === undefined) return none;
    return hash(key) >>> 0 < limit >>> 0 ? first : second;
  };
}

/** murmur3_32 of the prefix followed by the UTF-8 bytes of a key, as a signed integer. */
function hasher(prefix) {
  let start = 0;
  const whole = prefix.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    start = mix(start, prefix[i] | (prefix[i + 1] << 8) | (prefix[i + 2] << 16) | (prefix[i + 3] << 24));
  }
  let left = 0;
  for (let i = whole; i < prefix.length; i++) left |= prefix[i] << ((i - whole) * 8);
  const shift = (prefix.length - whole) * 8;
  return (key) => {
    const { length } = key;
    let hash = start;
    let block = left;
    let bits = shift;
    let seen = 0;
    for (let i = 0; i < length; i++) {
      const code = key.charCodeAt(i);
      seen |= code;
      block |= code << bits;
      bits += 8;
      if (bits === 32) {
        hash = mix(hash, block);
        block = 0;
        bits = 0;
      }
    }
    if (seen > 127) return unicode(start, left, shift, key, prefix.length);
    return finish(hash, block, prefix.length + length);
  };
}

function unicode(hash, block, bits, key, before) {
  const bytes = new TextEncoder().encode(key);
  for (const byte of bytes) {
    block |= byte << bits;
    bits += 8;
    if (bits === 32) {
      hash = mix(hash, block);
      block = 0;
      bits = 0;
    }
  }
  return finish(hash, block, before + bytes.length);
}

function scramble(block) {
  const scaled = Math.imul(block, 0xcc9e2d51);
  return Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
}

function mix(hash, block) {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash, tail, bytes) {
  let result = hash ^ scramble(tail) ^ bytes;
  result = Math.imul(result ^ (result >>> 16), 0x85ebca6b);
  result = Math.imul(result ^ (result >>> 13), 0xc2b2ae35);
  return result ^ (result >>> 16);
}

function intern(text) {
  return Object.keys({ [text]: 0 })[0];
}
