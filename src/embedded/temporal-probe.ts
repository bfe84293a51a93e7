import { connect } from 'node:http2';

const LIMIT_MILLISECONDS = 2000;

/**
 * Whether a Temporal Service answers and has registered these search attributes: one gRPC call by hand, because the
 * embedded stack must not need a Temporal client, and asking with the CLI costs a process each time.
 */
export async function isTemporalReady(address: string, searchAttributes: readonly string[]): Promise<boolean> {
  try {
    const answer = await listSearchAttributes(address);
    return searchAttributes.every((name) => answer.includes(name));
  } catch {
    return false;
  }
}

const listSearchAttributes = (address: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const session = connect(`http://${address}`);
    const timer = setTimeout(() => session.destroy(new Error('no answer')), LIMIT_MILLISECONDS);
    session.on('error', reject);
    session.on('close', () => clearTimeout(timer));
    const request = session.request({
      ':method': 'POST',
      ':path': '/temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', reject);
    request.on('end', () => {
      session.close();
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    request.end(grpcMessage(stringField(1, 'default')));
  });

/** A message of gRPC: not compressed, length, body. */
function grpcMessage(body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** A short string in protobuf: tag, length, bytes. */
const stringField = (field: number, value: string): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);
