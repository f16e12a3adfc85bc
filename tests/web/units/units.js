// Tests of the page's modules that have logic of their own. They run in the browser that the page
// is tested in.

import {formatAddress, parseAddress, parseCollections} from '/js/address.js';
import {asText} from '/js/answer.js';
import {h, headingPath} from '/js/dom.js';
import {fileName} from '/js/passages.js';
import {SseParser, readEvents} from '/js/sse.js';
import {Utf8Text, cut, excerpt} from '/js/utf8.js';
import {equal, randomInts, runAll, test} from './check.js';

function parse(pieces) {
  const events = [];
  const parser = new SseParser(({type, data}) => events.push([type, data]));
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return events;
}

const sseCases = [
  ['one event', 'event: done\ndata: {"a":1}\n\n', [['done', '{"a":1}']]],
  ['no type', 'data: x\n\n', [['message', 'x']]],
  ['CR LF', 'event: a\r\ndata: x\r\n\r\ndata: y\r\n\r\n', [['a', 'x'], ['message', 'y']]],
  ['CR', 'event: a\rdata: x\r\rdata: y\r\r', [['a', 'x'], ['message', 'y']]],
  ['lines of data', 'data: x\ndata\ndata: y\n\n', [['message', 'x\n\ny']]],
  ['one space is taken off', 'data:x\n\ndata:  y\n\n', [['message', 'x'], ['message', ' y']]],
  ['heartbeats', ': beat\n\n:\ndata: x\n: beat\n\n', [['message', 'x']]],
  ['colons in data', 'data: {"a":"b: c"}\n\n', [['message', '{"a":"b: c"}']]],
  ['other fields', 'id: 7\nretry: 10\nwhat: x\ndata: y\n\n', [['message', 'y']]],
  ['a type without data', 'event: a\n\ndata: x\n\n', [['message', 'x']]],
  ['byte order mark', '\ufeffdata: x\n\n', [['message', 'x']]],
  ['cut off', 'data: x\n\nevent: a\ndata: y\n', [['message', 'x']]],
  ['line separators inside data', 'data: a\u2028b\u0085c\n\n', [['message', 'a\u2028b\u0085c']]],
  ['nothing', '', []],
];

for (const [name, text, expected] of sseCases) {
  test(`SseParser: ${name}`, () => equal(parse([text]), expected));
  test(`SseParser: ${name}, cut anywhere`, () => {
    for (let i = 0; i <= text.length; i++) {
      for (let j = i; j <= text.length; j++) {
        equal(parse([text.slice(0, i), text.slice(i, j), text.slice(j)]), expected, `${i} ${j}`);
      }
    }
  });
  test(`SseParser: ${name}, by character`, () => equal(parse([...text]), expected));
}

test('readEvents: characters cut between chunks, heartbeats heard', async () => {
  const bytes = new TextEncoder().encode(': beat\n\ndata: é漢🙂\n\n');
  for (let i = 0; i <= bytes.length; i++) {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, i));
        controller.enqueue(bytes.slice(i));
        controller.close();
      },
    });
    const events = [];
    let heard = 0;
    await readEvents(new Response(body), ({data}) => events.push(data), () => heard++);
    equal(events, ['é漢🙂'], `cut at ${i}`);
    equal(heard, 2);
  }
});

const characters = ['a', ' ', '\n', 'é', 'ß', '漢', '…', '\ufeff', '🙂', '𝔸'];

test('Utf8Text: every span of random texts', () => {
  const random = randomInts(1);
  for (let round = 0; round < 60; round++) {
    const drawn = Array.from({length: random(14)}, () => characters[random(characters.length)]);
    const text = drawn.join('');
    const utf8 = new Utf8Text(text);
    const edges = [0];
    for (const c of drawn) edges.push(edges.at(-1) + new TextEncoder().encode(c).length);
    equal(utf8.length, edges.at(-1), 'length');
    for (let i = 0; i < edges.length; i++) {
      equal(utf8.index(edges[i]), drawn.slice(0, i).join('').length, 'index');
      for (let j = i; j < edges.length; j++) {
        equal(utf8.slice(edges[i], edges[j]), drawn.slice(i, j).join(''), 'slice');
      }
    }
    for (let offset = 0; offset <= utf8.length; offset++) {
      equal(utf8.floor(offset), edges.filter((edge) => edge <= offset).at(-1), 'floor');
    }
  }
});

test('Utf8Text: offsets that are no offsets', () => {
  for (const utf8 of [new Utf8Text('héllo'), new Utf8Text('hello')]) {
    equal(utf8.slice(-5, 1), 'h');
    equal(utf8.slice(0, 1e12), utf8.text);
    equal(utf8.slice(0, Infinity), utf8.text);
    equal(utf8.slice(3, 1), '');
    equal(utf8.slice(NaN, undefined), '');
    equal(utf8.slice('0', '1'), 'h');
  }
  equal(new Utf8Text('').slice(0, 9), '');
});

test('Utf8Text: spans keep their other members', () => {
  equal(new Utf8Text('é漢x').toIndices([{start: 2, end: 6, kind: 'word'}]),
        [{start: 1, end: 3, kind: 'word'}]);
});

test('cut: pieces join to the text and know their spans', () => {
  const random = randomInts(2);
  for (let round = 0; round < 300; round++) {
    const text = 'abcdefghij'.slice(0, random(11));
    const spans = Array.from({length: random(5)}, (_, i) => {
      const start = random(14) - 2;
      return {start, end: start + random(8) - 1, kind: `k${i}`};
    });
    const pieces = cut(text, spans);
    equal(pieces.map((piece) => piece.text).join(''), text);
    let at = 0;
    for (const piece of pieces) {
      if (piece.text === '') throw new Error('an empty piece');
      for (let i = at; i < at + piece.text.length; i++) {
        equal(piece.kinds, spans.filter((s) => s.start <= i && i < s.end).map((s) => s.kind));
      }
      at += piece.text.length;
    }
  }
});

test('excerpt: short texts are shown whole, long ones around what weighs most', () => {
  equal(excerpt('short', [], 10), {start: 0, end: 5});
  const text = 'lorem ipsum '.repeat(100);
  const head = excerpt(text, [{start: 6, end: 11}], 120);
  equal(head.start, 0);
  const quote = {start: 606, end: 611, weight: 20};
  const around = excerpt(text, [{start: 0, end: 5}, quote], 120);
  equal(around.start <= quote.start && quote.end <= around.end, true, 'the quote is shown');
  equal(/\s/.test(text[around.start - 1]), true, 'starts at a word');
  equal(/\s/.test(text[around.end]), true, 'ends at a word');
});

test('excerpt: never half a character', () => {
  const text = '🙂'.repeat(300);
  for (let i = 100; i < 400; i += 2) {
    const {start, end} = excerpt(text, [{start: i, end: i + 2}], 61);
    equal(start % 2, 0, 'start');
    equal(end % 2, 0, 'end');
  }
});

const addresses = [
  {question: '', view: 'answer', mode: 'hybrid', note: 0, passage: 0},
  {question: 'what is a+b & c = #1? é漢🙂', view: 'answer', mode: 'hybrid', note: 0, passage: 0},
  {question: 'x', view: 'search', mode: 'lexical', note: 0, passage: 12},
  {question: 'x', view: 'answer', mode: 'hybrid', note: 3, passage: 0},
  {question: 'two\nlines', view: 'search', mode: 'dense', note: 0, passage: 0},
];
test('addresses round-trip', () => {
  for (const address of addresses) equal(parseAddress(formatAddress(address)), address);
  equal(formatAddress(addresses[0]), '');
});

test('addresses from strangers', () => {
  const hostile = parseAddress('#q=%20%20&view=admin&mode=__proto__&note=-1&passage=1e9');
  equal(hostile, {question: '', view: 'answer', mode: 'hybrid', note: 0, passage: 0});
  equal(parseAddress('#q=%E0%A4%A&note=0x1&passage=2').passage, 2);
  equal(parseAddress('#note=2&passage=2').passage, 0, 'a note wins over a passage');
});

test('collections', () => {
  equal(parseCollections(''), []);
  equal(parseCollections('?collection=a'), ['a']);
  equal(parseCollections('?collection=a,b&collection=c&collection=a&collection='), ['a', 'b', 'c']);
});

const shown = (path, text) => h('p', {}, headingPath(path, text)).textContent;
test('heading paths', () => {
  equal(shown('A > B > C'), 'A›B›C');
  equal(shown('', 'Title'), 'Title');
  equal(shown('A\u00a01 > A 1 > B'), 'A\u00a01›B', 'a repeated heading is shown once');
  equal(shown('<b> > B'), '<b>›B', 'markup is text');
  equal(shown('std::vector<int> v'), 'std::vector<int> v');
});

test('h: strings are text, absent values are left out', () => {
  const element = h('p', {title: '"><img>', hidden: false, id: null}, '<i>', null, ['x', ['y']]);
  equal(element.outerHTML, '<p title="&quot;&gt;&lt;img&gt;">&lt;i&gt;xy</p>');
});

test('file names', () => {
  equal(fileName('/usr/share/doc/app.html'), 'app.html');
  equal(fileName('manual/'), 'manual');
  equal(fileName('http://host/a/b.html?x=/y#z'), 'b.html');
  equal(fileName(''), '');
});

test('asText', () => {
  equal(asText({
    sentences: [{text: 'One.', footnotes: [1]}, {text: 'Two.', footnotes: [1, 2]}],
    footnotes: [
      {number: 1, quote: 'One.', heading_path: 'A > B', title: 'A', source: 'a.html', doc: '1'},
      {number: 2, quote: 'Two.', heading_path: '', title: 'C', source: '', doc: 'c'},
    ],
  }), 'One. [1] Two. [1][2]\n\n[1] “One.” (A > B, a.html)\n[2] “Two.” (C, c)\n');
});

runAll();
