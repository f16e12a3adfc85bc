// The keyboard, beyond what the browser does by itself. index.html lists the keys in its help.

import {byId} from './dom.js';

const isTyping = (element) =>
  element.matches('textarea, select, [contenteditable], input:not([type="radio"])');

// Moves the focus to the next (1) or previous (-1) footnote or passage.
export function walk(direction) {
  const stops = [...document.querySelectorAll('#footnotes [data-open], #passages [data-open]')]
    .filter((element) => element.offsetParent !== null);
  const at = stops.indexOf(document.activeElement);
  const to = at < 0 ? (direction > 0 ? 0 : stops.length - 1) : at + direction;
  stops[to]?.focus();
}

// actions: {openNote(n), hasNote(n), step(direction), escape()}; escape returns whether there was
// something to close or clear.
export function listenToKeys(actions) {
  const shortcuts = {
    '/': () => { byId('question').focus(); byId('question').select(); },
    '?': () => byId('help').showModal(),
    'j': () => walk(1),
    'k': () => walk(-1),
    '[': () => actions.step(-1),
    ']': () => actions.step(1),
  };
  const actionOf = (key) =>
    /^[1-9]$/.test(key) && actions.hasNote(Number(key)) ?
      () => actions.openNote(Number(key)) : shortcuts[key];

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey ||
        event.isComposing || byId('help').open) {
      return;
    }
    if (event.key === 'Escape') {
      if (actions.escape()) event.preventDefault();
      return;
    }
    const action = isTyping(event.target) ? null : actionOf(event.key);
    if (action) {
      event.preventDefault();
      action();
    }
  });
}
