// The page's wiring: the URL says what is shown; asking, opening and closing change the URL;
// route() follows it.

import {formatAddress, parseAddress, parseCollections} from './address.js';
import {AnswerView} from './answer.js';
import {ApiError, ask, search} from './api.js';
import {clearBox, fillBox, leaveBox, listenToBox, questionInBox} from './box.js';
import {byId, h} from './dom.js';
import {listenToKeys} from './keys.js';
import {hideNotice, showEmpty, showError, showNothingFound, showOutcome} from './notice.js';
import {citePassages, showPassages} from './passages.js';
import {Reader} from './reader.js';

const searchStep = 10;
const searchMost = 100;
const collections = parseCollections(location.search);

let address = parseAddress('');
let run = null;  // {key, controller, done, passages, footnotes, k}: what was asked last
const answerView = new AnswerView((n) => openPlace({note: n, passage: 0}));
const reader = new Reader({step, close: closeReader});

const collection = () => collections.length > 0 ? byId('collection').value : '';
const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
const announce = (text) => { byId('status').textContent = text; };
const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

// ---- The URL ----

function go(next, {replace = false} = {}) {
  const url = `${location.pathname}${location.search}${formatAddress(next)}`;
  const opened = Boolean(next.note || next.passage);
  if (replace) {
    history.replaceState({opened: Boolean(history.state?.opened) && opened}, '', url);
  } else {
    history.pushState({opened}, '', url);
  }
  route();
}

function route() {
  const next = parseAddress(location.hash);
  address = next;
  const key = JSON.stringify([next.question, next.view, next.mode, collection()]);
  if (key !== run?.key) {
    showControls(next);
    start(next, key);
  }
  followReader();
}

function showControls({question, view, mode}) {
  fillBox(question);
  document.querySelector(`input[name="view"][value="${view}"]`).checked = true;
  document.querySelector(`input[name="mode"][value="${mode}"]`).checked = true;
  showView();
}

function showView() {
  const searching = chosen('view') === 'search';
  byId('modes').hidden = !searching;
  byId('submit').textContent = searching ? 'Search' : 'Ask';
}

// ---- Asking ----

function start({question, view, mode}, key) {
  run?.controller.abort();
  run = {key, controller: new AbortController(), done: false, passages: [], footnotes: [],
         k: searchStep};
  hideNotice();
  answerView.clear();
  reader.forget();
  showPassages([], [], openPassage);
  byId('more-line').hidden = true;
  announce('');
  document.body.classList.toggle('start', question === '');
  byId('results').hidden = question === '';
  document.title = question === '' ? 'Footnote' : `${question} · Footnote`;
  busy(question !== '');
  if (question !== '') {
    perform(run, view === 'search' ? runSearch(run, question, mode) : runAsk(run, question));
  }
}

// Waits for `work` and shows what became of it, unless another question has taken its place.
async function perform(mine, work) {
  try {
    await work;
  } catch (error) {
    if (mine !== run || mine.controller.signal.aborted) return;
    fail(error);
  }
  if (mine !== run) return;
  mine.done = true;
  busy(false);
  followReader();
}

async function runAsk(mine, question) {
  byId('passages-heading').textContent = 'Passages read';
  const response = await ask(question, collection(), {
    passages: (event) => {
      mine.passages = event.passages;
      announce(`Reading ${count(event.passages.length, 'passage', 'passages')}.`);
      showPassages(mine.passages, [], openPassage);
    },
    footnote: (note) => {
      mine.footnotes.push(note);
      answerView.addFootnote(note);
    },
    sentence: (sentence) => answerView.addSentence(sentence),
  }, mine.controller.signal);
  if (JSON.stringify(mine.passages) !== JSON.stringify(response.passages)) {
    mine.passages = response.passages;
    showPassages(mine.passages, [], openPassage);
  }
  mine.footnotes = response.footnotes;
  if (response.outcome === 'ANSWERED') {
    answerView.finish(response);
    announce(`Answered, with ${count(response.footnotes.length, 'footnote', 'footnotes')}.`);
  } else {
    answerView.clear();
    byId('passages-heading').textContent = 'Nearest passages';
    announce(`${showOutcome(response)} ${response.reason}`);
  }
  citePassages(mine.passages, mine.footnotes, openPassage);
}

async function runSearch(mine, query, mode) {
  byId('passages-heading').textContent = 'Passages';
  const {passages} = await search(query, collection(), mode, mine.k, mine.controller.signal);
  // Passages that are shown already stay as the reader left them, expanded or not.
  const kept = mine.passages.every((passage, i) =>
    passage.doc === passages[i]?.doc && passage.chunk === passages[i]?.chunk) ?
    mine.passages.length : 0;
  mine.passages = passages;
  showPassages(passages, [], openPassage, kept);
  byId('more-line').hidden = passages.length < mine.k || mine.k >= searchMost;
  if (passages.length === 0) showNothingFound();
  announce(`${count(passages.length, 'passage', 'passages')} found.`);
}

function fail(error) {
  const known = error instanceof ApiError ?
    error : new ApiError('PAGE', `The page made a mistake: ${error.message}`);
  if (!(error instanceof ApiError)) console.error(error);
  answerView.clear();
  run.passages = [];
  run.footnotes = [];
  showPassages([], [], openPassage);
  if (known.code === 'NOT_FOUND') {
    showEmpty(collection());
    announce('No documents yet.');
  } else {
    showError(known, again);
  }
}

// Asks once more what is asked already.
function again() {
  run = null;
  route();
  byId('question').focus();
}

// The bar appears only if there is something to wait for.
let busyTimer = 0;
function busy(on) {
  clearTimeout(busyTimer);
  byId('results').setAttribute('aria-busy', String(on));
  byId('more').disabled = on;
  if (on) {
    busyTimer = setTimeout(() => { byId('progress').hidden = false; }, 120);
  } else {
    byId('progress').hidden = true;
  }
}

function submit() {
  const question = questionInBox();
  if (question === '') {
    byId('question').focus();
    return;
  }
  leaveBox();
  const next = {question, view: chosen('view'), mode: chosen('mode'), note: 0, passage: 0};
  if (formatAddress(next) === formatAddress(address)) {
    again();
  } else {
    go(next);
  }
}

// ---- The document panel ----

const openPassage = (n) => openPlace({note: 0, passage: n});

function openPlace(place) {
  const open = Boolean(address.note || address.passage);
  go({...address, ...place}, {replace: open});
}

function closeReader() {
  if (history.state?.opened) {
    history.back();
  } else {
    go({...address, note: 0, passage: 0}, {replace: true});
  }
}

function step(direction) {
  const place = placeOf(address);
  const index = place ? place.index + direction : 0;
  if (index < 1 || index > place?.count) return;
  openPlace(address.note ? {note: run.footnotes[index - 1].number, passage: 0} :
                           {note: 0, passage: index});
}

// What the reader should show for an address, or null: nothing, or not known yet.
function placeOf({note, passage}) {
  if (note) {
    const at = run.footnotes.findIndex((footnote) => footnote.number === note);
    if (at < 0) return null;
    const footnote = run.footnotes[at];
    return {...footnote, spans: [{...footnote, kind: 'quote'}], label: 'Footnote', index: at + 1,
            count: run.footnotes.length};
  }
  const found = passage ? run.passages[passage - 1] : null;
  return found ? {...found, spans: [{...found, kind: 'found'}], label: 'Passage', index: passage,
                  count: run.passages.length} : null;
}

let shown = '';
function followReader() {
  const place = placeOf(address);
  const open = address.note ? [`note-${address.note}`, `mark-${address.note}`] :
                              [`passage-${address.passage}`];
  for (const element of document.querySelectorAll('[data-open]')) {
    element.setAttribute('aria-current', String(open.includes(element.dataset.open)));
  }
  if (!place) {
    shown = '';
    reader.hide();
    return;
  }
  const key = JSON.stringify([run.key, place.label, place.index, place.doc, place.start]);
  if (key !== shown) {
    shown = key;
    reader.show(place, collection());
  }
}

function listen() {
  listenToBox(submit);
  listenToKeys({
    openNote: (n) => openPlace({note: n, passage: 0}),
    hasNote: (n) => run.footnotes.some((note) => note.number === n),
    step: (direction) => { if (reader.isOpen) step(direction); },
    escape: () => {
      if (!reader.isOpen) return clearBox();
      closeReader();
      return true;
    },
  });
  for (const radio of document.querySelectorAll('input[name="view"], input[name="mode"]')) {
    radio.addEventListener('change', () => {
      showView();
      if (address.question !== '') submit();
    });
  }
  byId('collection').addEventListener('change', () => route());
  byId('scores').addEventListener('click', () => {
    const on = byId('passages').classList.toggle('with-scores');
    byId('scores').setAttribute('aria-pressed', String(on));
    byId('scores').textContent = on ? 'Hide scores' : 'Show scores';
  });
  byId('more').addEventListener('click', () => {
    run.k += searchStep;
    busy(true);
    perform(run, runSearch(run, address.question, address.mode));
  });
  byId('home').addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go({...parseAddress(''), view: address.view, mode: address.mode});
    byId('question').focus();
  });
  byId('keys').addEventListener('click', () => byId('help').showModal());
  window.addEventListener('popstate', route);
  window.addEventListener('online', () => { if (byId('retry')) again(); });
}

function offerCollections() {
  byId('collection').append(...collections.map((name) => h('option', {value: name}, name)));
  byId('collection-label').hidden = collections.length < 2;
}

offerCollections();
listen();
route();
