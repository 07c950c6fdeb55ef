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

/** Written answers outlive revisions as long as their flag does: resolutions are shared, one per rule and variant. */
const written = new WeakMap<Flag, WeakMap<Resolution, Answer>>();

/** The flags of one snapshot, and resolutions of them as OFREP answers, each written once. */
export class FlagAnswers {
  readonly flags: readonly Flag[];
  readonly #byKey: ReadonlyMap<string, Flag>;

  constructor({ flags }: Snapshot) {
    this.flags = flags;
    this.#byKey = new Map(flags.map((flag) => [flag.key, flag]));
  }

  flag(key: string): Flag | undefined {
    return this.#byKey.get(key);
  }

  /** The answer to a single evaluation of `key`, known or not; its body is also the flag's item in a bulk answer. */
  answer(key: string, resolution: Resolution): Answer {
    const flag = this.#byKey.get(key);
    return flag === undefined ? writeFailure(key, resolution) : answerOf(flag, resolution);
  }
}

/** As `FlagAnswers.answer`, for a flag at hand. */
export function answerOf(flag: Flag, resolution: Resolution): Answer {
  let answers = written.get(flag);
  if (answers === undefined) written.set(flag, (answers = new WeakMap()));
  let answer = answers.get(resolution);
  if (answer === undefined) answers.set(resolution, (answer = write(flag, resolution)));
  return answer;
}

function write(flag: Flag, resolution: Resolution): Answer {
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

function writeFailure(key: string, { errorCode = 'GENERAL', errorMessage }: Resolution): Answer {
  const details = errorMessage ?? (errorCode === 'FLAG_NOT_FOUND' ? `There is no flag "${key}".` : errorCode);
  const body = JSON.stringify({ key, errorCode, errorDetails: details, metadata: {} });
  return { status: STATUS[errorCode], body };
}
