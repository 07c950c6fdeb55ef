/*
 * -------------------------------------------------------
 * THIS FILE WAS AUTOMATICALLY GENERATED (DO NOT MODIFY)
 * -------------------------------------------------------
 */

/* tslint:disable */
/* eslint-disable */
export type DocumentKind = 'flag' | 'segment' | 'route' | 'guard' | 'rollout' | 'settings';
export type FlagType = 'boolean' | 'string' | 'integer' | 'number' | 'object';
export type Lifetime = 'temporary' | 'permanent';
export type MetricSourceName = 'prometheus' | 'events' | 'otlp' | 'webhook';
export type GuardTemplate = 'envoy' | 'istio' | 'linkerd' | 'nginxGateway' | 'httpServer';
export type GuardKind = 'ratio' | 'latency' | 'mean' | 'drop' | 'burn' | 'kOfN' | 'topline';
export type GuardWorse = 'higher' | 'lower';
export type GuardAction = 'disable' | 'restore' | 'stepBack' | 'pause' | 'tell' | 'none';
export type GuardBlindAction = 'hold' | 'disable' | 'restore' | 'stepBack' | 'pause';
export type GuardTroubleCode =
  | 'NO_SOURCE'
  | 'NOT_READABLE'
  | 'UNREACHABLE'
  | 'NO_ANSWER'
  | 'ERROR_ANSWERED'
  | 'PARTIAL_ANSWER'
  | 'ANSWER_TOO_LARGE'
  | 'BAD_ANSWER'
  | 'BAD_TIMES'
  | 'BAD_COUNT'
  | 'BAD_HISTOGRAM'
  | 'BOUNDS_DIFFER'
  | 'BAD_STRATA'
  | 'SPAN_TOO_SHORT'
  | 'NO_SERIES'
  | 'NO_DATA'
  | 'CLOCK_SET_BACK'
  | 'WARMING'
  | 'UNTRUSTED'
  | 'BEGUN_ANEW';
export type FieldOperation = 'add' | 'remove' | 'replace';
export type ComparisonStatus = 'differs' | 'onlyInFrom' | 'onlyInTo';
export type NoticeKind = 'reset' | 'change' | 'away' | 'back';
export type RolloutTemplate = 'employees_first' | 'dogfood' | 'blue_green';
export type OutlookTrouble =
  | 'NO_HISTORY'
  | 'HISTORY_UNREADABLE'
  | 'NO_TRAFFIC'
  | 'NOT_FORETOLD'
  | 'NO_SHARE'
  | 'NO_CONTROL'
  | 'NEVER_FOUND'
  | 'STEP_TOO_SHORT';
export type ScheduleStatus = 'pending' | 'applied' | 'failed' | 'missed' | 'cancelled';
export type SearchKind = 'flag' | 'segment' | 'route' | 'rollout' | 'guard';
export type SearchMatch = 'exact' | 'prefix' | 'key' | 'text';
export type TokenKind = 'admin' | 'server' | 'client' | 'metrics';
export type Role = 'viewer' | 'editor' | 'admin';
export type StaleReason = 'EXPIRED' | 'UNSEEN' | 'ONE_VARIANT';

export interface DocumentChangeInput {
  kind: DocumentKind;
  key: string;
  value?: Nullable<JSON>;
  expectedRevision?: Nullable<number>;
}

export interface ApplyChangesInput {
  environment: string;
  changes: DocumentChangeInput[];
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface IdentityPairInput {
  attribute: string;
  claim: string[];
}

export interface IdentityInput {
  issuer: string;
  jwksUri?: Nullable<string>;
  jwks?: Nullable<JSON>;
  audience?: Nullable<string>;
  algorithms?: Nullable<string[]>;
  pairs?: Nullable<IdentityPairInput[]>;
  targetingKey?: Nullable<string[]>;
  cookie?: Nullable<string>;
}

export interface VisitorsInput {
  secretRef: string;
  previousSecretRef?: Nullable<string>;
  domain?: Nullable<string>;
}

export interface WebhookInput {
  url: string;
  secretRef: string;
  events: string[];
}

export interface CreateEnvironmentInput {
  key: string;
  description?: Nullable<string>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface SetIdentityInput {
  environment: string;
  identity?: Nullable<IdentityInput>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface SetVisitorsInput {
  environment: string;
  visitors?: Nullable<VisitorsInput>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface SetWebhooksInput {
  environment: string;
  webhooks: WebhookInput[];
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface VersionTemplateInput {
  routes?: Nullable<string[]>;
  steps: RolloutStepInput[];
  guards?: Nullable<string[]>;
  holdback?: Nullable<number>;
  start?: Nullable<string>;
  newer?: Nullable<string>;
  scaleDownAfter?: Nullable<number>;
}

export interface SetVersionTemplatesInput {
  environment: string;
  templates: VersionTemplateInput[];
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface ConfirmStoreEmptyInput {
  environment?: Nullable<string>;
  reason: string;
}

export interface EdgeGatewayInput {
  name: string;
  namespace: string;
  selector: JSON;
  provider: string;
  checkTokens?: Nullable<boolean>;
}

export interface InstallEdgeInput {
  environment: string;
  gateway: EdgeGatewayInput;
  providerIsConfigured?: Nullable<boolean>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface UninstallEdgeInput {
  environment: string;
  name: string;
  namespace: string;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface FlagFilter {
  text?: Nullable<string>;
  tag?: Nullable<string>;
  owner?: Nullable<string>;
  type?: Nullable<FlagType>;
  enabled?: Nullable<boolean>;
  lifetime?: Nullable<Lifetime>;
  stale?: Nullable<boolean>;
  archived?: Nullable<boolean>;
}

export interface FlagArmInput {
  variant: string;
  weight: number;
}

export interface FlagSplitInput {
  bucketBy?: Nullable<string[]>;
  salt?: Nullable<string>;
  arms: FlagArmInput[];
  otherwise?: Nullable<JSON>;
}

export interface FlagServeInput {
  variant?: Nullable<string>;
  split?: Nullable<FlagSplitInput>;
}

export interface FlagRuleInput {
  id: string;
  description?: Nullable<string>;
  condition: Condition;
  serve: FlagServeInput;
}

export interface FlagTargetInput {
  variant: string;
  keys: string[];
}

export interface PrerequisiteInput {
  flag: string;
  variants: string[];
}

export interface CreateFlagInput {
  environment: string;
  key: string;
  type?: Nullable<FlagType>;
  variants?: Nullable<JSON>;
  defaultVariant?: Nullable<string>;
  offVariant?: Nullable<string>;
  enabled?: Nullable<boolean>;
  description?: Nullable<string>;
  owner?: Nullable<string>;
  tags?: Nullable<string[]>;
  lifetime?: Nullable<Lifetime>;
  expiresAt?: Nullable<string>;
  prerequisites?: Nullable<PrerequisiteInput[]>;
  targets?: Nullable<FlagTargetInput[]>;
  rules?: Nullable<FlagRuleInput[]>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface UpdateFlagInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  owner?: Nullable<string>;
  tags?: Nullable<string[]>;
  lifetime?: Nullable<Lifetime>;
  expiresAt?: Nullable<string>;
  variants?: Nullable<JSON>;
  defaultVariant?: Nullable<string>;
  offVariant?: Nullable<string>;
  targets?: Nullable<FlagTargetInput[]>;
  prerequisites?: Nullable<PrerequisiteInput[]>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface FlagIntentInput {
  environment: string;
  key: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface FlagRuleIntentInput {
  environment: string;
  key: string;
  rule: FlagRuleInput;
  at?: Nullable<number>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface MoveFlagRuleInput {
  environment: string;
  key: string;
  rule: string;
  to: number;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface FlagRuleIdInput {
  environment: string;
  key: string;
  rule: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface SetFlagSplitInput {
  environment: string;
  key: string;
  rule: string;
  arms: FlagArmInput[];
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface GuardDraftInput {
  kind?: Nullable<GuardKind>;
  source: MetricSourceName;
  server?: Nullable<string>;
  query?: Nullable<GuardQueryInput>;
  template?: Nullable<GuardTemplate>;
  margin?: Nullable<number>;
  threshold?: Nullable<number>;
  latency?: Nullable<GuardLatencyInput>;
  mean?: Nullable<GuardMeanInput>;
  burn?: Nullable<GuardBurnInput>;
  kOfN?: Nullable<GuardKOfNInput>;
  topline?: Nullable<GuardToplineInput>;
  strata?: Nullable<GuardStrataInput>;
  alpha?: Nullable<number>;
  phi?: Nullable<number>;
  minEvents?: Nullable<number>;
  target?: Nullable<GuardTargetInput>;
  route?: Nullable<string>;
}

export interface GuardArmInput {
  label: string;
  new: string;
  control: string;
}

export interface GuardQueryInput {
  bad?: Nullable<string>;
  total?: Nullable<string>;
  sum?: Nullable<string>;
  buckets?: Nullable<string>;
  arm: GuardArmInput;
}

export interface GuardLatencyInput {
  bounds?: Nullable<number[]>;
}

export interface GuardMeanInput {
  worse?: Nullable<GuardWorse>;
  effect?: Nullable<number>;
}

export interface GuardBurnPairInput {
  long: number;
  short: number;
  rate: number;
}

export interface GuardBurnInput {
  slo: number;
  pairs?: Nullable<GuardBurnPairInput[]>;
}

export interface GuardToplineInput {
  slo: number;
  rate?: Nullable<number>;
  within?: Nullable<number>;
}

export interface GuardStrataInput {
  label: string;
  most?: Nullable<number>;
}

export interface GuardKOfNInput {
  k: number;
  of: number;
  minTotal?: Nullable<number>;
}

export interface GuardEventsInput {
  flag: string;
  bad: string;
  total?: Nullable<string>;
  within?: Nullable<number>;
}

export interface GuardWebhookInput {
  url: string;
  secretRef: string;
}

export interface GuardTargetInput {
  flag?: Nullable<string>;
  route?: Nullable<string>;
  new: string;
  control: string;
}

export interface CreateGuardInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  kind?: Nullable<GuardKind>;
  source: MetricSourceName;
  server?: Nullable<string>;
  query?: Nullable<GuardQueryInput>;
  template?: Nullable<GuardTemplate>;
  events?: Nullable<GuardEventsInput>;
  webhook?: Nullable<GuardWebhookInput>;
  margin?: Nullable<number>;
  threshold?: Nullable<number>;
  latency?: Nullable<GuardLatencyInput>;
  mean?: Nullable<GuardMeanInput>;
  burn?: Nullable<GuardBurnInput>;
  kOfN?: Nullable<GuardKOfNInput>;
  topline?: Nullable<GuardToplineInput>;
  strata?: Nullable<GuardStrataInput>;
  alpha?: Nullable<number>;
  weight?: Nullable<number>;
  phi?: Nullable<number>;
  phiFromHistory?: Nullable<boolean>;
  minEvents?: Nullable<number>;
  action?: Nullable<GuardAction>;
  patience?: Nullable<number>;
  whenBlind?: Nullable<GuardBlindAction>;
  asks?: Nullable<string>;
  target?: Nullable<GuardTargetInput>;
  route?: Nullable<string>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface UpdateGuardInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  server?: Nullable<string>;
  query?: Nullable<GuardQueryInput>;
  template?: Nullable<GuardTemplate>;
  events?: Nullable<GuardEventsInput>;
  webhook?: Nullable<GuardWebhookInput>;
  margin?: Nullable<number>;
  threshold?: Nullable<number>;
  latency?: Nullable<GuardLatencyInput>;
  mean?: Nullable<GuardMeanInput>;
  burn?: Nullable<GuardBurnInput>;
  kOfN?: Nullable<GuardKOfNInput>;
  topline?: Nullable<GuardToplineInput>;
  strata?: Nullable<GuardStrataInput>;
  alpha?: Nullable<number>;
  weight?: Nullable<number>;
  phi?: Nullable<number>;
  phiFromHistory?: Nullable<boolean>;
  minEvents?: Nullable<number>;
  action?: Nullable<GuardAction>;
  patience?: Nullable<number>;
  whenBlind?: Nullable<GuardBlindAction>;
  asks?: Nullable<string>;
  target?: Nullable<GuardTargetInput>;
  route?: Nullable<string>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface DeleteGuardInput {
  environment: string;
  key: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface ResetGuardInput {
  environment: string;
  key: string;
  subject: string;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface GuardFilter {
  text?: Nullable<string>;
  source?: Nullable<MetricSourceName>;
}

export interface ComparisonFilter {
  kinds?: Nullable<DocumentKind[]>;
  key?: Nullable<string>;
  text?: Nullable<string>;
  tag?: Nullable<string>;
  settings?: Nullable<boolean>;
  placement?: Nullable<boolean>;
}

export interface RevertInput {
  environment: string;
  revision: number;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface PromotedDocumentInput {
  kind: DocumentKind;
  key: string;
  expectedRevision?: Nullable<number>;
}

export interface PromoteChangesInput {
  from: string;
  to: string;
  documents?: Nullable<PromotedDocumentInput[]>;
  since?: Nullable<number>;
  expectedRevision?: Nullable<number>;
  withNeeded?: Nullable<boolean>;
  switches?: Nullable<boolean>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface RolloutFilter {
  text?: Nullable<string>;
  state?: Nullable<string>;
  flag?: Nullable<string>;
  route?: Nullable<string>;
}

export interface RolloutArmsInput {
  key: string;
  new: string;
  control: string;
}

export interface RolloutPreviewInput {
  header?: Nullable<string>;
  value?: Nullable<string>;
  hosts?: Nullable<string[]>;
}

export interface RolloutStepInput {
  audience?: Nullable<string>;
  preview?: Nullable<RolloutPreviewInput>;
  mirror?: Nullable<number>;
  weight?: Nullable<number>;
  hold?: Nullable<number>;
  earlyAfter?: Nullable<number>;
}

export interface CreateRolloutInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  flag?: Nullable<RolloutArmsInput>;
  routes?: Nullable<RolloutArmsInput[]>;
  route?: Nullable<RolloutArmsInput>;
  steps?: Nullable<RolloutStepInput[]>;
  template?: Nullable<RolloutTemplate>;
  audience?: Nullable<string>;
  preview?: Nullable<RolloutPreviewInput>;
  guards?: Nullable<string[]>;
  salt?: Nullable<string>;
  bucketBy?: Nullable<string[]>;
  holdback?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface UpdateRolloutInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  flag?: Nullable<RolloutArmsInput>;
  routes?: Nullable<RolloutArmsInput[]>;
  route?: Nullable<RolloutArmsInput>;
  steps?: Nullable<RolloutStepInput[]>;
  guards?: Nullable<string[]>;
  salt?: Nullable<string>;
  bucketBy?: Nullable<string[]>;
  holdback?: Nullable<number>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface DeleteRolloutInput {
  environment: string;
  key: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface RolloutActInput {
  environment: string;
  key: string;
  expectedPosition?: Nullable<string>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface OverrideGuardInput {
  environment: string;
  key: string;
  guard: string;
  expectedPosition?: Nullable<string>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface UsualTrafficInput {
  perSecond: number;
  badShare: number;
}

export interface RouteFilter {
  text?: Nullable<string>;
  service?: Nullable<string>;
}

export interface RouteGatewayInput {
  name: string;
  hosts: string[];
}

export interface RouteArmInput {
  version: string;
  weight: number;
}

export interface RouteSplitInput {
  arms: RouteArmInput[];
  otherwise?: Nullable<JSON>;
}

export interface RouteServeInput {
  version?: Nullable<string>;
  split?: Nullable<RouteSplitInput>;
}

export interface RouteRuleInput {
  id: string;
  description?: Nullable<string>;
  condition: Condition;
  serve: RouteServeInput;
  http?: Nullable<JSON>;
}

export interface RouteMirrorInput {
  version: string;
  percent: number;
}

export interface CreateRouteInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  service: string;
  port?: Nullable<number>;
  gateways?: Nullable<RouteGatewayInput[]>;
  mesh?: Nullable<boolean>;
  versions: JSON;
  salt?: Nullable<string>;
  bucketBy?: Nullable<string[]>;
  affinity?: Nullable<string>;
  rules?: Nullable<RouteRuleInput[]>;
  default: string;
  mirror?: Nullable<RouteMirrorInput>;
  http?: Nullable<JSON>;
  ownership?: Nullable<string>;
  audiences?: Nullable<string[]>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface UpdateRouteInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  service?: Nullable<string>;
  port?: Nullable<number>;
  gateways?: Nullable<RouteGatewayInput[]>;
  mesh?: Nullable<boolean>;
  versions?: Nullable<JSON>;
  salt?: Nullable<string>;
  bucketBy?: Nullable<string[]>;
  affinity?: Nullable<string>;
  default?: Nullable<string>;
  mirror?: Nullable<RouteMirrorInput>;
  http?: Nullable<JSON>;
  ownership?: Nullable<string>;
  audiences?: Nullable<string[]>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface RouteIntentInput {
  environment: string;
  key: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface CloseRouteInput {
  environment: string;
  key: string;
  version: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface RouteRuleIntentInput {
  environment: string;
  key: string;
  rule: RouteRuleInput;
  at?: Nullable<number>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface MoveRouteRuleInput {
  environment: string;
  key: string;
  rule: string;
  to: number;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface RouteRuleIdInput {
  environment: string;
  key: string;
  rule: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface SetRouteSplitInput {
  environment: string;
  key: string;
  rule: string;
  arms: RouteArmInput[];
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface ScheduledEditInput {
  kind: DocumentKind;
  key: string;
  value?: Nullable<JSON>;
  set?: Nullable<JSON>;
  expectedRevision?: Nullable<number>;
}

export interface ScheduleChangeInput {
  environment: string;
  key: string;
  changes: ScheduledEditInput[];
  applyAt: string;
  within?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface RescheduleChangeInput {
  environment: string;
  key: string;
  changes?: Nullable<ScheduledEditInput[]>;
  applyAt?: Nullable<string>;
  within?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface CancelScheduledChangeInput {
  environment: string;
  key: string;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface SearchReference {
  kind: SearchKind;
  key: string;
}

export interface SearchFilter {
  kinds?: Nullable<SearchKind[]>;
  tag?: Nullable<string>;
  owner?: Nullable<string>;
  type?: Nullable<FlagType>;
  lifetime?: Nullable<Lifetime>;
  expired?: Nullable<boolean>;
  stale?: Nullable<boolean>;
  staleDays?: Nullable<number>;
  archived?: Nullable<boolean>;
  refersTo?: Nullable<SearchReference>;
}

export interface SegmentFilter {
  text?: Nullable<string>;
}

export interface CreateSegmentInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  rules?: Nullable<Condition[]>;
  included?: Nullable<string[]>;
  excluded?: Nullable<string[]>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface UpdateSegmentInput {
  environment: string;
  key: string;
  description?: Nullable<string>;
  rules?: Nullable<Condition[]>;
  included?: Nullable<string[]>;
  excluded?: Nullable<string[]>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface SegmentKeysInput {
  environment: string;
  key: string;
  include?: Nullable<string[]>;
  exclude?: Nullable<string[]>;
  forget?: Nullable<string[]>;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface DeleteSegmentInput {
  environment: string;
  key: string;
  expectedRevision?: Nullable<number>;
  reason: string;
  dryRun?: Nullable<boolean>;
  idempotencyKey?: Nullable<string>;
}

export interface CreateTokenInput {
  key: string;
  description?: Nullable<string>;
  kind: TokenKind;
  role?: Nullable<Role>;
  environments?: Nullable<string[]>;
  reason: string;
  dryRun?: Nullable<boolean>;
}

export interface RevokeTokenInput {
  key: string;
  reason: string;
  dryRun?: Nullable<boolean>;
}

export interface UserError {
  field: string;
  message: string;
  code: string;
}

export interface Warning {
  field: string;
  message: string;
  code: string;
}

export interface PageInfo {
  hasNextPage: boolean;
  endCursor?: Nullable<string>;
}

export interface ApplyChangesPayload {
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface IQuery {
  revision: number;
  discovery?: Nullable<Discovery>;
  environments: Environment[];
  environment?: Nullable<Environment>;
  gatewayEdge: GatewayEdge;
  flag?: Nullable<Flag>;
  flags: FlagConnection;
  guardEvidence: GuardEvidence;
  backTest: BackTest;
  guardSuggestion: GuardSuggestion;
  guardReport: GuardReport;
  guard?: Nullable<Guard>;
  guards: GuardConnection;
  verdicts: KeptVerdict[];
  replayVerdict: ReplayedVerdict;
  history: HistoryPage;
  explain: JSON;
  diff: Diff;
  compareEnvironments: EnvironmentComparison;
  rolloutOutlook: RolloutOutlook;
  rollout?: Nullable<Rollout>;
  rollouts: RolloutConnection;
  bucketShare?: Nullable<BucketShare>;
  route?: Nullable<Route>;
  routes: RouteConnection;
  scheduledChanges: ScheduledChangeConnection;
  search: SearchConnection;
  segment?: Nullable<Segment>;
  segments: SegmentConnection;
  tokens: Token[];
  usage: Usage;
}

export interface IMutation {
  applyChanges: ApplyChangesPayload;
  createEnvironment: EnvironmentPayload;
  setIdentity: EnvironmentPayload;
  setVisitors: EnvironmentPayload;
  setWebhooks: EnvironmentPayload;
  setVersionTemplates: EnvironmentPayload;
  confirmStoreEmpty: ConfirmStoreEmptyPayload;
  installEdge: InstallEdgePayload;
  uninstallEdge: UninstallEdgePayload;
  createFlag: FlagPayload;
  updateFlag: FlagPayload;
  enableFlag: FlagPayload;
  disableFlag: FlagPayload;
  deleteFlag: FlagPayload;
  archiveFlag: FlagPayload;
  restoreFlag: FlagPayload;
  addFlagRule: FlagPayload;
  replaceFlagRule: FlagPayload;
  moveFlagRule: FlagPayload;
  removeFlagRule: FlagPayload;
  setFlagSplit: FlagPayload;
  createGuard: GuardPayload;
  updateGuard: GuardPayload;
  deleteGuard: GuardPayload;
  resetGuard: GuardPayload;
  revert: RevertPayload;
  promoteChanges: PromoteChangesPayload;
  createRollout: RolloutPayload;
  updateRollout: RolloutPayload;
  deleteRollout: RolloutPayload;
  startRollout: RolloutPayload;
  promoteRollout: RolloutPayload;
  pauseRollout: RolloutPayload;
  resumeRollout: RolloutPayload;
  abortRollout: RolloutPayload;
  overrideGuard: RolloutPayload;
  createRoute: RoutePayload;
  updateRoute: RoutePayload;
  closeRoute: RoutePayload;
  openRoute: RoutePayload;
  deleteRoute: RoutePayload;
  addRouteRule: RoutePayload;
  replaceRouteRule: RoutePayload;
  moveRouteRule: RoutePayload;
  removeRouteRule: RoutePayload;
  setRouteSplit: RoutePayload;
  scheduleChange: ScheduledChangePayload;
  rescheduleChange: ScheduledChangePayload;
  cancelScheduledChange: ScheduledChangePayload;
  createSegment: SegmentPayload;
  updateSegment: SegmentPayload;
  changeSegmentKeys: SegmentPayload;
  deleteSegment: SegmentPayload;
  createToken: TokenPayload;
  revokeToken: TokenPayload;
}

export interface DiscoveredAutoscaler {
  name: string;
  min: number;
  max: number;
}

export interface DiscoveredVersion {
  version?: Nullable<string>;
  label?: Nullable<string>;
  deployment: string;
  images: string[];
  desired: number;
  ready: number;
  endpoints?: Nullable<number>;
  autoscaler?: Nullable<DiscoveredAutoscaler>;
  since: number;
  state?: Nullable<string>;
  rollout?: Nullable<string>;
  because: string;
}

export interface Retirement {
  version: string;
  at: number;
  rollout: string;
}

export interface Discovery {
  known: boolean;
  unknown: string;
  versions: DiscoveredVersion[];
  missing: string[];
  retiring: Retirement[];
  waiting: string;
}

export interface IdentityPair {
  attribute: string;
  claim: string[];
}

export interface Identity {
  issuer: string;
  jwksUri?: Nullable<string>;
  jwks?: Nullable<JSON>;
  audience?: Nullable<string>;
  algorithms: string[];
  pairs: IdentityPair[];
  targetingKey?: Nullable<string[]>;
  cookie?: Nullable<string>;
}

export interface Webhook {
  url: string;
  secretRef: string;
  events: string[];
}

export interface Visitors {
  secretRef: string;
  previousSecretRef?: Nullable<string>;
  domain?: Nullable<string>;
}

export interface VersionTemplate {
  routes: string[];
  steps: RolloutStep[];
  guards: string[];
  holdback: number;
  start: string;
  newer: string;
  scaleDownAfter?: Nullable<number>;
}

export interface Environment {
  key: string;
  description: string;
  revision: number;
  settingsRevision: number;
  identity?: Nullable<Identity>;
  visitors?: Nullable<Visitors>;
  webhooks: Webhook[];
  versionTemplates: VersionTemplate[];
}

export interface ConfirmStoreEmptyPayload {
  userErrors: UserError[];
}

export interface EnvironmentPayload {
  environment?: Nullable<Environment>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface EdgeObject {
  name: string;
  state: string;
}

export interface GatewayEdge {
  yaml: string;
  extensionProviders: string;
  objects: EdgeObject[];
}

export interface InstallEdgePayload {
  edge?: Nullable<GatewayEdge>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface UninstallEdgePayload {
  removed: string[];
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface FlagArm {
  variant: string;
  weight: number;
}

export interface FlagSplit {
  bucketBy: string[];
  salt: string;
  arms: FlagArm[];
  otherwise?: Nullable<JSON>;
}

export interface FlagServe {
  variant?: Nullable<string>;
  split?: Nullable<FlagSplit>;
}

export interface FlagRule {
  id: string;
  description?: Nullable<string>;
  condition: Condition;
  serve: FlagServe;
}

export interface FlagTarget {
  variant: string;
  keys: string[];
}

export interface Prerequisite {
  flag: string;
  variants: string[];
}

export interface Flag {
  key: string;
  revision: number;
  type: FlagType;
  description: string;
  owner: string;
  tags: string[];
  lifetime: Lifetime;
  expiresAt?: Nullable<string>;
  variants: JSON;
  enabled: boolean;
  defaultVariant?: Nullable<string>;
  offVariant?: Nullable<string>;
  prerequisites: Prerequisite[];
  targets: FlagTarget[];
  rules: FlagRule[];
  archived: boolean;
}

export interface FlagEdge {
  cursor: string;
  node: Flag;
}

export interface FlagConnection {
  edges: FlagEdge[];
  pageInfo: PageInfo;
  totalCount: number;
}

export interface FlagPayload {
  flag?: Nullable<Flag>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface GuardRange {
  name: string;
  low?: Nullable<number>;
  high?: Nullable<number>;
}

export interface ReportedGuard {
  guard: string;
  subject: string;
  state: string;
  logE: number;
}

export interface GuardReport {
  alpha: number;
  guards: number;
  reported: ReportedGuard[];
}

export interface CurvePoint {
  at: number;
  logE?: Nullable<number>;
  tripLine?: Nullable<number>;
  newBad: number;
  newTotal: number;
  controlBad: number;
  controlTotal: number;
}

export interface GuardArmEvidence {
  bad: number;
  total: number;
  rate?: Nullable<number>;
}

export interface GuardEvidence {
  guard: string;
  subject: string;
  state: string;
  run: number;
  logE?: Nullable<number>;
  tripLine?: Nullable<number>;
  trippedAt?: Nullable<number>;
  new: GuardArmEvidence;
  control: GuardArmEvidence;
  ranges: GuardRange[];
  curve: CurvePoint[];
}

export interface GuardScale {
  seconds: number;
  windows: number;
  phi: number;
}

export interface GuardPodShare {
  pod: string;
  bad: number;
  total: number;
}

export interface GuardSuggestion {
  phi: number;
  margin?: Nullable<number>;
  bounds?: Nullable<number[]>;
  reason?: Nullable<string>;
  compared: string;
  from: number;
  to: number;
  windows: number;
  bad: number;
  total: number;
  windowSeconds: number;
  scales: GuardScale[];
  pods: GuardPodShare[];
}

export interface PastTrip {
  at: number;
  logE?: Nullable<number>;
  words: string;
}

export interface BackTest {
  trips: PastTrip[];
  windows: number;
  tripLine?: Nullable<number>;
  curve: CurvePoint[];
  reason?: Nullable<string>;
  phi: number;
  phiReason?: Nullable<string>;
}

export interface GuardPayload {
  guard?: Nullable<Guard>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface GuardStrata {
  label: string;
  most: number;
}

export interface GuardArm {
  label: string;
  new: string;
  control: string;
}

export interface GuardQuery {
  bad?: Nullable<string>;
  total?: Nullable<string>;
  sum?: Nullable<string>;
  buckets?: Nullable<string>;
  arm: GuardArm;
}

export interface GuardLatency {
  bounds?: Nullable<number[]>;
}

export interface GuardMean {
  worse: GuardWorse;
  effect: number;
}

export interface GuardBurnPair {
  long: number;
  short: number;
  rate: number;
}

export interface GuardBurn {
  slo: number;
  pairs: GuardBurnPair[];
}

export interface GuardTopline {
  slo: number;
  rate: number;
  within: number;
}

export interface GuardKOfN {
  k: number;
  of: number;
  minTotal: number;
}

export interface GuardEvents {
  flag: string;
  bad: string;
  total: string;
  within?: Nullable<number>;
}

export interface GuardWebhook {
  url: string;
  secretRef: string;
}

export interface GuardTarget {
  flag?: Nullable<string>;
  route?: Nullable<string>;
  new: string;
  control: string;
}

export interface GuardRecord {
  subject: string;
  state: string;
  run: number;
  logE?: Nullable<number>;
  watermark: number;
  windows: number;
  newBad: number;
  newTotal: number;
  controlBad: number;
  controlTotal: number;
  trouble: string;
  troubleCode?: Nullable<GuardTroubleCode>;
  warnings: Warning[];
  unseenSince?: Nullable<number>;
  trippedAt?: Nullable<number>;
  afterTrip?: Nullable<GuardAfterTrip>;
  noHarm?: Nullable<number>;
  noHarmInStep?: Nullable<number>;
  ranges: GuardRange[];
  evidence?: Nullable<JSON>;
  phi: number;
  phiReason?: Nullable<string>;
}

export interface GuardAfterTrip {
  windows: number;
  newBad: number;
  newTotal: number;
  controlBad: number;
  controlTotal: number;
  logE?: Nullable<number>;
  until: number;
}

export interface Guard {
  key: string;
  revision: number;
  description: string;
  kind: GuardKind;
  source: MetricSourceName;
  server?: Nullable<string>;
  query?: Nullable<GuardQuery>;
  template?: Nullable<GuardTemplate>;
  events?: Nullable<GuardEvents>;
  webhook?: Nullable<GuardWebhook>;
  margin?: Nullable<number>;
  threshold?: Nullable<number>;
  latency?: Nullable<GuardLatency>;
  mean?: Nullable<GuardMean>;
  burn?: Nullable<GuardBurn>;
  kOfN?: Nullable<GuardKOfN>;
  topline?: Nullable<GuardTopline>;
  strata?: Nullable<GuardStrata>;
  alpha: number;
  weight: number;
  phi: number;
  phiFromHistory: boolean;
  minEvents: number;
  action?: Nullable<GuardAction>;
  patience: number;
  whenBlind: GuardBlindAction;
  asks?: Nullable<string>;
  target?: Nullable<GuardTarget>;
  route?: Nullable<string>;
  records: GuardRecord[];
}

export interface GuardEdge {
  cursor: string;
  node: Guard;
}

export interface GuardConnection {
  edges: GuardEdge[];
  pageInfo: PageInfo;
  totalCount: number;
}

export interface KeptVerdict {
  id: string;
  at: number;
  decided: string;
  judge: number;
  guard: string;
  subject: string;
  state: string;
  logE?: Nullable<number>;
}

export interface ReplayedVerdict {
  id: string;
  at: number;
  decided: string;
  judge: number;
  guard: string;
  subject: string;
  state: string;
  logE?: Nullable<number>;
  inputs: JSON;
  result: JSON;
  code?: Nullable<string>;
  again?: Nullable<JSON>;
  same?: Nullable<boolean>;
  differs: string[];
}

export interface DocumentChange {
  kind: DocumentKind;
  key: string;
  before?: Nullable<JSON>;
  after?: Nullable<JSON>;
  keys?: Nullable<SegmentKeyChange>;
}

export interface SegmentKeyChange {
  included: KeyListChange;
  excluded: KeyListChange;
}

export interface KeyListChange {
  added: string[];
  removed: string[];
}

export interface ChangeEvent {
  kind: string;
  subject: string;
  evidence: JSON;
}

export interface Change {
  revision: number;
  at: number;
  actor: string;
  reason: string;
  documents: DocumentChange[];
  event?: Nullable<ChangeEvent>;
}

export interface HistoryPage {
  changes: Change[];
  more: boolean;
}

export interface FieldChange {
  op: FieldOperation;
  path: string;
  before?: Nullable<JSON>;
  after?: Nullable<JSON>;
}

export interface DocumentDiff {
  kind: DocumentKind;
  key: string;
  before?: Nullable<JSON>;
  after?: Nullable<JSON>;
  keys?: Nullable<SegmentKeyChange>;
  fields: FieldChange[];
  revisions: number[];
  actors: string[];
}

export interface Diff {
  from: number;
  to: number;
  documents: DocumentDiff[];
}

export interface DocumentComparison {
  kind: DocumentKind;
  key: string;
  status: ComparisonStatus;
  fromRevision?: Nullable<number>;
  toRevision?: Nullable<number>;
  fields: FieldChange[];
}

export interface EnvironmentComparison {
  from: string;
  to: string;
  fromRevision: number;
  toRevision: number;
  documents: DocumentComparison[];
  same: number;
}

export interface DocumentEdit {
  kind: DocumentKind;
  key: string;
  before?: Nullable<JSON>;
  after?: Nullable<JSON>;
  keys?: Nullable<SegmentKeyChange>;
  fields: FieldChange[];
}

export interface RevertPayload {
  revision?: Nullable<number>;
  documents: DocumentEdit[];
  userErrors: UserError[];
  warnings: Warning[];
}

export interface PromoteChangesPayload {
  revision?: Nullable<number>;
  documents: DocumentEdit[];
  userErrors: UserError[];
  warnings: Warning[];
}

export interface ChangeNotice {
  kind: NoticeKind;
  cursor: string;
  change?: Nullable<Change>;
}

export interface RolloutProgress {
  rollout: string;
  position?: Nullable<RolloutPosition>;
  steps: number;
  hold?: Nullable<number>;
}

export interface RouteProgress {
  route: string;
  status?: Nullable<RouteStatus>;
}

export interface GuardEvent {
  guard: string;
  subject: string;
  state?: Nullable<string>;
  previous?: Nullable<string>;
  trouble: string;
  troubleCode?: Nullable<GuardTroubleCode>;
  trippedAt?: Nullable<number>;
  evidence?: Nullable<JSON>;
}

export interface ISubscription {
  changes: ChangeNotice;
  rolloutProgress: RolloutProgress;
  routeStatus: RouteProgress;
  guardEvents: GuardEvent;
}

export interface RolloutArms {
  key: string;
  new: string;
  control: string;
}

export interface RolloutPreview {
  header?: Nullable<string>;
  value?: Nullable<string>;
  hosts?: Nullable<string[]>;
}

export interface RolloutStep {
  audience?: Nullable<string>;
  preview?: Nullable<RolloutPreview>;
  mirror?: Nullable<number>;
  weight?: Nullable<number>;
  hold?: Nullable<number>;
  earlyAfter?: Nullable<number>;
}

export interface RolloutPosition {
  token: string;
  run: number;
  step: number;
  state: string;
  held: number;
  stepStartedAt: number;
  startedAt: number;
  waiting: string;
}

export interface AssignmentEpoch {
  weight: number;
  new: number;
  control: number;
}

export interface RolloutAssignment {
  run: number;
  epochs: AssignmentEpoch[];
  logE: number;
  untrustedAt?: Nullable<number>;
  words: string;
}

export interface Rollout {
  key: string;
  revision: number;
  description: string;
  flag?: Nullable<RolloutArms>;
  routes: RolloutArms[];
  route?: Nullable<RolloutArms>;
  steps: RolloutStep[];
  guards: string[];
  salt: string;
  bucketBy: string[];
  holdback: number;
  position: RolloutPosition;
  assignment?: Nullable<RolloutAssignment>;
}

export interface RolloutEdge {
  cursor: string;
  node: Rollout;
}

export interface RolloutConnection {
  edges: RolloutEdge[];
  pageInfo: PageInfo;
  totalCount: number;
}

export interface RolloutPayload {
  rollout?: Nullable<Rollout>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface Foretold {
  ratio: number;
  seconds?: Nullable<number>;
}

export interface UsualTail {
  bound?: Nullable<number>;
  share: number;
}

export interface UsualTraffic {
  perSecond: number;
  badShare?: Nullable<number>;
  tails: UsualTail[];
  mean?: Nullable<number>;
  scatter?: Nullable<number>;
  windowSeconds: number;
}

export interface UsualHour {
  at: number;
  perSecond: number;
  badShare?: Nullable<number>;
}

export interface GuardOutlook {
  guard: string;
  falseTripsPer100?: Nullable<number>;
  phi: number;
  warnings: Warning[];
  usual?: Nullable<UsualTraffic>;
  hours: UsualHour[];
}

export interface StepOutlook {
  step: number;
  reach: string;
  hold?: Nullable<number>;
  guard: string;
  share: number;
  newPerWindow?: Nullable<number>;
  badPerWindow?: Nullable<number>;
  detection: Foretold[];
  code?: Nullable<OutlookTrouble>;
  trouble?: Nullable<string>;
}

export interface RolloutOutlook {
  falseTripsPer100: number;
  guards: GuardOutlook[];
  steps: StepOutlook[];
}

export interface RouteArm {
  version: string;
  weight: number;
}

export interface RouteSplit {
  arms: RouteArm[];
  otherwise?: Nullable<JSON>;
}

export interface RouteServe {
  version?: Nullable<string>;
  split?: Nullable<RouteSplit>;
}

export interface RouteRule {
  id: string;
  description?: Nullable<string>;
  condition: Condition;
  serve: RouteServe;
  http?: Nullable<JSON>;
}

export interface RouteGateway {
  name: string;
  hosts: string[];
}

export interface RouteProblem {
  code: string;
  message: string;
}

export interface ProxyCount {
  confirmed: number;
  of: number;
}

export interface RouteConfirmation {
  by: string;
  gateways: ProxyCount;
  sidecars: ProxyCount;
  at?: Nullable<number>;
}

export interface RootConflict {
  root: string;
  rule: string;
  entry: string;
  message: string;
}

export interface RouteRoot {
  names: string[];
  missing: string[];
  taken?: Nullable<string[]>;
  conflicts?: Nullable<RootConflict[]>;
  standIn: boolean;
}

export interface RoutePolicy {
  copiedFrom?: Nullable<string>;
  trafficPolicy?: Nullable<JSON>;
  beside: string[];
  exportTo?: Nullable<string[]>;
  notes: string[];
}

export interface RouteStatus {
  phase: string;
  desired: string;
  applied?: Nullable<string>;
  observed: boolean;
  ready: JSON;
  spared?: Nullable<string[]>;
  confirmed?: Nullable<RouteConfirmation>;
  root?: Nullable<RouteRoot>;
  policy?: Nullable<RoutePolicy>;
  checkedAt: number;
  error?: Nullable<RouteProblem>;
}

export interface RouteMirror {
  version: string;
  percent: number;
}

export interface Route {
  key: string;
  revision: number;
  description: string;
  service: string;
  port: number;
  gateways: RouteGateway[];
  mesh: boolean;
  versions: JSON;
  salt: string;
  bucketBy: string[];
  affinity?: Nullable<string>;
  rules: RouteRule[];
  default: string;
  closed?: Nullable<string>;
  mirror?: Nullable<RouteMirror>;
  http?: Nullable<JSON>;
  ownership?: Nullable<string>;
  audiences?: Nullable<string[]>;
  status?: Nullable<RouteStatus>;
}

export interface RouteEdge {
  cursor: string;
  node: Route;
}

export interface RouteConnection {
  edges: RouteEdge[];
  pageInfo: PageInfo;
  totalCount: number;
}

export interface RoutePayload {
  route?: Nullable<Route>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface BucketShare {
  share?: Nullable<number>;
  requests: number;
  reason?: Nullable<string>;
}

export interface ScheduledEdit {
  kind: DocumentKind;
  key: string;
  value?: Nullable<JSON>;
  set?: Nullable<JSON>;
  expectedRevision?: Nullable<number>;
}

export interface ScheduledChange {
  key: string;
  changes: ScheduledEdit[];
  applyAt: string;
  within: number;
  reason: string;
  actor: string;
  scheduledAt: string;
  status: ScheduleStatus;
  endedAt?: Nullable<string>;
  revision?: Nullable<number>;
  errors: UserError[];
  warnings: Warning[];
}

export interface ScheduledChangeEdge {
  cursor: string;
  node: ScheduledChange;
}

export interface ScheduledChangeConnection {
  edges: ScheduledChangeEdge[];
  pageInfo: PageInfo;
  totalCount: number;
}

export interface ScheduledChangePayload {
  scheduledChange?: Nullable<ScheduledChange>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface SearchHit {
  kind: SearchKind;
  key: string;
  revision: number;
  match: SearchMatch;
  description: string;
  owner: string;
  tags: string[];
  stale?: Nullable<Staleness>;
}

export interface SearchEdge {
  cursor: string;
  node: SearchHit;
}

export interface SearchConnection {
  edges: SearchEdge[];
  pageInfo: PageInfo;
  totalCount: number;
}

export interface Segment {
  key: string;
  revision: number;
  description: string;
  rules: Condition[];
  included: string[];
  includedCount: number;
  excluded: string[];
  excludedCount: number;
}

export interface SegmentEdge {
  cursor: string;
  node: Segment;
}

export interface SegmentConnection {
  edges: SegmentEdge[];
  pageInfo: PageInfo;
  totalCount: number;
}

export interface SegmentPayload {
  segment?: Nullable<Segment>;
  revision?: Nullable<number>;
  userErrors: UserError[];
  warnings: Warning[];
}

export interface Token {
  key: string;
  description: string;
  kind: TokenKind;
  role?: Nullable<Role>;
  environments?: Nullable<string[]>;
  createdAt: string;
}

export interface TokenPayload {
  token?: Nullable<Token>;
  secret?: Nullable<string>;
  userErrors: UserError[];
}

export interface Staleness {
  reason: StaleReason;
  variant?: Nullable<string>;
}

export interface VariantUsage {
  variant: string;
  evaluations: number;
  lastSeen?: Nullable<number>;
}

export interface VariantCount {
  variant: string;
  evaluations: number;
}

export interface UsageHour {
  at: number;
  variants: VariantCount[];
}

export interface Usage {
  flag: string;
  lastSeen?: Nullable<number>;
  variants: VariantUsage[];
  hours: UsageHour[];
  stale?: Nullable<Staleness>;
}

export type JSON = unknown;
export type Condition = unknown;
type Nullable<T> = T | null;
