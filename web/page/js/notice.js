// What the page says when there is no answer to show: each state in its own words, with what can be
// done about it.

import {byId, h} from './dom.js';
import {details} from './answer.js';

export function hideNotice() {
  byId('notice').hidden = true;
  byId('notice').replaceChildren();
}

function show(kind, title, ...content) {
  const notice = byId('notice');
  notice.className = `notice ${kind}`;
  notice.replaceChildren(h('h2', {}, title), ...content.flat().filter((node) => node));
  notice.hidden = false;
}

const headlines = {
  ABSTAINED: 'The documents don’t say.',
  NEEDS_CLARIFICATION: 'Which do you mean?',
  NEEDS_MORE_INFORMATION: 'That needs a little more.',
};

const advice = {
  ABSTAINED: (passages) => passages > 0 ?
    'These passages come nearest; they may still help.' :
    'No passage came near. Other words may find it.',
  NEEDS_CLARIFICATION: () => 'Say which one in the question above, and ask again.',
  NEEDS_MORE_INFORMATION: () => 'Add it to the question above, and ask again.',
};

// Returns the headline, for the status line. Outcomes of a later server are shown by their reason.
export function showOutcome(response) {
  const title = headlines[response.outcome] ?? 'There is no answer.';
  show('outcome', title,
       response.reason ? h('p', {class: 'reason'}, response.reason) : null,
       advice[response.outcome] ?
         h('p', {class: 'advice'}, advice[response.outcome](response.passages.length)) : null,
       h('div', {class: 'colophon'}, details(response)));
  return title;
}

export function showNothingFound() {
  show('outcome', 'No passage matches.',
       h('p', {class: 'advice'}, 'Other words, or ranking by meaning, may find it.'));
}

export function showEmpty(collection) {
  const named = collection !== '' && collection !== 'default';
  const flag = named ? ` --collection ${collection}` : '';
  show('empty', named ? `No documents in “${collection}” yet.` : 'No documents yet.',
       h('p', {}, 'Stop the server, ingest a folder of HTML, Markdown or text files, start it again:'),
       h('pre', {}, h('code', {}, `footnote ingest --data DATA${flag} path/to/folder`)),
       h('p', {class: 'advice'}, 'DATA is the data folder that the server was started with. ',
         'Documents can also be sent to the running server with ', h('code', {}, 'POST /v1/documents'),
         ', which is described in ', h('a', {href: '/openapi.json'}, 'the API'), '.'));
}

// error: an ApiError. `retry()` does again what failed.
export function showError(error, retry) {
  const lost = error.code === 'UNREACHABLE';
  show('error', lost ? 'The server isn’t answering.' : 'That didn’t work.',
       h('p', {class: 'reason', role: 'alert'}, lost ?
         'It may be stopped or restarting, or the network is down.' : error.message),
       error.traceId ?
         h('p', {class: 'trace'}, 'Trace ', h('code', {}, error.traceId)) : null,
       h('p', {}, h('button', {type: 'button', class: 'button', id: 'retry', onclick: retry},
                    'Try again')));
}
