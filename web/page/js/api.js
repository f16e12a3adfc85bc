// The REST calls of the page: POST /v1/ask and /v1/search, GET /v1/document.

import {readEvents} from './sse.js';

// The server sends a heartbeat several times in this long.
const silenceLimitMs = 60_000;

// A call that gave no result. `code`: the server's, or "UNREACHABLE" (no answer at all) or
// "INTERRUPTED" (the stream ended or fell silent before the answer was complete).
export class ApiError extends Error {
  constructor(code, message, traceId = '') {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.traceId = traceId;
  }
}

const unreachable = () => new ApiError('UNREACHABLE', 'The Footnote server isn’t answering.');

function fromBody(body, status) {
  const error = body?.error;
  if (error && typeof error.message === 'string') {
    return new ApiError(String(error.code ?? status), error.message, String(error.trace_id ?? ''));
  }
  return new ApiError(String(status), `The server answered with HTTP status ${status}.`);
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    throw error.name === 'AbortError' ? error : unreachable();
  }
  if (response.ok) return response;
  throw fromBody(await response.json().catch(() => null), response.status);
}

function post(path, body, accept, signal) {
  return request(path, {
    method: 'POST',
    headers: {'Content-Type': 'application/json', 'Accept': accept},
    body: JSON.stringify(body),
    signal,
  });
}

async function json(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('INTERRUPTED', 'The connection closed before the result was complete.');
  }
}

// Calls `on[type](data)` for the events passages, footnote and sentence as they arrive and returns
// the last one's data, an AskResponse.
export async function ask(question, collection, on, signal) {
  const silence = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceLimitMs);
  };
  const stop = () => silence.abort();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  heard();
  let answer = null;
  let failure = null;
  try {
    const response =
        await post('/v1/ask', {question, collection}, 'text/event-stream', silence.signal);
    await readEvents(response, ({type, data}) => {
      if (signal.aborted) return;
      const value = JSON.parse(data);
      if (type === 'done') {
        answer = value;
      } else if (type === 'error') {
        failure = fromBody(value, 500);
      } else {
        on[type]?.(value);
      }
    }, heard);
  } catch (error) {
    if (signal.aborted || error instanceof ApiError) throw error;
    // The connection broke, fell silent, or carried something that isn't the protocol.
    failure = failure ?? new ApiError(
        'INTERRUPTED', 'The connection to the server broke before the answer was complete.');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
  signal.throwIfAborted();
  if (failure) throw failure;
  if (!answer) {
    throw new ApiError('INTERRUPTED', 'The connection closed before the answer was complete.');
  }
  return answer;
}

export async function search(query, collection, mode, k, signal) {
  return json(await post('/v1/search', {query, collection, mode: mode.toUpperCase(), k},
                         'application/json', signal));
}

export async function getDocument(doc, collection, signal) {
  const parameters = new URLSearchParams({doc, collection});
  return json(await request(`/v1/document?${parameters}`, {signal}));
}
