import { callerArn } from '../../engine/arn.ts';
import { AwsError, type CallContext, type OperationTable, type Params } from '../../engine/contract.ts';
import { invalid, paginate } from './input.ts';

/** What each setting is when nobody has set it, and what else it may be. */
const SETTINGS: Readonly<Record<string, readonly [byDefault: string, ...others: string[]]>> = {
  serviceLongArnFormat: ['enabled', 'disabled'],
  taskLongArnFormat: ['enabled', 'disabled'],
  containerInstanceLongArnFormat: ['enabled', 'disabled'],
  awsvpcTrunking: ['disabled', 'enabled'],
  containerInsights: ['disabled', 'enabled', 'enhanced'],
  fargateFIPSMode: ['disabled', 'enabled'],
  tagResourceAuthorization: ['off', 'on'],
  fargateTaskRetirementWaitPeriod: ['7', '0', '14'],
  guardDutyActivate: ['off', 'on'],
  defaultLogDriverMode: ['non-blocking', 'blocking'],
  fargateEventWindows: ['disabled', 'enabled'],
};
/** Set by AWS, not by callers. */
const MANAGED = 'guardDutyActivate';

/** Values by principal ARN, then by name. */
type Saved = Record<string, Record<string, string>>;

interface AccountSettings {
  operations: OperationTable;
  save(): Saved;
  load(saved: Saved | undefined): void;
}

const valueOf = (name: string, value: unknown): string => {
  const text = String(value);
  if (name === MANAGED) throw invalid('The setting guardDutyActivate is managed by AWS and is read-only.');
  if (SETTINGS[name]?.includes(text) !== true) throw invalid(`Invalid value for the setting ${name}.`);
  return text;
};

/** Account settings: kept and shown, ARNs are long whatever they say. */
export const createAccountSettings = (): AccountSettings => {
  let values: Saved = {};

  const rootOf = ({ account }: CallContext): string => `arn:aws:iam::${account}:root`;
  const principalOf = (params: Params, context: CallContext): string => {
    const given: unknown = params.principalArn;
    if (given === undefined) return callerArn(context);
    const arn = String(given);
    if (arn.startsWith(`arn:aws:iam::${context.account}:`)) return arn;
    throw new AwsError('InvalidParameterException', 'Invalid principal ARN.');
  };
  const describe = (name: string, value: string, principalArn: string): Params => ({
    name,
    value,
    principalArn,
    type: name === MANAGED ? 'aws_managed' : 'user',
  });
  const put = (principal: string, name: string, value: unknown): Params => {
    const text = valueOf(name, value);
    values[principal] = { ...values[principal], [name]: text };
    return { setting: describe(name, text, principal) };
  };
  const list = (params: Params, context: CallContext): Params[] => {
    const principal = principalOf(params, context);
    const own = values[principal] ?? {};
    const ofRoot = values[rootOf(context)] ?? {};
    return Object.entries(SETTINGS).flatMap(([name, [byDefault]]) => {
      const value = own[name] ?? (params.effectiveSettings === true ? (ofRoot[name] ?? byDefault) : undefined);
      return value === undefined ? [] : [describe(name, value, principal)];
    });
  };
  const note = 'without effect: ARNs are always long';

  return {
    operations: {
      PutAccountSetting: {
        mutating: true,
        depth: 'keeps',
        note,
        run: (params, context) => put(principalOf(params, context), String(params.name), params.value),
      },
      PutAccountSettingDefault: {
        mutating: true,
        depth: 'keeps',
        note,
        run: (params, context) => put(rootOf(context), String(params.name), params.value),
      },
      DeleteAccountSetting: {
        mutating: true,
        depth: 'keeps',
        run: (params, context) => {
          const principal = principalOf(params, context);
          const name = String(params.name);
          const { [name]: value = SETTINGS[name]?.[0] ?? '', ...others } = values[principal] ?? {};
          values[principal] = others;
          return { setting: describe(name, value, principal) };
        },
      },
      ListAccountSettings: {
        mutating: false,
        depth: 'keeps',
        run: (params, context) => {
          const { name, value } = params;
          if (value !== undefined && name === undefined) throw invalid('name is needed with value.');
          const settings = list(params, context)
            .filter((one) => name === undefined || one.name === name)
            .filter((one) => value === undefined || one.value === value);
          const { items, ...more } = paginate(settings, params, 10, 10);
          return { settings: items, ...more };
        },
      },
    },
    save: () => values,
    load: (saved) => {
      values = saved ?? {};
    },
  };
};
