/** Answers for one value of an attribute; false for undefined, never throws. */
export type Predicate = (value: unknown) => boolean;

/** What an operator becomes when its operand is unusable. */
export const never: Predicate = () => false;
