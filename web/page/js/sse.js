// Server-sent events over fetch. EventSource can't be used: it only knows GET.
// The rules are those of the HTML standard, section "Interpreting an event stream".

// Takes the stream's text in pieces of any size and calls `onEvent({type, data})` for each whole
// event. Comments (heartbeats), ids and retry times are skipped.
export class SseParser {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.rest = '';  // of a line whose end hasn't arrived
    this.first = true;
    this.type = '';
    this.data = [];
  }

  push(text) {
    if (this.first && text !== '') {
      this.first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    this.rest += text;
    // A CR at the very end may be half of a CR LF: it waits for the next piece.
    const lines = this.rest.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  // The stream has ended; an event without its blank line is incomplete and is dropped.
  end() {
    if (this.rest.endsWith('\r')) this.push('\n');
  }

  #line(line) {
    if (line === '') {
      if (this.data.length > 0) {
        this.onEvent({type: this.type || 'message', data: this.data.join('\n')});
      }
      this.type = '';
      this.data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.type = value;
    if (field === 'data') this.data.push(value);
  }
}

// Reads a response's body to its end. `onBytes` is called whenever anything arrives, heartbeats
// included, so that a caller can tell a slow server from a silent one.
export async function readEvents(response, onEvent, onBytes = () => {}) {
  const parser = new SseParser(onEvent);
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    onBytes();
    parser.push(decoder.decode(value, {stream: true}));
  }
  parser.push(decoder.decode());
  parser.end();
}
