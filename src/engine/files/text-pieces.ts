/** Texts that are written put together into pieces: what is written line by line, or as one string, is slow or longer than a string may be. */

const pieceLength = 1 << 20 // characters

/** The same text in pieces of a megabyte. */
export async function* textPieces(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let piece = ''
  for await (const text of texts) {
    piece += text
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  yield piece
}
