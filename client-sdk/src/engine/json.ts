/** Any JSON value. Flag variants, attributes and condition operands are made of these and of nothing else. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
