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
});
