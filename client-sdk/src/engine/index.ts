export type { Json } from './json.js';
export type { AttributePath, EvaluationContext } from './context.js';
export { ATTRIBUTE_OPERATORS } from './condition.js';
export type {
  AllOf,
  AnyOf,
  AttributeOperator,
  AttributeTest,
  Condition,
  NotOf,
  SegmentTest,
} from './condition.js';
export { FLAG_WEIGHT_TOTAL, ROUTE_WEIGHT_TOTAL } from './split.js';
export type { FlagArm, FlagSplit, RouteArm, RouteSplit } from './split.js';
export { FLAG_TYPES } from './flag.js';
export type { Flag, FlagRule, FlagServe, FlagTarget, FlagType, Prerequisite } from './flag.js';
export type { Segment, SegmentChange, SegmentHead, SegmentKeyChange } from './segment.js';
export {
  keyChangeBetween,
  keyChangesTogether,
  reversedKeyChange,
  sortedKeys,
  withKeyChange,
} from './key-list.js';
export type { KeyListChange } from './key-list.js';
export type { HttpSettings } from './http-settings.js';
export type { Route, RouteGateway, RouteMirror, RouteOwnership, RouteRule, RouteServe } from './route.js';
export type { EvaluationErrorCode, Reason, Resolution, RouteResolution } from './resolution.js';
export type { Snapshot, SnapshotDelta } from './snapshot.js';
export { compile } from './engine.js';
export type { Engine } from './engine.js';
export { applyDelta } from './delta.js';
export { bucket } from './bucket.js';
export { CARRIED_SEGMENTS } from './carried-segments.js';
export { murmur3 } from './murmur3.js';
export type {
  AttributeTrace,
  ConditionTrace,
  FlagStep,
  FlagTrace,
  RouteStep,
  RouteTrace,
  RuleTrace,
  SegmentTrace,
  SplitTrace,
} from './trace.js';
export { unitHash } from './unit-hash.js';
export type { UnitHash } from './unit-hash.js';
export { VALUE_BOUNDS, valueBucket } from './value-bucket.js';
export { Usage } from './usage.js';
export type { UsageCount } from './usage.js';
