export { createCarrier } from './carrier.js';
export type { Carrier } from './carrier.js';
export type { Carried } from './carried.js';
export type { Decision } from './decision.js';
export type { CarrierOptions } from './options.js';
export type { OutgoingHeaders } from './outgoing.js';
