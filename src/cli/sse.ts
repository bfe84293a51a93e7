/** One message of a Server-Sent Events stream. */
export interface ServerSentEvent {
  event: string;
  data: string;
  id?: string;
}

/**
 * Reads an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). A message counts only when
 * the empty line behind it has arrived, so a broken connection never yields half a message. Comments yield `undefined`: a sign of life.
 */
export async function* readServerSentEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent | undefined> {
  let message: Partial<ServerSentEvent> = {};
  for await (const line of readLines(body)) {
    if (line === '') {
      if (message.data !== undefined) yield { event: 'message', data: '', ...message };
      message = {};
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      yield undefined;
      continue;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') message.data = message.data === undefined ? value : `${message.data}\n${value}`;
    else if (field === 'event' || field === 'id') message[field] = value;
  }
}

async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
