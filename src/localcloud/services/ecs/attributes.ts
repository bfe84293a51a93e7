import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { invalid, lastPart, paginate, references } from './input.ts';
import type { ContainerInstance } from './model.ts';
import type { Store } from './store.ts';

/** Of one call, and of one instance. */
const MOST = 10;

interface Attribute {
  name: string;
  value?: string;
  targetType?: string;
  targetId?: string;
}

/** Those of AWS's own can neither be set nor deleted. */
const isOwn = ({ name }: Attribute): boolean => /^(?:ecs\.|com\.amazonaws\.ecs\.)/.test(name);

const checkName = (attribute: Attribute): void => {
  if (!/^[\w./\\-]{1,128}$/.test(attribute.name)) throw invalid('Attribute name contains invalid characters.');
  if (isOwn(attribute)) throw invalid(`The attribute ${attribute.name} is one of ECS and cannot be changed.`);
};
const checkValue = ({ value = '' }: Attribute): void => {
  if (!/^[\w.@/\\: -]{0,128}$/.test(value) || value !== value.trim())
    throw invalid('Attribute value contains invalid characters.');
};

/** Attributes that callers put on container instances, for placement. */
export const attributeOperations = (store: Store): OperationTable => {
  const read = (params: Params): { attribute: Attribute; instance: ContainerInstance }[] => {
    const { name: cluster } = store.cluster(params.cluster);
    references(params.attributes, 'attributes', MOST);
    return (params.attributes as Attribute[]).map((attribute) => {
      checkName(attribute);
      const instance = store.findInstance(cluster, attribute.targetId);
      if (instance === undefined || instance.status === 'INACTIVE')
        throw new AwsError('TargetNotFoundException', 'The specified target was not found.');
      return { attribute, instance };
    });
  };
  const describe = ({ name, value }: Attribute, { arn }: ContainerInstance): Params => ({
    name,
    ...(value !== undefined && { value }),
    targetType: 'container-instance',
    targetId: arn,
  });
  const resource = ({ cluster }: Params): string | undefined => lastPart(cluster);

  return {
    PutAttributes: {
      mutating: true,
      resource,
      run: (params) => {
        const wanted = read(params);
        for (const { attribute } of wanted) checkValue(attribute);
        for (const { attribute, instance } of wanted) {
          const { name, value } = attribute;
          const others = instance.attributes.filter((one) => one.name !== name);
          if (others.filter((one) => !isOwn(one)).length >= MOST) {
            throw new AwsError(
              'AttributeLimitExceededException',
              `A resource can have at most ${MOST} custom attributes.`,
            );
          }
          instance.attributes = [...others, { name, ...(value !== undefined && { value }) }];
          instance.version += 1;
        }
        return { attributes: wanted.map(({ attribute, instance }) => describe(attribute, instance)) };
      },
    },
    DeleteAttributes: {
      mutating: true,
      resource,
      run: (params) => {
        const gone: Params[] = [];
        for (const { attribute, instance } of read(params)) {
          const found = instance.attributes.find(({ name }) => name === attribute.name);
          if (found === undefined) continue;
          gone.push(describe(found, instance));
          instance.attributes = instance.attributes.filter((one) => one !== found);
          instance.version += 1;
        }
        return { attributes: gone };
      },
    },
    ListAttributes: {
      mutating: false,
      resource,
      run: (params) => {
        const { name: cluster } = store.cluster(params.cluster);
        const { attributeName, attributeValue } = params;
        if (attributeValue !== undefined && attributeName === undefined)
          throw invalid('attributeName is needed with attributeValue.');
        const all = store
          .instancesOf(cluster)
          .filter(({ status }) => status !== 'INACTIVE')
          .flatMap((instance) =>
            instance.attributes
              .filter(({ name }) => attributeName === undefined || name === attributeName)
              .filter(({ value }) => attributeValue === undefined || value === attributeValue)
              .map((attribute) => describe(attribute, instance)),
          );
        const { items, ...more } = paginate(all, params, 100);
        return { attributes: items, ...more };
      },
    },
  };
};
