import { parseCondition, parseFieldPath } from "./parse-condition.ts";
import type { Ordering, Selection, SoqlQuery } from "./soql-ast.ts";
import { SoqlError } from "./soql-error.ts";
import { TokenReader } from "./token-reader.ts";

const maxQueryLength = 100_000;

/**
 * Parses `SELECT … FROM … [WHERE …] [ORDER BY …] [LIMIT n] [OFFSET n]`, with child queries in the
 * select list and `COUNT()` instead of one.
 *
 * @throws {SoqlError} MALFORMED_QUERY that names the place; so are parts of SOQL outside this subset.
 */
export function parseSoql(text: string): SoqlQuery {
  if (text.length > maxQueryLength) {
    throw new SoqlError("MALFORMED_QUERY", `the query is longer than ${maxQueryLength} characters`);
  }
  const reader = new TokenReader(text);
  const query = parseQuery(reader, true);
  reader.expectEnd();
  return query;
}

function parseQuery(reader: TokenReader, isRoot: boolean): SoqlQuery {
  reader.expectWord("SELECT");
  const select = isRoot && isCount(reader) ? "count" : parseSelections(reader, isRoot);
  reader.expectWord("FROM");
  const from = reader.expectName("the name of an object");
  const where = reader.takeWord("WHERE") ? parseCondition(reader) : null;
  const orderBy = reader.takeWord("ORDER") ? parseOrderings(reader) : [];
  const limit = reader.takeWord("LIMIT") ? reader.expectCount("LIMIT") : null;
  const offset = reader.takeWord("OFFSET") ? reader.expectCount("OFFSET") : 0;
  return { select, from, where, orderBy, limit, offset };
}

function isCount(reader: TokenReader): boolean {
  if (!reader.peekWord("COUNT") || reader.peek(1).text !== "(" || reader.peek(2).text !== ")") return false;
  reader.skip(3);
  return true;
}

function parseSelections(reader: TokenReader, isRoot: boolean): readonly Selection[] {
  const selections: Selection[] = [];
  do {
    if (isRoot && reader.takeSymbol("(")) {
      const query = parseQuery(reader, false);
      reader.expectSymbol(")");
      selections.push({ kind: "children", query });
    } else {
      const path = parseFieldPath(reader);
      if (reader.peek().text === "(") {
        throw reader.refuse(`the function ${path.join(".")} is not supported by this org; COUNT() alone is`);
      }
      selections.push({ kind: "field", path });
    }
  } while (reader.takeSymbol(","));
  return selections;
}

function parseOrderings(reader: TokenReader): readonly Ordering[] {
  reader.expectWord("BY");
  const orderings: Ordering[] = [];
  do {
    const path = parseFieldPath(reader);
    const descending = reader.takeWord("DESC");
    if (!descending) reader.takeWord("ASC");
    let nullsLast = false;
    if (reader.takeWord("NULLS")) {
      nullsLast = reader.takeWord("LAST");
      if (!nullsLast) reader.expectWord("FIRST");
    }
    orderings.push({ path, descending, nullsLast });
  } while (reader.takeSymbol(","));
  return orderings;
}
