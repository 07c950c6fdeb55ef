import type { FlagType, Json } from '@tidegate/sdk/engine';

/**
 * Writes a flag's value as JSON. A flag declared `number` gets its fraction always (`10.0`), one declared `integer`
 * never (`10`): OpenFeature providers of typed languages tell floats from integers by the text.
 */
export function writeValue(value: Json, type: FlagType): string {
  const text = JSON.stringify(value);
  return type === 'number' && typeof value === 'number' && /^-?\d+$/.test(text) ? `${text}.0` : text;
}
