/** Reading XML bodies by the model. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { AwsError } from '../engine/contract.ts';
import { membersOf, shapeOf, type Model, type Shape } from './model.ts';
import { readTextScalar } from './scalars.ts';

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  // Bodies with entities of their own are refused before they are parsed.
  processEntities: true,
});

export const isS3 = ({ xmlns }: Pick<Model, 'xmlns'>): boolean => xmlns?.includes('//s3.') === true;

/** Text between elements is white space; an element without elements is its text. */
type Xml = string | { [key: string]: Xml | Xml[] };

export const parseXml = (model: Model, body: string): Xml => {
  const code = isS3(model) ? 'MalformedXML' : 'InvalidInput';
  const invalid = new AwsError(code, 'The XML you provided was not well-formed or did not validate.');
  if (/<!DOCTYPE|<!ENTITY/i.test(body) || XMLValidator.validate(body) !== true) throw invalid;
  let document: Record<string, Xml>;
  try {
    document = parser.parse(body) as Record<string, Xml>;
  } catch {
    throw invalid;
  }
  const root = Object.entries(document).find(([key]) => key !== '#text' && !key.startsWith('?'))?.[1];
  if (root === undefined) throw invalid;
  return root;
};

const childOf = (node: Xml, name: string): Xml | Xml[] | undefined =>
  typeof node === 'string' ? undefined : node[name];
const listOf = (value: Xml | Xml[] | undefined): Xml[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const textOf = (node: Xml): string => (typeof node === 'string' ? node : String(listOf(node['#text'])[0] ?? ''));

/** What reading knows besides the value: the model, and where to note members that the model does not know. */
interface Reading {
  model: Model;
  unknown: string[];
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

export const readNode = (
  reading: Reading,
  shape: Shape,
  found: Xml | Xml[],
  isFlat: boolean,
  path: string,
): unknown => {
  const { model, unknown } = reading;
  const [first = ''] = listOf(found);
  if (shape.type === 'structure') {
    const known = new Set(membersOf(shape).map(([name, { locationName }]) => locationName ?? name)).add('#text');
    const given = typeof first === 'string' ? [] : Object.keys(first);
    unknown.push(...given.filter((name) => !known.has(name)).map((name) => join(path, name)));
    const members = membersOf(shape).flatMap(([name, member]) => {
      if (member.location !== undefined) return [];
      const of = shapeOf(model, member.shape);
      const child = childOf(first, member.locationName ?? name);
      const flat = member.flattened ?? of.flattened ?? false;
      return child === undefined ? [] : [[name, readNode(reading, of, child, flat, join(path, name))] as const];
    });
    return Object.fromEntries(members);
  }
  if (shape.type === 'list' && shape.member !== undefined) {
    const of = shapeOf(model, shape.member.shape);
    const items = isFlat ? listOf(found) : listOf(childOf(first, shape.member.locationName ?? 'member'));
    return items.map((item, i) => readNode(reading, of, item, false, `${path}.${i + 1}`));
  }
  const text = textOf(first);
  return readTextScalar(shape, shape.type === 'string' ? text : text.trim(), path);
};
