/** Listeners of a load balancer that is there. */
import type { Operation, OperationTable } from '../../engine/contract.ts';
import { list, requiredText } from '../params.ts';
import type { Balancer } from './balancer.ts';
import { duplicateListener, invalidConfiguration, listenerNotFound } from './errors.ts';
import { readListeners, readName } from './input.ts';
import { checkCertificates, find, writing, type Context } from './lookup.ts';
import { isSecure, type Listener } from './model.ts';
import { defaultPolicies } from './policy-types.ts';
import { checkListenerCount } from './quotas.ts';
import { sameListener } from './same.ts';

export const createListenerOperations = (context: Context): OperationTable => {
  const create: Operation = async (params) => {
    const balancer = find(context, readName(params));
    const { settings } = balancer;
    const listeners = readListeners(params);
    checkCertificates(context, listeners);
    const fresh = listeners.filter((listener) => {
      const existing = listenerAt(balancer, listener.loadBalancerPort);
      if (existing !== undefined && !sameListener(existing, listener)) {
        throw duplicateListener(settings.name, listener.loadBalancerPort);
      }
      return existing === undefined;
    });
    checkListenerCount(context.engine, settings.listeners.length + fresh.length);
    settings.listeners.push(...fresh);
    const known = settings.policies.map(({ name }) => name);
    settings.policies.push(...defaultPolicies(fresh).filter(({ name }) => !known.includes(name)));
    for (const listener of fresh) await balancer.listeners.open(listener);
    return {};
  };

  const remove: Operation = async (params) => {
    const { settings, listeners } = find(context, readName(params));
    const ports = list<number>(params, 'LoadBalancerPorts');
    settings.listeners = settings.listeners.filter(({ loadBalancerPort }) => !ports.includes(loadBalancerPort));
    for (const port of ports) await listeners.close(port);
    return {};
  };

  const setCertificate: Operation = (params) => {
    const balancer = find(context, readName(params));
    const port = params.LoadBalancerPort as number;
    const listener = listenerAt(balancer, port);
    if (listener === undefined) throw listenerNotFound(balancer.settings.name, port);
    if (!isSecure(listener.protocol)) {
      throw invalidConfiguration(`Listener with LoadBalancerPort ${port} has no use for an SSLCertificateId`);
    }
    const certificateId = requiredText(params, 'SSLCertificateId');
    checkCertificates(context, [{ certificateId }]);
    listener.certificateId = certificateId;
    return {};
  };

  return {
    CreateLoadBalancerListeners: writing(create),
    DeleteLoadBalancerListeners: writing(remove),
    SetLoadBalancerListenerSSLCertificate: {
      ...writing(setCertificate),
      note: 'listeners show one self-signed certificate, whichever is named',
    },
  };
};

export const listenerAt = ({ settings }: Pick<Balancer, 'settings'>, port: number): Listener | undefined =>
  settings.listeners.find((listener) => listener.loadBalancerPort === port);
