// What the page shows, as its URL: the collection in the query string, so that a bookmark can fix
// it; the rest in the fragment, which browsers don't send to servers.
//
//   ?collection=manuals#q=what+is+a+wal&view=search&mode=dense&note=2

const views = ['answer', 'search'];
const modes = ['hybrid', 'dense', 'lexical'];

const oneOf = (values, value) => values.includes(value) ? value : values[0];
const ordinal = (value) => /^[1-9]\d{0,3}$/.test(value ?? '') ? Number(value) : 0;

// {question, view, mode, note, passage}: note and passage count from 1; 0: no document is open.
export function parseAddress(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const note = ordinal(parameters.get('note'));
  return {
    question: (parameters.get('q') ?? '').trim(),
    view: oneOf(views, parameters.get('view')),
    mode: oneOf(modes, parameters.get('mode')),
    note,
    passage: note ? 0 : ordinal(parameters.get('passage')),
  };
}

export function formatAddress({question, view, mode, note, passage}) {
  const parameters = new URLSearchParams();
  if (question) parameters.set('q', question);
  if (view !== views[0]) parameters.set('view', view);
  if (view === 'search' && mode !== modes[0]) parameters.set('mode', mode);
  if (note) parameters.set('note', note);
  if (passage) parameters.set('passage', passage);
  const text = parameters.toString();
  return text ? `#${text}` : '';
}

// Collections that the query string offers, in its order, without repeats. Empty: the default one.
export function parseCollections(queryString) {
  const given = new URLSearchParams(queryString).getAll('collection');
  return [...new Set(given.flatMap((value) => value.split(',')).map((name) => name.trim()))]
    .filter((name) => name !== '');
}
