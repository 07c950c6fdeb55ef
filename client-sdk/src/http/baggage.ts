import { NOTHING, type WireForm } from './wire-form.js';

/** Longest `baggage` header that W3C lets everybody pass on, in bytes. */
const LONGEST_BAGGAGE = 8_192;
const NAMES: { readonly [part in keyof WireForm]: string } = {
  buckets: 'tg-b',
  segments: 'tg-s',
  key: 'tg-k',
};
const PARTS = Object.entries(NAMES) as readonly [keyof WireForm, string][];

interface Member {
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

/** The members of a header, those of others as they came. None of a header that is too long. */
function membersOf(header: string): readonly Member[] {
  if (Buffer.byteLength(header) > LONGEST_BAGGAGE) return [];
  return header.split(',').flatMap((part): Member[] => {
    const text = part.trim();
    const [pair = ''] = text.split(';', 1);
    const at = pair.indexOf('=');
    if (at < 1) return [];
    return [{ name: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim(), text }];
  });
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}

/** What a W3C `baggage` header says of a decision. */
export function readBaggage(header: string): WireForm {
  const members = membersOf(header);
  const found = PARTS.map(([part, name]) => {
    const member = members.find((one) => one.name === name);
    return [part, decoded(member?.value ?? '')];
  });
  return { ...NOTHING, ...Object.fromEntries(found) } as WireForm;
}

/**
 * A `baggage` header of `header`, without what it says of a decision, and with what `form` says. Where both don't fit into
 * 8 KiB, ours is left out, and of a header that is too long already, all. Null where nothing is left.
 */
export function writeBaggage(header: string, form: WireForm): string | null {
  const ours = new Set(Object.values(NAMES));
  const others = membersOf(header)
    .filter(({ name }) => !ours.has(name))
    .map(({ text }) => text);
  const own = PARTS.filter(([part]) => form[part] !== '').map(
    ([part, name]) => `${name}=${encodeURIComponent(form[part])}`,
  );
  const whole = [...others, ...own].join(',');
  const text = Buffer.byteLength(whole) > LONGEST_BAGGAGE ? others.join(',') : whole;
  return text === '' ? null : text;
}
