/** JSON with one row a line: files that people can look into and compare. */

/** `[`, a row a line, `]`. */
export function* jsonList(rows: Iterable<object>): Generator<string> {
  yield '['
  let before = '\n'
  for (const row of rows) {
    yield `${before}${JSON.stringify(row)}`
    before = ',\n'
  }
  yield '\n]'
}

/** A row a line and nothing around them. */
export function* jsonLines(rows: Iterable<object>): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(row)}\n`
}

/** A list as above of rows that come one after the other. */
export async function* asyncJsonList(rows: AsyncIterable<object>): AsyncGenerator<string> {
  yield '['
  let before = '\n'
  for await (const row of rows) {
    yield `${before}${JSON.stringify(row)}`
    before = ',\n'
  }
  yield '\n]'
}
