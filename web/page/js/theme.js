// A classic script in the head, so that the page is never painted in the wrong colours. The
// system's preference holds until the reader chooses; choosing what the system prefers forgets the
// choice.
(() => {
  'use strict';
  const key = 'footnote.theme';
  const dark = window.matchMedia('(prefers-color-scheme: dark)');

  function stored() {
    try {
      const value = localStorage.getItem(key);
      return value === 'dark' || value === 'light' ? value : null;
    } catch {
      return null;  // storage is switched off
    }
  }

  const system = () => dark.matches ? 'dark' : 'light';
  const current = () => stored() ?? chosen ?? system();
  let chosen = null;  // for this page only, where storage is switched off

  function show() {
    document.documentElement.dataset.theme = current();
    const button = document.getElementById('theme');
    if (button) {
      const other = current() === 'dark' ? 'light' : 'dark';
      button.setAttribute('aria-label', `Switch to ${other} colours`);
      button.title = `Switch to ${other} colours`;
    }
  }

  function toggle() {
    const next = current() === 'dark' ? 'light' : 'dark';
    chosen = next === system() ? null : next;
    try {
      if (chosen) {
        localStorage.setItem(key, chosen);
      } else {
        localStorage.removeItem(key);
      }
    } catch {
      // `chosen` holds.
    }
    show();
  }

  show();
  dark.addEventListener('change', show);
  window.addEventListener('storage', show);
  document.addEventListener('DOMContentLoaded', () => {
    show();
    document.getElementById('theme').addEventListener('click', toggle);
  });
})();
