// The question box: as high as its text; Enter asks, Shift and Enter begins a line.

import {byId} from './dom.js';
import {walk} from './keys.js';

const phone = window.matchMedia('(max-width: 40rem)');
const touch = window.matchMedia('(pointer: coarse)');

// Makes the box as high as its text. On a phone, text of more than a line gets the whole width.
function fit() {
  const box = byId('question');
  byId('clear').hidden = box.value === '';
  box.parentElement.classList.remove('tall');
  box.style.height = 'auto';
  const twoLines = 2 * parseFloat(getComputedStyle(box).lineHeight);
  box.parentElement.classList.toggle('tall', box.scrollHeight > twoLines && phone.matches);
  box.style.height = `${box.scrollHeight}px`;
}

export const questionInBox = () => byId('question').value.trim();

export function fillBox(question) {
  if (questionInBox() !== question) byId('question').value = question;
  fit();
}

// Returns whether there was anything to clear.
export function clearBox() {
  if (byId('question').value === '') return false;
  byId('question').value = '';
  fit();
  byId('question').focus();
  return true;
}

// On a touch screen this puts the keyboard away.
export function leaveBox() {
  if (touch.matches) byId('question').blur();
}

export function listenToBox(submit) {
  byId('ask').addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  byId('question').addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const box = event.target;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowDown' && box.selectionEnd === box.value.length) {
      walk(1);
    }
  });
  byId('question').addEventListener('input', fit);
  byId('clear').addEventListener('click', clearBox);
  // The window's width changes it, and so does a document that opens beside it.
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width !== width) fit();
    width = entry.contentRect.width;
  }).observe(byId('question').parentElement);
}
