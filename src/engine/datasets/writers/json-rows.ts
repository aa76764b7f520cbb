/** JSON with one row a line: files that people can look into and compare. */

/** `[`, a row a line, `]`. */
export function* jsonList(rows: Iterable<object>): Generator<string> {
  yield '['
  let first = true
  for (const row of rows) {
    yield `${first ? '\n' : ',\n'}${JSON.stringify(row)}`
    first = false
  }
  yield '\n]'
}
