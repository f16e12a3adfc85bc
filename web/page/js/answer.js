// The answer as it arrives: sentences with their marks, the footnotes under the rule, and a
// colophon that says how it came about.

import {byId, copyText, h, headingPath} from './dom.js';

// One answer on the page. Made when a question is asked; the parts are added in the stream's order.
export class AnswerView {
  // `open(n)`: opens footnote n in its document.
  constructor(open) {
    this.open = open;
    this.clear();
  }

  clear() {
    this.sentences = [];
    this.footnotes = [];
    byId('sentences').replaceChildren();
    byId('footnotes').replaceChildren();
    byId('colophon').replaceChildren();
    byId('answer').hidden = true;
    byId('answer').classList.remove('complete');
  }

  addFootnote(note) {
    this.footnotes.push(note);
    byId('answer').hidden = false;
    byId('footnotes').append(
      h('li', {class: 'footnote', value: note.number},
        h('button', {type: 'button', class: 'note', 'data-open': `note-${note.number}`,
                     onclick: () => this.open(note.number), ...this.#pairing(note.number)},
          h('span', {class: 'number'}, String(note.number)),
          h('span', {class: 'note-body'},
            h('span', {class: 'note-quote'}, note.quote), ' ',
            h('span', {class: 'note-path'},
              headingPath(note.heading_path, note.title || note.doc))))));
  }

  addSentence(sentence) {
    const line = byId('sentences');
    byId('answer').hidden = false;
    if (this.sentences.length > 0) line.append(' ');
    this.sentences.push(sentence);
    const marks = sentence.footnotes.map((number) =>
      h('button', {type: 'button', class: 'mark', 'data-open': `mark-${number}`,
                   'aria-label': `Footnote ${number}`, onclick: () => this.open(number),
                   ...this.#pairing(number)}, String(number)));
    // A line never breaks between a sentence and its marks: they hold on to its last character.
    const [end] = /\S?$/u.exec(sentence.text);
    const start = sentence.text.slice(0, sentence.text.length - end.length);
    line.append(h('span', {class: 'sentence'}, start, h('span', {class: 'keep'}, end, marks)));
  }

  // The stream's last event is the authority: parts that it has and the stream hadn't are shown.
  finish(response) {
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    if (!same(response.sentences, this.sentences) || !same(response.footnotes, this.footnotes)) {
      this.clear();
      for (const note of response.footnotes) this.addFootnote(note);
      for (const sentence of response.sentences) this.addSentence(sentence);
    }
    byId('answer').classList.add('complete');
    byId('colophon').replaceChildren(
      h('span', {}, `Confidence ${Math.round(response.confidence * 100)}%`),
      this.#copyButton('Copy answer', () => asText(response)),
      this.#copyButton('Copy link', () => location.href),
      details(response));
  }

  // A mark and its footnote light up together.
  #pairing(number) {
    const light = (on) => () => {
      for (const kind of ['mark', 'note']) {
        for (const e of document.querySelectorAll(`[data-open="${kind}-${number}"]`)) {
          e.classList.toggle('paired', on);
        }
      }
    };
    return {onmouseenter: light(true), onmouseleave: light(false),
            onfocus: light(true), onblur: light(false)};
  }

  #copyButton(label, text) {
    const button = h('button', {type: 'button', class: 'quiet', onclick: async () => {
      button.textContent = await copyText(text()) ? 'Copied' : 'Couldn’t copy';
      setTimeout(() => { button.textContent = label; }, 1600);
    }}, label);
    return button;
  }
}

// "Sentence. [1]", then the footnotes with their places, as one would paste it into a message.
export function asText(response) {
  const sentences = response.sentences.map((sentence) =>
    `${sentence.text} ${sentence.footnotes.map((number) => `[${number}]`).join('')}`.trim());
  const notes = response.footnotes.map((note) => {
    const place = `${note.heading_path || note.title}, ${note.source || note.doc}`;
    return `[${note.number}] “${note.quote}” (${place})`;
  });
  return `${sentences.join(' ')}\n\n${notes.join('\n')}\n`;
}

// How the answer came about: for whoever has to explain or repeat it.
export function details(response) {
  const row = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value));
  const milliseconds = (value) => `${Number(value).toFixed(value < 10 ? 1 : 0)} ms`;
  return h('details', {class: 'details'},
    h('summary', {}, 'Details'),
    h('dl', {},
      response.author ? row('Written by', response.author) : null,
      row('Store as of', `write ${response.sequence}`),
      (response.times ?? []).map((time) => row(time.stage, milliseconds(time.milliseconds))),
      row('Trace', h('code', {}, response.trace_id))));
}
