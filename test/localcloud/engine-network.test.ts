import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createNetwork } from '../../src/localcloud/engine/network.ts';

describe('the network', () => {
  it('gives two clouds blocks of their own, and remembers them', async () => {
    const [a, b] = [createNetwork(), createNetwork()];
    await Promise.all([a.open(), b.open()]);
    assert.notEqual(a.block, b.block);
    const address = a.allocate('instance');
    assert.notEqual(address, a.allocate('instance'));
    const remembered = a.state();
    await a.shutdown();
    const again = createNetwork();
    await again.open(remembered);
    assert.equal(again.block, a.block);
    assert.notEqual(again.allocate('balancer'), address, 'an address is not given twice');
    await Promise.all([again.shutdown(), b.shutdown()]);
  });

  it('binds low ports high, tells where, and refuses a port that is taken', async () => {
    const network = createNetwork();
    await network.open();
    const address = network.allocate('balancer');
    const server = createServer((_request, response) => response.end('hello'));
    await network.listen(server, address, 80);
    const place = network.resolve(address, 80);
    assert.ok(place !== undefined && place.port > 1024);
    assert.equal(await (await fetch(`http://${place.host}:${place.port}`)).text(), 'hello');
    await assert.rejects(network.listen(createServer(), address, 80), { code: 'EADDRINUSE' });
    server.closeAllConnections();
    await network.close(address, 80);
    assert.equal(network.resolve(address, 80), undefined);
    await network.listen(server, address, 80);
    await network.close(address, 80);
    await network.shutdown();
  });

  it('maps ports of 127.0.0.1 where such addresses cannot be bound, and keeps them over a restart', async () => {
    const onlyLocalhost = (server: Server, host: string, port: number): Promise<number> =>
      new Promise((resolve, reject) => {
        if (host !== '127.0.0.1') return reject(Object.assign(new Error(host), { code: 'EADDRNOTAVAIL' }));
        server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
      });
    const network = createNetwork(undefined, onlyLocalhost);
    await network.open();
    const address = network.allocate('instance');
    await network.listen(createServer(), address, 11_000);
    const place = network.resolve(address, 11_000);
    assert.equal(place?.host, '127.0.0.1');
    await network.close(address, 11_000);

    const again = createNetwork(undefined, onlyLocalhost);
    await again.open(network.state());
    await again.listen(createServer(), address, 11_000);
    assert.deepEqual(again.resolve(address, 11_000), place);
    await again.close(address, 11_000);
  });
});
