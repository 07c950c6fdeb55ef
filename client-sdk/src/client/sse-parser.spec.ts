import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SseParser, type StreamMessage } from './sse-parser.js';

function parse(...pieces: string[]): { messages: StreamMessage[]; retries: number[] } {
  const messages: StreamMessage[] = [];
  const retries: number[] = [];
  const parser = new SseParser({ message: (m) => messages.push(m), retry: (d) => retries.push(d) });
  for (const piece of pieces) parser.push(piece);
  return { messages, retries };
}

describe('SseParser', () => {
  it('reads event, id and data', () => {
    expect(parse('id: e.1\nevent: delta\ndata: {"a":1}\n\n').messages).toEqual([
      { event: 'delta', id: 'e.1', data: '{"a":1}' },
    ]);
  });

  it.each([
    ['a message without a name is called message', 'data: x\n\n', [{ event: 'message', id: '', data: 'x' }]],
    ['several data lines are joined', 'data: a\ndata: b\n\n', [{ event: 'message', id: '', data: 'a\nb' }]],
    [
      'one space after the colon goes, the next stays',
      'data:  x\n\n',
      [{ event: 'message', id: '', data: ' x' }],
    ],
    [
      'a line without a colon is a field without a value',
      'data\n\n',
      [{ event: 'message', id: '', data: '' }],
    ],
    [
      'comments and unknown fields are skipped',
      ': hi\nfoo: bar\ndata: x\n\n',
      [{ event: 'message', id: '', data: 'x' }],
    ],
    ['an event without data is none', 'event: x\n\n', []],
    ['an id holding NUL is ignored', 'id: a\0b\ndata: x\n\n', [{ event: 'message', id: '', data: 'x' }]],
    ['half a message is dropped', 'data: x\n', []],
    [
      'a byte order mark at the start is skipped',
      '\uFEFFdata: x\n\n',
      [{ event: 'message', id: '', data: 'x' }],
    ],
  ])('%s', (_, text, expected) => {
    expect(parse(text).messages).toEqual(expected);
  });

  it('keeps the id for messages that bring none, and forgets the event', () => {
    expect(parse('id: 1\nevent: a\ndata: x\n\ndata: y\n\n').messages[1]).toEqual({
      event: 'message',
      id: '1',
      data: 'y',
    });
  });

  it('hands on a retry of digits only', () => {
    expect(parse('retry: 1000\nretry: 1s\nretry: -1\n\n').retries).toEqual([1000]);
  });

  it('gives the same messages however the text is cut and whichever line ends it has', () => {
    const lines = fc.array(
      fc.constantFrom('data: a', 'data:b', 'event: delta', 'id: e.7', ': c', '', '', 'data', 'data: ö€😀'),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.nat(40)), (given, end, cuts) => {
        const text = given.map((line) => line + end).join('');
        const pieces: string[] = [];
        let from = 0;
        for (const cut of cuts) {
          pieces.push(text.slice(from, from + cut));
          from += cut;
        }
        pieces.push(text.slice(from));
        expect(parse(...pieces)).toEqual(parse(given.map((line) => `${line}\n`).join('')));
      }),
    );
  });

  it('gives the same messages of any text at all, cut between any two bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'data:',
        'event:',
        'id:',
        'retry:',
        ':',
        ' ',
        '\n',
        '\r',
        '\r\n',
        '\n\n',
        '\0',
        '\uFEFF',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('ö', '€', '😀', 'data: {"a":1}\n\n'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(9)), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''));
        const whole = parse(new TextDecoder().decode(bytes));
        const decoder = new TextDecoder();
        const texts: string[] = [];
        let from = 0;
        for (const cut of cuts) {
          texts.push(decoder.decode(bytes.subarray(from, from + cut), { stream: true }));
          from += cut;
        }
        texts.push(decoder.decode(bytes.subarray(from), { stream: true }));
        expect(parse(...texts)).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is between messages when nothing of a next one has come', () => {
    const parser = new SseParser({ message: () => undefined });
    const steps: [string, boolean][] = [
      ['', true],
      ['retry: 10\n\n', true],
      [': keep-alive\n\n', true],
      [': keep', false],
      ['-alive\n\n', true],
      ['event: delta\n', false],
      ['data: x\n', false],
      ['\n', true],
      ['data', false],
    ];
    for (const [text, expected] of steps) {
      parser.push(text);
      expect(parser.isBetweenMessages).toBe(expected);
    }
  });

  describe('with a limit of ten characters', () => {
    const limited = (): SseParser => new SseParser({ message: () => undefined }, 10);

    it.each([
      ['a line without end', ['data: x', 'xxxx']],
      ['many lines of data', ['data: abc\n', 'data: abc\n', 'data: abc\n']],
      ['lines without anything in them', Array.from({ length: 11 }, () => 'data\n')],
      ['one long line at once', ['data: xxxxxxxxxxx\n']],
    ])('throws at %s', (_, pieces) => {
      const parser = limited();
      expect(() => pieces.forEach((piece) => parser.push(piece))).toThrow(RangeError);
    });

    it('takes any number of messages, keep-alives and halves of them within it', () => {
      const parser = limited();
      for (let i = 0; i < 100; i += 1) {
        for (const piece of ['data: a', 'b\n', ': ', 'hello\n', '\n']) parser.push(piece);
      }
    });
  });
});
