/** Writing XML by the model; Query, EC2 and REST-XML answers are all made here. */
import { membersOf, shapeOf, type Member, type Model, type Shape } from './model.ts';
import { writeTextScalar } from './scalars.ts';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };
/** XML 1.0 has no way to say these at all. */
// eslint-disable-next-line no-control-regex -- they are what is meant
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export const escapeXml = (text: string): string =>
  text.replace(unwritable, '\ufffd').replace(/[&<>"\r]/g, (c) => escapes[c] ?? c);

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

/** Lists of EC2 have `<item>` elements whatever the model says of a name. */
const elementName = (model: Model, { locationName }: Member): string =>
  locationName ?? (model.protocol === 'ec2' ? 'item' : 'member');

const entriesOf = (value: unknown): [string, unknown][] =>
  value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value as Record<string, unknown>);

/** `<name>…</name>`, or for a flattened collection one such element for each of its own. */
const writeMember = (model: Model, name: string, member: Member, value: unknown): string => {
  const shape = shapeOf(model, member.shape);
  const isFlat = member.flattened ?? shape.flattened ?? false;
  if (shape.type === 'list' && shape.member !== undefined) {
    const of = shape.member;
    const itemName = isFlat ? (shape.member.locationName ?? name) : elementName(model, of);
    const items = (value as unknown[]).map((one) => writeMember(model, itemName, { shape: of.shape }, one)).join('');
    return isFlat ? items : element(name, items);
  }
  if (shape.type === 'map' && shape.key !== undefined && shape.value !== undefined) {
    const { key, value: of } = shape;
    const entries = entriesOf(value)
      .map(([one, content]) => {
        const pair =
          element(key.locationName ?? 'key', escapeXml(one)) +
          writeMember(model, of.locationName ?? 'value', { shape: of.shape }, content);
        return element(isFlat ? name : 'entry', pair);
      })
      .join('');
    return isFlat ? entries : element(name, entries);
  }
  if (shape.type === 'structure') return element(name, writeXmlMembers(model, shape, value as Record<string, unknown>));
  return element(name, escapeXml(writeTextScalar(shape, value, member.timestampFormat)));
};

/**
 * The members of a structure that travel in the body, one element each.
 * @throws Error for a member the model does not have: a mistake of the operation
 */
export const writeXmlMembers = (model: Model, shape: Shape, value: Record<string, unknown>): string => {
  for (const name of Object.keys(value)) {
    if (value[name] !== undefined && shape.members?.[name] === undefined) {
      throw new Error(`the answer has a member ${name} that its model does not have`);
    }
  }
  return membersOf(shape)
    .filter(([name, { location }]) => location === undefined && value[name] !== undefined && value[name] !== null)
    .map(([name, member]) => writeMember(model, member.locationName ?? name, member, value[name]))
    .join('');
};

/** One member as a document of its own. */
export const writeXmlElement = (model: Model, name: string, member: Member, value: unknown): string =>
  writeMember(model, name, member, value);
