// The document panel: a document's blocks with a stretch of bytes marked, scrolled into sight.
// Beside the results on a wide window; over them, with the page inert, on a narrow one.

import {getDocument} from './api.js';
import {byId, h} from './dom.js';
import {Utf8Text, cut} from './utf8.js';

// A document with more blocks is shown from around the mark and grows on demand.
const blocksAtOnce = 1500;
const narrow = window.matchMedia('(max-width: 999px)');

// The readers write an ordered list's numbers into the text.
const numbered = /^(\d+|[a-zA-Z])\. /;

const levelOf = (block) => Math.min(Math.max(block.level, 1), 6);

const isWebLink = (source) => /^https?:[/][/]/i.test(source);

// Spans as {start, end, kind} of the block's own text, in string indices.
function marksWithin(text, block, spans) {
  const bytes = new Utf8Text(text);
  return bytes.toIndices(spans
    .map(({start, end, kind}) => ({start: Math.max(start, block.start) - block.start,
                                   end: Math.min(end, block.end) - block.start, kind}))
    .filter(({start, end}) => start < end));
}

const inline = (text, marks) => cut(text, marks).map(({text: piece, kinds}) =>
  kinds.length > 0 ? h('mark', {class: kinds.join(' ')}, piece) : piece);

// The marks that fall into text[start, end), moved to it.
const moved = (marks, start) =>
  marks.map((mark) => ({...mark, start: mark.start - start, end: mark.end - start}));

// Rows are lines and cells are parted by " | ", as the readers write them.
function table(text, marks) {
  const rows = [];
  let at = 0;
  for (const line of text.split('\n')) {
    const cells = [];
    let cellAt = at;
    for (const cell of line.split(' | ')) {
      cells.push(h('td', {}, inline(cell, moved(marks, cellAt))));
      cellAt += cell.length + 3;
    }
    rows.push(h('tr', {}, cells));
    at += line.length + 1;
  }
  return h('div', {class: 'table-scroll', tabindex: '0', role: 'group', 'aria-label': 'Table'},
           h('table', {}, h('tbody', {}, rows)));
}

// One block as an element. A kind of block is one row here.
const blockElement = {
  HEADING: (text, marks, block) =>
    h(`h${Math.min(Math.max(block.level, 1) + 2, 6)}`, {class: `level-${block.level}`},
      inline(text, marks)),
  PARAGRAPH: (text, marks) => h('p', {}, inline(text, marks)),
  LIST_ITEM: (text, marks, block) =>
    h('div', {class: numbered.test(text) ? 'item numbered' : 'item', role: 'listitem',
              'data-level': levelOf(block)},
      inline(text, marks)),
  TABLE: table,
  CODE: (text, marks) => h('pre', {tabindex: '0'}, h('code', {}, inline(text, marks))),
  CAPTION: (text, marks) => h('p', {class: 'caption'}, inline(text, marks)),
};

function renderBlock(document, block, spans) {
  const text = document.utf8.slice(block.start, block.end);
  const make = blockElement[block.kind] ?? blockElement.PARAGRAPH;
  return make(text, marksWithin(text, block, spans), block);
}

// Blocks [from, to) as nodes; list items that follow each other share a list. A caption before a
// list item is a term, and the item its definition.
function renderBlocks(document, from, to, spans) {
  const nodes = [];
  let list = null;
  for (let i = from; i < to; i++) {
    const [previous, block, next] = [-1, 0, 1].map((d) => document.blocks[i + d]);
    const element = renderBlock(document, block, spans);
    if (block.kind === 'CAPTION' && next?.kind === 'LIST_ITEM') {
      element.className = 'term';
      element.dataset.level = levelOf(next);
    }
    if (block.kind === 'LIST_ITEM' && previous?.kind === 'CAPTION') {
      element.classList.add('definition');
    }
    if (block.kind !== 'LIST_ITEM') {
      list = null;
      nodes.push(element);
    } else if (list) {
      list.append(element);
    } else {
      list = h('div', {class: 'list', role: 'list'}, element);
      nodes.push(list);
    }
  }
  return nodes;
}

export class Reader {
  // `step(d)`: the reader wants the next (1) or previous (-1) place. `close()`: it wants to close.
  constructor({step, close}) {
    this.panel = byId('reader');
    this.body = byId('reader-body');
    this.cache = new Map();  // of documents, by collection and id
    this.controller = null;
    this.opener = null;
    byId('reader-close').addEventListener('click', close);
    byId('reader-previous').addEventListener('click', () => step(-1));
    byId('reader-next').addEventListener('click', () => step(1));
    narrow.addEventListener('change', () => this.#cover());
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  // place: {doc, title, source, spans: [{start, end, kind}] in bytes, label, index, count}.
  async show(place, collection) {
    this.controller?.abort();
    const controller = this.controller = new AbortController();
    if (!this.isOpen) this.opener = document.activeElement?.dataset?.open ?? null;
    this.panel.hidden = false;
    document.body.classList.add('reading');
    this.#cover();
    this.#head(place);
    const key = JSON.stringify([collection, place.doc]);
    if (!this.cache.has(key)) {
      this.body.replaceChildren(h('p', {class: 'reader-wait'}, 'Opening the document…'));
    }
    this.body.focus({preventScroll: true});
    try {
      const response = this.cache.get(key) ?? await getDocument(place.doc, collection,
                                                                controller.signal);
      if (controller.signal.aborted) return;
      this.cache.clear();  // one is enough for stepping through its footnotes
      this.cache.set(key, response);
      this.#render(response, place);
    } catch (error) {
      if (controller.signal.aborted) return;
      this.body.replaceChildren(
        h('p', {class: 'reader-error', role: 'alert'},
          'The document can’t be shown. ', error.message),
        error.traceId ? h('p', {class: 'trace'}, 'Trace ', h('code', {}, error.traceId)) : '',
        h('button', {type: 'button', class: 'quiet', onclick: () => this.show(place, collection)},
          'Try again'));
    }
  }

  hide() {
    if (!this.isOpen) return;
    this.controller?.abort();
    this.panel.hidden = true;
    this.body.replaceChildren();
    document.body.classList.remove('reading');
    this.#cover();
    const opener = this.opener && document.querySelector(`[data-open="${this.opener}"]`);
    (opener ?? byId('question')).focus();
  }

  forget() {
    this.cache.clear();
  }

  #cover() {
    byId('page').inert = this.isOpen && narrow.matches;
    this.panel.setAttribute('aria-modal', String(narrow.matches));
  }

  #head({title, doc, source, label, index, count}) {
    byId('reader-place').textContent = count > 1 ? `${label} ${index} of ${count}` :
                                                   `${label} ${index}`;
    byId('reader-title').textContent = title || doc;
    byId('reader-source').replaceChildren(
      isWebLink(source) ?
        h('a', {href: source, target: '_blank', rel: 'noreferrer noopener'}, source) :
        source || doc);
    byId('reader-previous').disabled = index <= 1;
    byId('reader-next').disabled = index >= count;
  }

  #render(response, {spans}) {
    const document = {
      utf8: new Utf8Text(response.text),
      blocks: response.blocks.length > 0 ?
        response.blocks :
        [{kind: 'PARAGRAPH', level: 0, start: 0, end: Infinity}],
    };
    const first = spans.length === 0 ? 0 : Math.max(0, document.blocks.findIndex(
      (block) => block.end > spans[0].start));
    const from = document.blocks.length <= blocksAtOnce ? 0 : Math.max(0, first - 100);
    const to = Math.min(document.blocks.length, from + blocksAtOnce);
    const article = h('article', {lang: ''}, renderBlocks(document, from, to, spans));
    this.body.replaceChildren(
      ...this.#growing(article, document, from, to, spans));
    const mark = article.querySelector('mark');
    if (mark) {
      mark.id = 'quote';
      // A passage may be longer than the window: its start must be in sight.
      mark.scrollIntoView({block: spans[0].kind === 'quote' ? 'center' : 'start'});
    } else {
      this.body.scrollTop = 0;
    }
  }

  // The article, with a button before or after it for as long as there is more text there.
  #growing(article, document, from, to, spans) {
    const more = (label, isLeft, grow) => {
      const button = h('button', {type: 'button', class: 'quiet grow', onclick: () => {
        grow();
        if (!isLeft()) button.remove();
      }}, label);
      return isLeft() ? [button] : [];
    };
    return [
      ...more('Show earlier text', () => from > 0, () => {
        const earlier = Math.max(0, from - blocksAtOnce);
        const anchor = article.firstElementChild;
        const before = anchor.getBoundingClientRect().top;
        article.prepend(...renderBlocks(document, earlier, from, spans));
        from = earlier;
        this.body.scrollTop += anchor.getBoundingClientRect().top - before;
      }),
      article,
      ...more('Show later text', () => to < document.blocks.length, () => {
        const later = Math.min(document.blocks.length, to + blocksAtOnce);
        article.append(...renderBlocks(document, to, later, spans));
        to = later;
      }),
    ];
  }
}
