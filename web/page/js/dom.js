// Building elements. Strings become text nodes: nothing from the server is ever parsed as HTML.

// h('button', {class: 'mark', onclick: f, 'aria-label': 'x'}, 'text', node, null, [more])
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child != null));
  return element;
}

export const byId = (id) => document.getElementById(id);

const svgNamespace = 'http://www.w3.org/2000/svg';

// A line icon of 20 by 20; `path` is written here, never received.
export function icon(path) {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(svgNamespace, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export const icons = {
  close: 'M5 5l10 10M15 5L5 15',
  previous: 'M12 5l-5 5 5 5',
  next: 'M8 5l5 5-5 5',
};

// Titles have no-break spaces where headings have plain ones.
const sameWords = (text) => text.replace(/\s+/g, ' ').trim();

// "A > B > C" as crumbs, the last one strong; a heading that repeats the one above it is shown
// once. `text` if there is no path.
export function headingPath(path, text = '') {
  const parts = (path || text).split(' > ')
    .filter((part, i, all) => part !== '' && sameWords(part) !== sameWords(all[i - 1] ?? ''));
  return parts.flatMap((part, i) => {
    const last = i === parts.length - 1;
    const crumb = h(last ? 'strong' : 'span', {class: 'crumb'}, part);
    return last ? [crumb] : [crumb, h('span', {class: 'crumb-gap', 'aria-hidden': 'true'}, '›')];
  });
}

// Copies text also where the clipboard API is missing, as on plain http.
export async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by a policy: the older way may still be allowed.
    }
  }
  const area = h('textarea', {class: 'visually-hidden', readonly: true});
  area.value = text;
  document.body.append(area);
  const focused = document.activeElement;
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  focused?.focus();
  return copied;
}
