import type { Issue } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';
import type { YamlSource } from '../yaml-document.ts';
import { oneOf } from '../yaml-issues.ts';
import type { Manifest } from './schema.ts';

type Report = YamlSource['issue'];

/** What one key says about another: rules that the schema cannot express. */
export const crossCheck = (manifest: Manifest, report: Report): Issue[] => [
  ...duplicateNames(manifest, report),
  ...linkFaults(manifest, report),
  ...secretFaults(manifest, report),
  ...endpointFaults(manifest, report),
  ...scalingFaults(manifest, report),
];

function duplicateNames({ components }: Manifest, report: Report): Issue[] {
  return components.flatMap(({ name }, index) => {
    const first = components.findIndex((component) => component.name === name);
    return first === index
      ? []
      : [report(['components', index, 'name'], `components ${first} and ${index} are both called "${name}"`)];
  });
}

function linkFaults({ components }: Manifest, report: Report): Issue[] {
  return components.flatMap((component, index) =>
    (component.links ?? []).flatMap((link, linkIndex, links) => {
      const path = ['components', index, 'links', linkIndex, 'component'];
      if (link.component === component.name) return [report(path, 'a component cannot link to itself')];
      const alias = aliasOf(link);
      if (links.findIndex((other) => aliasOf(other) === alias) < linkIndex)
        return [report(path, `two links have the alias "${alias}"`)];
      if (canReach(components, link.component, component.name))
        return [report(path, `"${link.component}" already links to "${component.name}": links cannot go round`)];
      return unknownComponent(components, link.component, path, report);
    }),
  );
}

type Link = NonNullable<Manifest['components'][number]['links']>[number];

const aliasOf = ({ component, alias = component }: Link): string => alias;

/** Whether links lead from one component to another, perhaps by way of more; Docker starts who is linked to first. */
function canReach(components: Manifest['components'], from: string, to: string, seen: string[] = []): boolean {
  const links = components.find(({ name }) => name === from)?.links ?? [];
  return links.some(
    ({ component }) =>
      component === to || (!seen.includes(component) && canReach(components, component, to, [...seen, from])),
  );
}

function secretFaults({ components }: Manifest, report: Report): Issue[] {
  return components.flatMap(({ env, secrets = {} }, index) =>
    Object.keys(secrets)
      .filter((name) => Object.hasOwn(env, name))
      .map((name) => report(['components', index, 'secrets', name], `"${name}" is also set in env`)),
  );
}

function endpointFaults({ endpoint, components }: Manifest, report: Report): Issue[] {
  if (endpoint === undefined) return [];
  const { healthcheck, ports } = endpoint['load-balancer'];
  const { protocol, path, interval, timeout } = healthcheck;
  const healthPath = ['endpoint', 'load-balancer', 'healthcheck'];
  const issues: Issue[] = [];
  if (endpoint.component !== undefined) {
    issues.push(...unknownComponent(components, endpoint.component, ['endpoint', 'component'], report));
  }
  const speaksHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  if (speaksHttp && path === undefined) {
    const hint = 'add e.g. "path: /health", or use "protocol: TCP"';
    issues.push(report(healthPath, `an ${protocol} health check needs a path`, { hint }));
  }
  if (!speaksHttp && path !== undefined) {
    issues.push(report([...healthPath, 'path'], `a ${protocol} health check has no path`, { hint: 'remove it' }));
  }
  if (timeout >= interval) {
    issues.push(report([...healthPath, 'timeout'], `must be less than the interval of ${interval} s`));
  }
  for (const [index, { port }] of ports.entries()) {
    if (ports.findIndex((other) => other.port === port) === index) continue;
    issues.push(report(['endpoint', 'load-balancer', 'ports', index, 'port'], `two listeners have port ${port}`));
  }
  return issues;
}

function scalingFaults(manifest: Manifest, report: Report): Issue[] {
  const scaling = manifest['auto-scaling'];
  if (scaling === undefined || scaling['min-instances'] <= scaling['max-instances']) return [];
  return [
    report(['auto-scaling', 'min-instances'], `must be at most max-instances, which is ${scaling['max-instances']}`),
  ];
}

function unknownComponent(
  components: Manifest['components'],
  wanted: string,
  path: (string | number)[],
  report: Report,
): Issue[] {
  const names = components.map(({ name }) => name);
  if (names.includes(wanted)) return [];
  const meant = nearest(wanted, names);
  const hint = meant === undefined ? `the components are ${oneOf(names)}` : `did you mean "${meant}"?`;
  return [report(path, `there is no component "${wanted}"`, { hint })];
}
