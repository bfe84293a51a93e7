import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigSchema } from '../../src/config-schema.ts';
import { askTemporal, connectClient, connectionOptions } from '../../src/temporal.ts';
import { isWonderlandError } from '../../src/domain/errors.ts';

const configOf = (temporal: object) => ({ temporal: ConfigSchema.shape.temporal.parse(temporal) });

describe('the connection to Temporal', () => {
  it('is plain unless a key or TLS is configured', () => {
    assert.deepEqual(connectionOptions(configOf({})), { address: '127.0.0.1:7233' });
    assert.deepEqual(connectionOptions(configOf({ 'api-key': 'k' })), {
      address: '127.0.0.1:7233',
      apiKey: 'k',
      tls: {},
    });
    assert.deepEqual(connectionOptions(configOf({ tls: {} })).tls, {});
  });

  it('reads certificates from files', () => {
    const directory = mkdtempSync(join(tmpdir(), 'wonderland-tls-'));
    const file = (name: string) => {
      writeFileSync(join(directory, name), name);
      return join(directory, name);
    };
    const tls = { 'ca-file': file('ca'), 'cert-file': file('cert'), 'key-file': file('key') };
    assert.deepEqual(connectionOptions(configOf({ tls })).tls, {
      serverRootCACertificate: Buffer.from('ca'),
      clientCertPair: { crt: Buffer.from('cert'), key: Buffer.from('key') },
    });
    rmSync(directory, { recursive: true });
  });

  it('is made without waiting, and a call says within its limit that nobody answers', async () => {
    const client = connectClient(configOf({ address: '127.0.0.1:1' }));
    const startedAt = Date.now();
    await assert.rejects(
      askTemporal(client, 300, () => client.workflow.getHandle('x').describe()),
      (error) => isWonderlandError(error) && error.code === 'unavailable' && /does not answer/.test(error.message),
    );
    assert.ok(Date.now() - startedAt < 5_000);
    await client.connection.close();
  });
});
