/** What PutParameter takes. Values may be secrets: no message repeats one. */
import { AwsError, type Params } from '../../engine/contract.ts';
import type { ParameterVersion } from './store.ts';

const DEEPEST = 15;
/** Characters of a value. */
const LARGEST = { Standard: 4096, Advanced: 8192 };
const DATA_TYPES = ['text', 'aws:ec2:image', 'aws:ssm:integration'];

export const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

const notFull =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/** @throws AwsError ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException */
export const readName = ({ Name }: Params): string => {
  const name = String(Name).trim();
  if (name.includes('/') && !name.startsWith('/')) throw invalid('Parameter name must be a fully qualified name.');
  if (!/^[\w./-]+$/.test(name) || name.endsWith('/') || name.includes('//')) throw invalid(notFull);
  if (/^\/aws\//i.test(name))
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  if (/^\/?aws/i.test(name)) {
    throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (/^\/?ssm/i.test(name)) throw invalid(notFull);
  if (name.split('/').length - 1 > DEEPEST) {
    throw new AwsError('HierarchyLevelLimitExceededException', `A hierarchy can have a maximum of ${DEEPEST} levels.`);
  }
  return name;
};

const checkPattern = (value: string, pattern: string): void => {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      'The request does not meet the regular expression requirement.',
    );
  }
  if (!expression.test(value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
  }
};

const readTier = (params: Params, value: string, before: ParameterVersion | undefined): 'Standard' | 'Advanced' => {
  const wanted = params.Tier as string | undefined;
  const isLarge = value.length > LARGEST.Standard;
  if (wanted === 'Standard' && before?.tier === 'Advanced') {
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  if (wanted === 'Advanced' || (wanted === 'Intelligent-Tiering' && isLarge)) return 'Advanced';
  return before?.tier ?? 'Standard';
};

const checkSize = (value: string, tier: 'Standard' | 'Advanced'): void => {
  if (value.length === 0) {
    throw invalid(
      "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (value.length <= LARGEST[tier]) return;
  throw invalid(
    tier === 'Standard'
      ? `Standard tier parameters support a maximum parameter value of ${LARGEST.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`
      : `Advanced tier parameters support a maximum parameter value of ${LARGEST.Advanced} characters.`,
  );
};

const readType = ({ Type }: Params, before: ParameterVersion | undefined): ParameterVersion['type'] => {
  const type = (Type ?? before?.type) as ParameterVersion['type'] | undefined;
  if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (before === undefined || before.type === type) return type;
  throw new AwsError(
    'HierarchyTypeMismatchException',
    "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
  );
};

/** The version that follows `before`. */
export const readVersion = (
  params: Params,
  before: ParameterVersion | undefined,
  written: Pick<ParameterVersion, 'modifiedAt' | 'modifiedBy'>,
): ParameterVersion => {
  const value = String(params.Value);
  const type = readType(params, before);
  const tier = readTier(params, value, before);
  const dataType = String(params.DataType ?? before?.dataType ?? 'text');
  const pattern = params.AllowedPattern as string | undefined;
  if (params.Policies !== undefined)
    throw new AwsError('NotImplemented', 'Policies of parameters are not served by this local cloud.', 501);
  if (params.KeyId !== undefined && type !== 'SecureString')
    throw invalid('KeyId is not required for String/StringList type parameter.');
  if (!DATA_TYPES.includes(dataType)) {
    throw invalid(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`);
  }
  checkSize(value, tier);
  if (pattern !== undefined) checkPattern(value, pattern);
  const description = (params.Description ?? before?.description) as string | undefined;
  return {
    ...written,
    version: (before?.version ?? 0) + 1,
    value,
    type,
    tier,
    dataType,
    ...(description !== undefined && { description }),
    ...(pattern !== undefined && { allowedPattern: pattern }),
    ...(type === 'SecureString' && { keyId: String(params.KeyId ?? before?.keyId ?? 'alias/aws/ssm') }),
  };
};
