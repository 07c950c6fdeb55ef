import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';

/** What an operation asks for, with every fragment counted wherever it is spread. None of it depends on variables. */
export interface QueryFigures {
  /** Fields that the answer may hold: those in a list as often as the list is long (`first`, or an assumption). */
  readonly cost: number;
  /** Levels of fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly rootFields: number;
  /** Selections in the largest pair of braces: validation compares each with each. */
  readonly breadth: number;
  /** Fragments of the document, compared with each other as well. */
  readonly fragments: number;
}

/** Longest page; what a page is taken for whose `first` is a variable. */
const LONGEST_PAGE = 200;
const USUAL_PAGE = 50;
/** Levels of braces, fragments unfolded, below which nobody looks. */
const DEEPEST = 200;
/** Items that a list without `first` is taken to have. */
const USUAL_LIST = 10;

const NOTHING: QueryFigures = {
  cost: 0,
  depth: 0,
  aliases: 0,
  directives: 0,
  rootFields: 0,
  breadth: 0,
  fragments: 0,
};

const ENDLESS: QueryFigures = { ...NOTHING, cost: Infinity, depth: Infinity };

/**
 * Measures each operation of a document that was parsed and need not be valid: what the schema does not know costs one.
 * Linear in the document's length, however its fragments are nested. More than 200 levels cost Infinity; a fragment within
 * itself counts once, since no valid document has one.
 */
export function measureQuery(schema: GraphQLSchema, document: DocumentNode): QueryFigures[] {
  const meter = new Meter(schema, document);
  return document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => meter.operation(operation));
}

class Meter {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** By fragment and whether it stands within a page; null while it is being measured. */
  readonly #measured = new Map<string, QueryFigures | null>();
  #level = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
  ) {
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
  }

  operation({ operation, selectionSet, directives = [] }: OperationDefinitionNode): QueryFigures {
    const figures = this.#selections(selectionSet, this.schema.getRootType(operation) ?? undefined, false);
    const fragments = this.#fragments.size;
    return { ...figures, directives: figures.directives + directives.length, fragments };
  }

  /** `paged`: the list that comes first in here is the page that the field above has counted already. */
  #selections(
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    paged: boolean,
  ): QueryFigures {
    if (this.#level === DEEPEST) return ENDLESS;
    this.#level += 1;
    const parts = selections.map((selection) => this.#selection(selection, type, paged));
    this.#level -= 1;
    return parts.reduce(sum, { ...NOTHING, breadth: selections.length });
  }

  #selection(node: SelectionNode, type: GraphQLNamedType | undefined, paged: boolean): QueryFigures {
    const directives = node.directives?.length ?? 0;
    if (node.kind === Kind.FIELD) return sum(this.#field(node, type, paged), { ...NOTHING, directives });
    if (node.kind === Kind.FRAGMENT_SPREAD)
      return sum(this.#fragment(node.name.value, paged), { ...NOTHING, directives });
    const narrowed = node.typeCondition ? this.schema.getType(node.typeCondition.name.value) : type;
    return sum(this.#selections(node.selectionSet, narrowed, paged), { ...NOTHING, directives });
  }

  #field(node: FieldNode, type: GraphQLNamedType | undefined, paged: boolean): QueryFigures {
    const field = this.#definition(node.name.value, type);
    const page = field === undefined ? null : pageOf(node, field);
    const isList = field !== undefined && isListType(getNullableType(field.type));
    const inner =
      node.selectionSet === undefined
        ? NOTHING
        : this.#selections(node.selectionSet, field && getNamedType(field.type), page !== null);
    const times = page ?? (isList && !paged ? USUAL_LIST : 1);
    return {
      ...inner,
      cost: 1 + times * inner.cost,
      depth: 1 + inner.depth,
      aliases: inner.aliases + (node.alias === undefined ? 0 : 1),
      rootFields: 1,
    };
  }

  #definition(name: string, type: GraphQLNamedType | undefined): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  }

  #fragment(name: string, paged: boolean): QueryFigures {
    const key = `${name} ${paged}`;
    const known = this.#measured.get(key);
    if (known === null) return NOTHING;
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return NOTHING;
    this.#measured.set(key, null);
    const { directives = [], typeCondition, selectionSet } = fragment;
    const inner = this.#selections(selectionSet, this.schema.getType(typeCondition.name.value), paged);
    const figures = { ...inner, directives: inner.directives + directives.length };
    this.#measured.set(key, figures);
    return figures;
  }
}

function sum(a: QueryFigures, b: QueryFigures): QueryFigures {
  return {
    cost: a.cost + b.cost,
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
    rootFields: a.rootFields + b.rootFields,
    breadth: Math.max(a.breadth, b.breadth),
    fragments: 0,
  };
}

/** Items of the page that a field asks for; null where it has no pages. */
function pageOf(node: FieldNode, { args }: GraphQLField<unknown, unknown>): number | null {
  if (!args.some(({ name }) => name === 'first')) return null;
  const given = node.arguments?.find(({ name }) => name.value === 'first')?.value;
  if (given === undefined || given.kind === Kind.NULL) return USUAL_PAGE;
  if (given.kind !== Kind.INT) return LONGEST_PAGE;
  return Math.min(Math.max(Number(given.value), 1), LONGEST_PAGE);
}
