// The list of passages: heading path, an excerpt with the query's words and the quoted stretches
// marked, and the scores by stage.

import {byId, h, headingPath} from './dom.js';
import {Utf8Text, cut, excerpt} from './utf8.js';

const excerptSize = 360;
const kindClass = {word: 'word', quote: 'quote'};

// Pieces of `text` from `from` to `to` as nodes, marked as `spans` (string indices) say.
function marked(text, spans, from, to) {
  const shifted = spans.map((span) => ({...span, start: span.start - from, end: span.end - from}));
  return cut(text.slice(from, to), shifted).map(({text: piece, kinds}) =>
    kinds.length === 0 ? piece :
      h('mark', {class: kinds.map((kind) => kindClass[kind]).join(' ')}, piece));
}

const number = (value, digits) => Number(value).toLocaleString('en', {
  minimumFractionDigits: digits, maximumFractionDigits: digits});

function scoreCell(label, title, value) {
  return h('div', {title}, h('dt', {}, label), h('dd', {}, value));
}

function scores(passage) {
  const stage = (score, digits) =>
    score && score.rank > 0 ? `${number(score.score, digits)} · no. ${score.rank}` : 'not found';
  return h('dl', {class: 'scores'},
    scoreCell('Score', 'What the list is ordered by', number(passage.score, 3)),
    scoreCell('Meaning', 'Cosine of the embeddings, and the place by it',
              stage(passage.dense, 3)),
    scoreCell('Words', 'BM25, and the place by it', stage(passage.lexical, 2)));
}

// Blank lines cost an excerpt too much room: a block's end is one line's end in it.
function closeUp(element) {
  for (const node of element.childNodes) {
    node.textContent = node.textContent.replace(/\n\s*\n/g, '\n');
  }
}

// The last part of a path or URL: what a person calls the file.
export function fileName(source) {
  const parts = source.split(/[?#]/)[0].split('/').filter((part) => part !== '');
  return parts.at(-1) ?? source;
}

// Spans in string indices: highlights, and the quotes of those footnotes that stand in it.
function spansOf(passage, notes) {
  const text = new Utf8Text(passage.text);
  const words = text.toIndices(passage.highlights ?? []).map((span) => ({...span, kind: 'word'}));
  const quotes = text.toIndices(notes.map((note) =>
    ({start: note.start - passage.start, end: note.end - passage.start})))
    .map((span) => ({...span, kind: 'quote', weight: 20}));
  return [...words, ...quotes].filter(({start, end}) => start < end);
}

function passageItem(passage, index, notes, open) {
  const spans = spansOf(passage, notes);
  const text = passage.text;
  const shown = excerpt(text, spans, excerptSize);
  const whole = shown.start === 0 && shown.end === text.length;
  const body = h('p', {class: 'passage-text', lang: ''});
  const show = (from, to) => {
    body.replaceChildren(...(from > 0 ? ['… '] : []), ...marked(text, spans, from, to),
                         ...(to < text.length ? [' …'] : []));
    if (to - from < text.length) closeUp(body);
  };
  show(shown.start, shown.end);

  let expand = null;
  if (!whole) {
    expand = h('button', {type: 'button', class: 'quiet', 'aria-expanded': 'false', onclick: () => {
      const expanded = expand.getAttribute('aria-expanded') === 'true';
      expand.setAttribute('aria-expanded', String(!expanded));
      expand.textContent = expanded ? 'Show all' : 'Show less';
      body.classList.toggle('whole', !expanded);
      if (expanded) show(shown.start, shown.end); else show(0, text.length);
    }}, 'Show all');
  }
  return h('li', {class: notes.length > 0 ? 'passage cited' : 'passage'},
    h('div', {class: 'passage-head'},
      h('button', {type: 'button', class: 'path', 'data-open': `passage-${index + 1}`,
                   onclick: () => open(index + 1)},
        headingPath(passage.heading_path, passage.title || passage.doc)),
      notes.length > 0 ? h('span', {class: 'cited-by'},
        h('span', {class: 'visually-hidden'}, 'Quoted in footnote '),
        notes.map((note) => note.number).join(', ')) : null),
    body,
    h('div', {class: 'passage-foot'},
      h('span', {class: 'file', title: passage.source}, fileName(passage.source || passage.doc)),
      expand),
    scores(passage));
}

const notesOn = (footnotes, index) => footnotes.filter((note) => note.passage === index);

// Shows `passages` (messages Passage). `open(n)` opens the n-th, from 1. The first `keep` are on the
// page already and are left as they are, for a list that grew.
export function showPassages(passages, footnotes, open, keep = 0) {
  const list = byId('passages');
  const items = passages.slice(keep).map((passage, i) =>
    passageItem(passage, i + keep, notesOn(footnotes, i + keep), open));
  if (keep === 0) {
    list.replaceChildren(...items);
  } else {
    list.append(...items);
  }
  byId('passages-section').hidden = passages.length === 0;
}

// Marks the quotes of `footnotes` in the passages on the page, which are `passages`. The others are
// left alone, so that nothing moves under the reader's eyes.
export function citePassages(passages, footnotes, open) {
  const list = byId('passages');
  for (const index of new Set(footnotes.map((note) => note.passage))) {
    if (!passages[index]) continue;
    const item = passageItem(passages[index], index, notesOn(footnotes, index), open);
    item.classList.add('still');
    list.children[index].replaceWith(item);
  }
}
