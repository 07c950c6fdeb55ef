import type { EvaluationErrorCode, Flag, Resolution, Snapshot } from '@tidegate/sdk/engine';
import type { Answer } from './answer.js';
import { writeValue } from './number-text.js';

const STATUS: Record<EvaluationErrorCode, number> = {
  FLAG_NOT_FOUND: 404,
  PARSE_ERROR: 400,
  TARGETING_KEY_MISSING: 400,
  INVALID_CONTEXT: 400,
  TYPE_MISMATCH: 400,
  PROVIDER_NOT_READY: 503,
  GENERAL: 500,
};

type Written = Answer & { readonly body: string };

/** One flag, and its resolutions as OFREP answers: each is written once, as resolutions are shared. */
export class AnsweredFlag {
  readonly #resolutions: (Resolution | undefined)[] = [];
  readonly #answers: Written[] = [];

  constructor(readonly flag: Flag) {}

  /** The answer to a single evaluation; its body is also the flag's item in a bulk answer. */
  answer(resolution: Resolution): Written {
    const { slot } = resolution;
    return this.#resolutions[slot] === resolution
      ? (this.#answers[slot] as Written)
      : this.#write(resolution);
  }

  #write(resolution: Resolution): Written {
    const answer = write(this.flag, resolution);
    // slots are small and without gaps
    while (this.#resolutions.length <= resolution.slot) this.#resolutions.push(undefined);
    this.#resolutions[resolution.slot] = resolution;
    this.#answers[resolution.slot] = answer;
    return answer;
  }
}

/** Written answers outlive revisions as long as their flag does. */
const answered = new WeakMap<Flag, AnsweredFlag>();

/** The flags of one snapshot, and resolutions of them as OFREP answers. */
export class FlagAnswers {
  readonly flags: readonly AnsweredFlag[];
  readonly #byKey: ReadonlyMap<string, AnsweredFlag>;

  constructor({ flags }: Snapshot) {
    this.flags = flags.map(answeredOf);
    this.#byKey = new Map(this.flags.map((answered) => [answered.flag.key, answered]));
  }

  flag(key: string): Flag | undefined {
    return this.#byKey.get(key)?.flag;
  }

  /** The answer to a single evaluation of `key`, known or not. */
  answer(key: string, resolution: Resolution): Answer {
    return this.#byKey.get(key)?.answer(resolution) ?? writeFailure(key, resolution);
  }
}

function answeredOf(flag: Flag): AnsweredFlag {
  let known = answered.get(flag);
  if (known === undefined) answered.set(flag, (known = new AnsweredFlag(flag)));
  return known;
}

function write(flag: Flag, resolution: Resolution): Written {
  if (resolution.errorCode !== undefined) return writeFailure(flag.key, resolution);
  const { value, reason, variant, rule } = resolution;
  const fields = [
    `"key":${JSON.stringify(flag.key)}`,
    ...(value === undefined ? [] : [`"value":${writeValue(value, flag.type)}`]),
    `"reason":"${reason}"`,
    `"variant":${JSON.stringify(value === undefined ? '' : (variant ?? ''))}`,
    `"metadata":${JSON.stringify(rule === null ? {} : { rule })}`,
  ];
  return { status: 200, body: `{${fields.join(',')}}` };
}

function writeFailure(key: string, { errorCode = 'GENERAL', errorMessage }: Resolution): Written {
  const details = errorMessage ?? (errorCode === 'FLAG_NOT_FOUND' ? `There is no flag "${key}".` : errorCode);
  const body = JSON.stringify({ key, errorCode, errorDetails: details, metadata: {} });
  return { status: STATUS[errorCode], body };
}
