// The server counts bytes of UTF-8; JavaScript counts UTF-16 units. This is the one place where
// the two meet.

const encoder = new TextEncoder();
// ignoreBOM: a U+FEFF in a document is text like any other; without it the decoder would drop it.
const decoder = new TextDecoder('utf-8', {ignoreBOM: true});

const isContinuation = (byte) => (byte & 0xc0) === 0x80;

// A text that can be addressed by byte offsets.
export class Utf8Text {
  constructor(text) {
    this.text = text;
    this.bytes = encoder.encode(text);
    this.ascii = this.bytes.length === text.length;
  }

  get length() {
    return this.bytes.length;
  }

  // The offset moved down to the start of the character it is in, and into the text.
  floor(offset) {
    let at = Math.min(Math.max(Math.trunc(Number(offset)) || 0, 0), this.bytes.length);
    while (at > 0 && at < this.bytes.length && isContinuation(this.bytes[at])) at--;
    return at;
  }

  // The text of bytes [start, end).
  slice(start, end) {
    const from = this.floor(start);
    const to = Math.max(from, this.floor(end));
    return this.ascii ? this.text.slice(from, to) :
                        decoder.decode(this.bytes.subarray(from, to));
  }

  // The string index of a byte offset.
  index(offset) {
    const at = this.floor(offset);
    return this.ascii ? at : decoder.decode(this.bytes.subarray(0, at)).length;
  }

  // Byte spans {start, end} of this text as string-index spans; other members are kept.
  toIndices(spans) {
    return spans.map((span) =>
      ({...span, start: this.index(span.start), end: this.index(span.end)}));
  }
}

// Cuts `text` wherever one of `spans` ({start, end, kind}, string indices, in any order, possibly
// overlapping) begins or ends. Returns [{text, kinds}] in order, without empty pieces; joined, the
// texts are `text` again.
export function cut(text, spans) {
  const within = spans
    .map(({start, end, kind}) =>
      ({start: Math.max(0, start), end: Math.min(text.length, end), kind}))
    .filter(({start, end}) => start < end);
  const edges = new Set([0, text.length]);
  for (const {start, end} of within) edges.add(start).add(end);
  const ordered = [...edges].sort((a, b) => a - b);
  const pieces = [];
  for (let i = 0; i + 1 < ordered.length; i++) {
    const [start, end] = [ordered[i], ordered[i + 1]];
    const kinds = within.filter((s) => s.start <= start && end <= s.end).map((s) => s.kind);
    pieces.push({text: text.slice(start, end), kinds: [...new Set(kinds)]});
  }
  return pieces;
}

// `at` moved off the middle of a surrogate pair.
function outsidePair(text, at) {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

// Chooses which about `size` characters of `text` to show first: from its start if what matters
// stands there, else from a word a little before the spans that weigh most. Returns {start, end}.
export function excerpt(text, spans, size) {
  if (text.length <= size * 1.3) return {start: 0, end: text.length};
  const lead = Math.round(size / 6);
  const weight = (start) => spans.reduce((sum, span) =>
    span.start >= start && span.end <= start + size ? sum + (span.weight ?? 1) : sum, 0);
  let start = 0;
  let best = weight(0);
  for (const span of spans) {
    const candidate = Math.max(0, span.start - lead);
    const value = weight(candidate);
    if (value > best) [start, best] = [candidate, value];
  }
  if (start > 0) {
    const space = text.slice(start, start + lead).search(/\s\S/);
    start += space < 0 ? 0 : space + 1;
  }
  let end = Math.min(text.length, start + size);
  if (end < text.length) {
    const space = text.slice(0, end).search(/\s\S*$/);
    if (space > start) end = space;
  }
  return {start: outsidePair(text, start), end: outsidePair(text, end)};
}
