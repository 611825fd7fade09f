import { readFileSync } from 'node:fs';
import { type CollectionTag, parse, type ScalarTag } from 'yaml';

/** A resource as CloudFormation would create it, every function evaluated. */
export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are as different as resources
  readonly Properties: any;
}

type Tree = Readonly<Record<string, unknown>>;
type Parameters = Readonly<Record<string, string | number>>;

const FUNCTIONS = ['Ref', 'Sub', 'GetAtt', 'If', 'Equals', 'Not', 'And', 'Join', 'Condition'];
const PSEUDO = { 'AWS::Region': 'REGION', 'AWS::AccountId': 'ACCOUNT', 'AWS::NoValue': undefined };

/** The last part of what names a resource of a type, by its own name. */
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:REGION:ACCOUNT:table/${name}`,
  'AWS::Events::EventBus': (name) => `arn:aws:events:REGION:ACCOUNT:event-bus/${name}`,
  'AWS::Events::Rule': (name) => `arn:aws:events:REGION:ACCOUNT:rule/BUS/${name}`,
  'AWS::CloudWatch::Alarm': (name) => `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:REGION:ACCOUNT:${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:REGION:ACCOUNT:function:${name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::ACCOUNT:role/${name}`,
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:REGION:ACCOUNT:log-group:${name}:*`,
};
const NAMES = ['TableName', 'Name', 'LogGroupName', 'AlarmName', 'QueueName', 'FunctionName'];

/**
 * Reads a template and creates a stack of it on paper: the resources whose conditions hold, with these
 * parameters.
 */
export function stackOf(file: URL, parameters: Parameters = {}): Readonly<Record<string, Resource>> {
  const template = parse(readFileSync(file, 'utf8'), { customTags: FUNCTIONS.flatMap(tagsOf) }) as Tree;
  const evaluation = new Evaluation(template, parameters);
  return evaluation.resources();
}

/** `!Sub text` becomes `{ '!Sub': text }`, and `!If [...]` likewise. */
function tagsOf(name: string): (ScalarTag | CollectionTag)[] {
  const tag = `!${name}`;
  return [
    { tag, resolve: (text: string) => ({ [tag]: text }) },
    { tag, collection: 'seq', resolve: (list) => ({ [tag]: list.toJSON() }) } as CollectionTag,
  ];
}

class Evaluation {
  private readonly template: Tree;
  private readonly parameters: Parameters;

  constructor(template: Tree, given: Parameters) {
    const declared = template.Parameters as Record<string, { readonly Default?: string | number }>;
    for (const name of Object.keys(given)) if (!(name in declared)) throw new Error(`no parameter ${name}`);
    const defaults = Object.entries(declared).map(([name, { Default }]) => [name, Default ?? '']);
    this.template = template;
    this.parameters = { ...Object.fromEntries(defaults), ...given };
  }

  resources(): Readonly<Record<string, Resource>> {
    const all = Object.entries(this.template.Resources as Record<string, Tree>);
    const created = all.filter(([, { Condition }]) => Condition === undefined || this.holds(String(Condition)));
    return Object.fromEntries(created.map(([name, resource]) => [name, this.value(resource) as Resource]));
  }

  private value(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((one) => this.value(one)).filter((one) => one !== undefined);
    if (typeof node !== 'object' || node === null) return node;
    const [[name = '', argument] = []] = Object.entries(node);
    if (name.startsWith('!')) return this.call(name.slice(1), argument);
    const members = Object.entries(node).map(([key, one]) => [key, this.value(one)] as const);
    return Object.fromEntries(members.filter(([, one]) => one !== undefined));
  }

  private call(name: string, argument: unknown): unknown {
    const list = Array.isArray(argument) ? argument : [argument];
    switch (name) {
      case 'Ref':
        return this.ref(String(argument));
      case 'GetAtt':
        return this.arn(String(argument).replace(/\.Arn$/, ''));
      case 'Sub':
        return this.substitute(String(list[0]), (this.value(list[1] ?? {}) ?? {}) as Tree);
      case 'Join':
        return (this.value(list[1]) as string[]).join(String(list[0]));
      case 'If':
        return this.value(this.holds(String(list[0])) ? list[1] : list[2]);
      case 'Condition':
        return this.holds(String(argument));
      case 'Equals':
        return String(this.value(list[0])) === String(this.value(list[1]));
      case 'Not':
        return !this.value(list[0]);
      case 'And':
        return list.every((one) => this.value(one));
      default:
        throw new Error(`unknown function ${name}`);
    }
  }

  private holds(condition: string): boolean {
    return this.value((this.template.Conditions as Tree)[condition]) === true;
  }

  private ref(name: string): unknown {
    if (name in PSEUDO) return PSEUDO[name as keyof typeof PSEUDO];
    if (name in this.parameters) return this.parameters[name];
    return this.nameOf(name);
  }

  private arn(logicalId: string): string {
    const { Type } = this.resource(logicalId);
    const arn = ARNS[String(Type)];
    if (!arn) throw new Error(`no ARN is known for ${Type}`);
    return arn(this.nameOf(logicalId));
  }

  /** A resource is referred to by the name it is given, else by its logical ID. */
  private nameOf(logicalId: string): string {
    const properties = this.resource(logicalId).Properties as Tree;
    const named = NAMES.find((key) => key in properties);
    return named === undefined ? logicalId : String(this.value(properties[named]));
  }

  private resource(logicalId: string): Tree {
    const resource = (this.template.Resources as Record<string, Tree>)[logicalId];
    if (!resource) throw new Error(`no resource ${logicalId}`);
    return resource;
  }

  private substitute(text: string, values: Tree): string {
    return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name in values) return String(values[name]);
      return String(name.endsWith('.Arn') ? this.arn(name.slice(0, -4)) : this.ref(name));
    });
  }
}
