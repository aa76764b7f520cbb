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

/** The same of rows that come one after the other. */
export async function* asyncJsonList(rows: AsyncIterable<object>): AsyncGenerator<string> {
  yield '['
  let before = '\n'
  for await (const row of rows) {
    yield `${before}${JSON.stringify(row)}`
    before = ',\n'
  }
  yield '\n]'
}
