import { z } from 'zod';

const NUMBER = String.raw`(?:0|[1-9]\d*)`;
const IDENTIFIER = String.raw`(?:${NUMBER}|\d*[a-zA-Z-][\da-zA-Z-]*)`;
const VERSION = new RegExp(
  String.raw`^v?${NUMBER}\.${NUMBER}\.${NUMBER}(?:-${IDENTIFIER}(?:\.${IDENTIFIER})*)?(?:\+[\da-zA-Z-]+(?:\.[\da-zA-Z-]+)*)?$`,
);

/** A version by SemVer 2.0.0; a leading `v` is allowed. */
export const semverOperand = z
  .string('must be a version such as 1.2.3')
  .max(256)
  .regex(VERSION, 'must be a version such as 1.2.3 or 1.2.3-rc.1 (SemVer 2.0.0)');

export const NO_VERSIONS = 'because it compares text only, never versions';
