/** Where a store tells what its operator should know. */
export type StoreLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: { readonly [name: string]: unknown },
) => void;

export const silent: StoreLog = () => undefined;
